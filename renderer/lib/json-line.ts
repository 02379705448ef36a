/** One value of a structured line, ready to be read. */
export interface JsonField {
  /** Path of names, joined by dots. */
  readonly name: string;
  readonly value: string;
  readonly kind: "string" | "literal";
}

const mostFields = 60;
const deepest = 4;
const longestLine = 262_144;

/** Whether a line looks like an object in JSON. Cheap: nothing is parsed. */
export function looksLikeJson(text: string): boolean {
  return text.length > 2 && text.startsWith("{") && text.trimEnd().endsWith("}");
}

/** The fields of a line that is one object in JSON, nested ones under their path; undefined for anything else. */
export function jsonFields(text: string): readonly JsonField[] | undefined {
  if (!looksLikeJson(text) || text.length > longestLine) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const fields: JsonField[] = [];
  walk(value, "", 0, fields);
  return fields.length > 0 ? fields : undefined;
}

function walk(value: unknown, path: string, depth: number, fields: JsonField[]): void {
  if (fields.length >= mostFields) return;
  if (typeof value === "object" && value !== null && !Array.isArray(value) && depth < deepest && Object.keys(value).length > 0) {
    for (const [name, inner] of Object.entries(value)) walk(inner, path === "" ? name : `${path}.${name}`, depth + 1, fields);
    return;
  }
  fields.push(typeof value === "string" ? { name: path, value, kind: "string" } : { name: path, value: JSON.stringify(value), kind: "literal" });
}
