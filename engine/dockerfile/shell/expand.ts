import { EngineError } from "../../base/errors.ts";
import { MAX_EXPANDED_LENGTH, MAX_EXPANSION_DEPTH, checkLength, expansionLimits, type ExpansionLimits } from "./limits.ts";
import { parseWildcard, replaceMatches, trimPrefix, trimSuffix } from "./wildcard.ts";

/**
 * Words of a Dockerfile: quotes, escapes and variables, as the Dockerfile reference ("Environment replacement") and BuildKit's lexer define them.
 *
 * `$name`, `${name}`, and inside braces `:-` `-` `:+` `+` `:?` `?` `#` `##` `%` `%%` `/` `//`. The words in them are expanded in turn, used or not.
 * Unlike in a shell, special and positional parameters (`$@`, `$1`) are ordinary names, `:#` is `#`, and nothing is split unless asked for.
 */
export interface ExpandOptions {
  /** The file's escape character. */
  readonly escape: "\\" | "`";
  /** Longest result, in UTF-16 code units. */
  readonly maxLength?: number | undefined;
}

/** Names and values. What is not in it is unset. */
export type Variables = ReadonlyMap<string, string>;

export interface Expansion {
  readonly value: string;
  /** Variables that had a value, each once, in the order they were met. */
  readonly read: readonly string[];
  /** Variables that had none. */
  readonly unset: readonly string[];
}

export interface WordsExpansion extends Omit<Expansion, "value"> {
  readonly words: readonly string[];
}

/**
 * Expands a word to one text, spaces and all.
 * @throws EngineError `invalidArgument` for bad syntax and for `${name?message}`; `resourceExhausted` above the limits
 */
export function expandWord(raw: string, variables: Variables, options: ExpandOptions): Expansion {
  const { value, read, unset } = expand(raw, variables, options, true);
  return { value, read, unset };
}

/**
 * Expands a word and splits the result at white space that is neither quoted nor escaped, that of variables included. BuildKit does so for
 * EXPOSE alone.
 * @throws EngineError as {@link expandWord}
 */
export function expandWords(raw: string, variables: Variables, options: ExpandOptions): WordsExpansion {
  const { words, read, unset } = expand(raw, variables, options, true);
  return { words, read, unset };
}

/**
 * Expands the content of a here-document whose delimiter has no quotes: quotes mean nothing, and the escape character is always a backslash.
 * @throws EngineError as {@link expandWord}
 */
export function expandHeredoc(content: string, variables: Variables, options: Omit<ExpandOptions, "escape"> = {}): Expansion {
  const { value, read, unset } = expand(content, variables, { ...options, escape: "\\" }, false);
  return { value, read, unset };
}

interface Scan {
  readonly text: string;
  at: number;
  readonly variables: Variables;
  readonly escape: string;
  readonly quotes: boolean;
  readonly limits: ExpansionLimits;
  depth: number;
  readonly read: Set<string>;
  readonly unset: Set<string>;
}

function expand(raw: string, variables: Variables, options: ExpandOptions, quotes: boolean): Expansion & WordsExpansion {
  const limits = expansionLimits(options.maxLength ?? MAX_EXPANDED_LENGTH);
  const scan: Scan = { text: raw, at: 0, variables, escape: options.escape, quotes, limits, depth: 0, read: new Set(), unset: new Set() };
  const fields: Fields = { words: [], word: "" };
  const value = readUntil(scan, undefined, false, fields);
  if (fields.word !== "") fields.words.push(fields.word);
  return { value, words: fields.words, read: [...scan.read], unset: [...scan.unset] };
}

/** What splitting at white space has made so far. */
interface Fields {
  readonly words: string[];
  word: string;
}

/** Characters that only a look at each can tell apart; what lies between them is copied in one piece. */
const PLAIN = /[^$'"\\`}/]+/y;

/**
 * Reads and expands up to `stop`, which is consumed, or to the end.
 * @param keepEscapes leaves escape characters in, for a pattern to interpret
 */
function readUntil(scan: Scan, stop: "}" | "/" | undefined, keepEscapes: boolean, fields?: Fields): string {
  let result = "";
  while (scan.at < scan.text.length) {
    PLAIN.lastIndex = scan.at;
    const plain = PLAIN.exec(scan.text)?.[0];
    const character = plain ?? scan.text[scan.at]!;
    if (plain === undefined && character === stop) {
      scan.at++;
      return result;
    }
    let piece = character;
    let splits = false;
    if (plain !== undefined) {
      scan.at += plain.length;
      splits = true;
    } else if (character === "$") {
      piece = readVariable(scan);
      splits = true;
    } else if (scan.quotes && character === "'") {
      piece = readSingleQuoted(scan);
    } else if (scan.quotes && character === '"') {
      piece = readDoubleQuoted(scan, keepEscapes);
    } else if (character === scan.escape) {
      // At the end of a word it escapes nothing and goes away.
      const escaped = characterAt(scan.text, scan.at + 1);
      scan.at += 1 + escaped.length;
      piece = keepEscapes ? character + escaped : escaped;
    } else {
      scan.at++;
    }
    checkLength(scan.limits, result.length + piece.length);
    result += piece;
    if (fields !== undefined) addToFields(fields, piece, splits);
  }
  if (stop !== undefined) throw invalid(scan, stop === "}" ? "a ${ has no }" : "a ${name/pattern has no second / before its replacement");
  return result;
}

/** White space as Go has it. */
const SPACE = /[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/u;

function addToFields(fields: Fields, piece: string, splits: boolean): void {
  const parts = splits ? piece.split(SPACE) : [piece];
  for (const [index, part] of parts.entries()) {
    if (index > 0 && fields.word !== "") {
      fields.words.push(fields.word);
      fields.word = "";
    }
    fields.word += part;
  }
}

/** Everything up to the next single quote, as it is. */
function readSingleQuoted(scan: Scan): string {
  const end = scan.text.indexOf("'", scan.at + 1);
  if (end < 0) throw invalid(scan, "a single quote is not closed");
  const content = scan.text.slice(scan.at + 1, end);
  scan.at = end + 1;
  return content;
}

const PLAIN_IN_QUOTES = /[^$"\\`]+/y;

function readDoubleQuoted(scan: Scan, keepEscapes: boolean): string {
  scan.at++;
  let result = "";
  while (scan.at < scan.text.length) {
    PLAIN_IN_QUOTES.lastIndex = scan.at;
    const plain = PLAIN_IN_QUOTES.exec(scan.text)?.[0];
    const character = plain ?? scan.text[scan.at]!;
    let piece = character;
    if (plain === undefined && character === '"') {
      scan.at++;
      return result;
    }
    if (character === "$") {
      piece = readVariable(scan);
    } else {
      scan.at += character.length;
      if (character === scan.escape) {
        // Only these three can be escaped between quotes: elsewhere the escape character is itself.
        const escaped = scan.text.charAt(scan.at);
        if (escaped === '"' || escaped === "$" || escaped === scan.escape) {
          piece = escaped;
          scan.at++;
        }
        if (keepEscapes) piece = character + piece;
      }
    }
    checkLength(scan.limits, result.length + piece.length);
    result += piece;
  }
  throw invalid(scan, "a double quote is not closed");
}

/** From a dollar on. A dollar that no name follows is a dollar. */
function readVariable(scan: Scan): string {
  scan.at++;
  if (scan.text[scan.at] === "{") return readBraces(scan);
  const name = readName(scan);
  return name === "" ? "$" : valueOf(scan, name) ?? "";
}

const DIGITS = /\p{Nd}+/uy;
const NAME = /[\p{L}\p{Nd}_]+/uy;

/** A name, or a number, or one of the shell's special parameters, which are names here; empty when there is none. */
function readName(scan: Scan): string {
  for (const pattern of [DIGITS, NAME]) {
    pattern.lastIndex = scan.at;
    const name = pattern.exec(scan.text)?.[0];
    if (name !== undefined) {
      scan.at += name.length;
      return name;
    }
  }
  const character = scan.text.charAt(scan.at);
  if (character === "" || !"@*#?-$!".includes(character)) return "";
  scan.at++;
  return character;
}

function valueOf(scan: Scan, name: string): string | undefined {
  const value = scan.variables.get(name);
  (value === undefined ? scan.unset : scan.read).add(name);
  return value;
}

/** `${...}`, from the opening brace on. */
function readBraces(scan: Scan): string {
  if (++scan.depth > MAX_EXPANSION_DEPTH) throw new EngineError("invalidArgument", `variables are nested more than ${MAX_EXPANSION_DEPTH} deep: simplify ${shown(scan.text)}`);
  scan.at++;
  const first = scan.text.charAt(scan.at);
  if (first === "") throw invalid(scan, "a ${ has no }");
  if (first === "{" || first === "}" || first === ":") throw invalid(scan, `a name has to follow \${, not ${first}`);
  const name = readName(scan);
  let operator = characterAt(scan.text, scan.at);
  scan.at += operator.length;
  const colon = operator === ":";
  if (colon) {
    operator = characterAt(scan.text, scan.at);
    scan.at += operator.length;
  }
  const value = substitute(scan, name, operator, colon);
  scan.depth--;
  return value;
}

function substitute(scan: Scan, name: string, operator: string, colon: boolean): string {
  if (operator === "") throw invalid(scan, "a ${ has no }");
  if (!colon && operator === "}") return valueOf(scan, name) ?? "";
  if (!colon && operator === "/") return replace(scan, name);
  if (!"+-?#%".includes(operator)) throw invalid(scan, `\${${name}${colon ? ":" : ""}${operator} is not a substitution: use :- - :+ + :? ? # ## % %% / or //`);
  const isPattern = operator === "#" || operator === "%";
  const word = readUntil(scan, "}", isPattern);
  const value = valueOf(scan, name);
  const missing = value === undefined || (colon && value === "");
  switch (operator) {
    case "-": return missing ? word : value;
    case "+": return missing ? "" : word;
    case "?":
      if (missing) throw new EngineError("invalidArgument", `${name}: ${word !== "" ? word : value === undefined ? "is not allowed to be unset" : "is not allowed to be empty"}`);
      return value;
  }
  const longest = word.startsWith(operator);
  const pattern = parseWildcard(longest ? word.slice(1) : word);
  return (operator === "#" ? trimPrefix : trimSuffix)(value ?? "", pattern, longest, scan.limits);
}

/** `${name/pattern/replacement}` from after the first slash. */
function replace(scan: Scan, name: string): string {
  const all = scan.text[scan.at] === "/";
  if (all) scan.at++;
  const pattern = readUntil(scan, "/", true);
  const replacement = readUntil(scan, "}", true);
  const result = replaceMatches(valueOf(scan, name) ?? "", parseWildcard(pattern), replacement, all, scan.limits);
  checkLength(scan.limits, result.length);
  return result;
}

/** The whole character at `at`, both halves of a pair; empty at the end. */
function characterAt(text: string, at: number): string {
  const point = text.codePointAt(at);
  return point === undefined ? "" : String.fromCodePoint(point);
}

function invalid(scan: Scan, why: string): EngineError {
  return new EngineError("invalidArgument", `cannot expand ${shown(scan.text)}: ${why}`);
}

function shown(text: string): string {
  return JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}...` : text);
}
