/** JSON that others own: read, changed and written so that what is not ours stays as it was. */

export type JsonObject = Record<string, unknown>;

/** Newer than the compiler's library (ECMAScript's "JSON.parse source text access"). */
const json = JSON as unknown as { rawJSON(text: string): unknown; parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown };

/** @throws SyntaxError for what is no JSON, or no object */
export function parseDocument(text: string): JsonObject {
  // Numbers keep their digits: 64 bits do not fit into one of ours.
  const value = json.parse(text.trim() === "" ? "{}" : text, (_, found, { source }) => (typeof found === "number" && source !== undefined ? json.rawJSON(source) : found));
  if (!isObject(value)) throw new SyntaxError("it holds no object");
  return value;
}

/** Writes with the indentation and the last line that `before` had; Docker's own without one. */
export function formatDocument(value: JsonObject, before: string): string {
  const indent = /^\s*\{\r?\n([ \t]+)/.exec(before)?.[1] ?? "\t";
  return `${JSON.stringify(value, null, indent)}${before.endsWith("\n") ? "\n" : ""}`;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
