/** What is written down of calls never holds a credential: it is taken out before anything is kept. Pure. */

/** Stands where a credential was. */
export const HIDDEN = "(hidden)";

/** Names of values that are credentials, wherever they stand: fields of JSON, parameters, build arguments, environment variables. */
const SECRET_NAME = /passw|passphrase|(?:^|[-_.])(?:pass|pwd|dsn|salt|auth)(?:$|[-_.])|secret|token|credential|authorization|cookie|(?:private|api|access|encryption)[-_]?key|^auths?$/i;
/** Headers whose values say nothing that is secret. Of any other only the name is kept. */
const PLAIN_HEADER = /^(?:accept(?:-.*)?|api-version|builder-version|cache-control|connection|content-.*|date|docker-experimental|expect|host|if-.*|keep-alive|ostype|pragma|range|server|swarm|te|trailer|transfer-encoding|upgrade|user-agent|x-docker-(?:container-path-stat|expose-session.*))$/i;
/** Calls whose bodies are credentials, and the list of calls itself. */
const NO_BODY = /^(?:\/v\d+\.\d+)?\/(?:auth|secrets|configs|swarm|slipway\/requests)(?:[/?]|$)/;

/** The login in an address: `https://me:word@host/`. */
const LOGIN = /(:\/\/)[^/?#\s"]+@/g;
const VARIABLE = /^([A-Za-z_][\w.-]*)=[^]/;

/** One piece of JSON, whole or cut off: a string, a bracket or mark, a bare word, blanks. */
const TOKEN = /"[^"\\]*(?:\\[^][^"\\]*)*(?:"|\\?$)|[{}[\],:]|[^\s"{}[\],:]+|\s+/g;

/** Whether bodies of a call may be kept. @param target path and query as they came */
export function mayKeepBodies(target: string): boolean {
  return !NO_BODY.test(target);
}

/** Header fields with the values of those hidden that may be credentials. @param raw names and values in turn, as Node gives them */
export function redactHeaders(raw: readonly string[]): (readonly [name: string, value: string])[] {
  const fields: (readonly [string, string])[] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) fields.push([raw[index]!, PLAIN_HEADER.test(raw[index]!) ? raw[index + 1]! : HIDDEN]);
  return fields;
}

/**
 * Path and query without credentials; everything else stays as it was sent.
 * @param most longer ones are cut, between two parameters
 */
export function redactTarget(target: string, most: number): string {
  const queryAt = target.indexOf("?");
  if (queryAt < 0) return target.slice(0, most);
  const parameters = target.slice(queryAt + 1, most).split("&");
  // Half a value does not show what it is.
  if (target.length > most) parameters.pop();
  return `${target.slice(0, queryAt)}?${parameters.map(redactParameter).join("&")}`;
}

function redactParameter(parameter: string): string {
  const equals = parameter.indexOf("=");
  const [name, raw] = [parameter.slice(0, equals), parameter.slice(equals + 1)];
  // Bare words hold neither an address nor JSON.
  const plain = /^[\w.~*-]*$/.test(raw);
  if (equals < 0 || (plain && !SECRET_NAME.test(name))) return parameter;
  try {
    const value = decodeURIComponent(raw.replaceAll("+", " "));
    const clean = value !== "" && SECRET_NAME.test(decodeURIComponent(name)) ? HIDDEN : redactJson(value);
    return clean === value ? parameter : `${name}=${encodeURIComponent(clean)}`;
  } catch {
    return `${name}=${encodeURIComponent(HIDDEN)}`;
  }
}

/**
 * JSON text without credentials: the values of fields that are named like one, and logins in addresses. Text that was cut off is
 * treated the same as far as it goes, without the string it was cut in; what is no JSON loses its logins.
 */
export function redactJson(text: string): string {
  const tokens = text.match(TOKEN) ?? [];
  let clean = "";
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at]!;
    if (!token.startsWith('"')) {
      clean += token;
      continue;
    }
    const colon = skipBlanks(tokens, at + 1);
    if (tokens[colon] !== ":") {
      clean += redactString(token);
      continue;
    }
    const value = skipBlanks(tokens, colon + 1);
    clean += tokens.slice(at, value).join("");
    const first = tokens[value];
    if (first === undefined) break;
    if (!SECRET_NAME.test(textOf(token)) || NOTHING_SECRET.has(first)) {
      at = value - 1;
      continue;
    }
    clean += JSON.stringify(HIDDEN);
    at = endOf(tokens, value);
  }
  return clean.replace(LOGIN, `$1${HIDDEN}@`);
}

/** Values that give nothing away, and marks that are no values. */
const NOTHING_SECRET: ReadonlySet<string> = new Set(["null", "true", "false", '""', "}", "]", ","]);

function skipBlanks(tokens: readonly string[], from: number): number {
  let at = from;
  while (/^\s/.test(tokens[at] ?? "")) at++;
  return at;
}

/** Index of the last token of the value that begins at `start`. */
function endOf(tokens: readonly string[], start: number): number {
  let depth = 0;
  for (let at = start; at < tokens.length; at++) {
    const token = tokens[at]!;
    if (token === "{" || token === "[") depth++;
    else if (token === "}" || token === "]") depth--;
    if (depth <= 0) return at;
  }
  return tokens.length;
}

/** The text of a string, also where it is written with escapes. */
function textOf(token: string): string {
  try {
    return JSON.parse(token) as string;
  } catch {
    return token.slice(1, -1);
  }
}

function redactString(token: string): string {
  if (token.length < 2 || !token.endsWith('"')) return '"';
  const text = textOf(token);
  const name = VARIABLE.exec(text)?.[1];
  if (name !== undefined && SECRET_NAME.test(name)) return JSON.stringify(`${name}=${HIDDEN}`);
  const clean = text.replace(LOGIN, `$1${HIDDEN}@`);
  return clean === text ? token : JSON.stringify(clean);
}
