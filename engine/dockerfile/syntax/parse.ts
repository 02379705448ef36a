import type { DockerfileTree, HeredocSyntax, InstructionNode, Range, SyntaxNode } from "../dockerfile.ts";
import { readDirectives } from "./directives.ts";
import { dockerfileError, excerpt } from "./error.ts";
import { splitFlags } from "./flags.ts";
import { findHeredocs, stripLeadingTabs, type PlacedHeredoc } from "./heredocs.ts";
import { positionIn, rangeOfLines, readLines, type Line, type LineReader } from "./lines.ts";
import { readLogicalLine } from "./logical-line.ts";
import { rangeIn, slicePieces } from "./positions.ts";
import { isSeparator, skipSpace, trimSpaceEnd } from "./space.ts";
import { checkLength, countParts, type PartCounter } from "./text.ts";

/**
 * Parses a Dockerfile into a tree that keeps every character: the texts of its nodes, one after the other, are `text`. Instructions are split into
 * keyword, flags, argument and heredocs, and not looked at further. Takes time linear in the length of `text`.
 *
 * Follows the Dockerfile reference, and BuildKit's parser where that is silent.
 *
 * @param file what messages call the file
 * @throws EngineError `invalidArgument` with DockerfileErrorDetails for a wrong directive or a heredoc without end; `resourceExhausted` beyond
 * MAX_DOCKERFILE_LENGTH and MAX_DOCKERFILE_PARTS
 */
export function parseDockerfile(text: string, file?: string): DockerfileTree {
  checkLength(text.length);
  const fail = (range: Range, message: string): Error => dockerfileError(text, range, message, { file });
  const reader = readLines(text);
  const directives = readDirectives(text, fail);
  const nodes: SyntaxNode[] = [];
  const count = countParts();
  for (let line = reader.next(); line !== undefined; line = reader.next()) {
    count(1);
    const mark = line.start === 0 && text.startsWith("\ufeff") ? 1 : 0;
    const start = skipSpace(text, line.start + mark, line.contentEnd);
    const directive = directives.open ? directives.read(line, start) : undefined;
    if (directive !== undefined) nodes.push(directive);
    else if (start === line.contentEnd) nodes.push({ type: "blank", text: text.slice(line.start, line.end), range: rangeOfLines(text, line, line) });
    else if (text[start] === "#") nodes.push({ type: "comment", text: text.slice(line.start, line.end), range: rangeOfLines(text, line, line) });
    else nodes.push(readInstruction(reader, line, start, directives.directives.escape, fail, count));
  }
  return { file, nodes, directives: directives.directives };
}

/** The text of a tree: what {@link parseDockerfile} was given. */
export function printDockerfile(tree: DockerfileTree): string {
  return tree.nodes.map((node) => node.text).join("");
}

function readInstruction(reader: LineReader, first: Line, start: number, escape: string, fail: (range: Range, message: string) => Error, count: PartCounter): InstructionNode {
  const { text } = reader;
  const logical = readLogicalLine(reader, first, start, escape, count);
  const { pieces } = logical;
  const parts = splitInstruction(logical.text, count);
  const heredocs: HeredocSyntax[] = [];
  let { last } = logical;
  if (mayHaveHeredocs(parts, count)) {
    for (const word of findHeredocs(logical.text, count)) {
      const wordRange = rangeIn(pieces, word.start, word.end);
      const body = readHeredoc(reader, last, word, wordRange);
      if (body === undefined) {
        throw fail(wordRange, `unterminated heredoc: no line after it is ${word.delimiter === "" ? "empty" : excerpt(word.delimiter)}, which would end ${excerpt(logical.text.slice(word.start, word.end))}`);
      }
      heredocs.push(body.heredoc);
      last = body.last;
    }
  }
  return {
    type: "instruction",
    text: text.slice(first.start, last.end),
    range: rangeOfLines(text, first, last),
    keyword: parts.keyword,
    keywordRange: rangeIn(pieces, parts.keywordStart, parts.keywordStart + parts.keyword.length),
    name: parts.name,
    flags: parts.flags.map((flag) => ({ name: flag.name, value: flag.value, range: rangeIn(pieces, flag.start, flag.end), valueRange: rangeIn(pieces, flag.valueStart, flag.end) })),
    argument: parts.argument,
    argumentRange: rangeIn(pieces, parts.argumentStart, parts.argumentStart + parts.argument.length),
    pieces: slicePieces(pieces, parts.argumentStart, parts.argumentStart + parts.argument.length),
    heredocs,
    emptyContinuations: logical.emptyContinuations,
    line: logical.text.slice(parts.keywordStart, parts.end),
  };
}

/** An instruction's parts; offsets count in `line`. */
function splitInstruction(line: string, count: PartCounter) {
  const keywordStart = skipSpace(line, 0, line.length);
  const end = trimSpaceEnd(line, keywordStart, line.length);
  let at = keywordStart;
  while (at < end && !isSeparator(line.charCodeAt(at))) at++;
  const keyword = line.slice(keywordStart, at);
  const { flags, argumentStart } = splitFlags(line, at, end, count);
  return { keyword, keywordStart, name: keyword.toUpperCase(), flags, argument: line.slice(argumentStart, end), argumentStart, end };
}

const WITH_HEREDOCS = new Set(["RUN", "COPY", "ADD"]);

/** RUN, COPY and ADD, and triggers that are one of them, unless their argument is a JSON list. */
function mayHaveHeredocs(parts: { name: string; argument: string }, count: PartCounter): boolean {
  if (!parts.argument.includes("<<")) return false;
  const { name, argument } = parts.name === "ONBUILD" ? splitInstruction(parts.argument, count) : parts;
  return WITH_HEREDOCS.has(name) && !isJsonList(argument);
}

function isJsonList(text: string): boolean {
  if (!text.startsWith("[")) return false;
  try {
    return Array.isArray(JSON.parse(text));
  } catch {
    return false;
  }
}

/** Reads lines up to the one that is the delimiter. Undefined if there is none. */
function readHeredoc(reader: LineReader, before: Line, word: PlacedHeredoc, wordRange: Range): { heredoc: HeredocSyntax; last: Line } | undefined {
  const { text } = reader;
  const { delimiter, expand, stripTabs, fileDescriptor } = word;
  const start = before.end;
  for (let line = reader.next(); line !== undefined; line = reader.next()) {
    let from = line.start;
    while (stripTabs && from < line.contentEnd && text[from] === "\t") from++;
    if (line.contentEnd - from !== delimiter.length || !text.startsWith(delimiter, from)) continue;
    const content = text.slice(start, line.start);
    const range = { start: positionIn(text, before, start), end: positionIn(text, line, line.start) };
    return { heredoc: { delimiter, expand, stripTabs, fileDescriptor, content: stripTabs ? stripLeadingTabs(content) : content, range, wordRange }, last: line };
  }
  return undefined;
}
