/** One line of printed JSON. */
export interface JsonRow {
  readonly depth: number;
  /** The name before the colon, as JSON writes it; undefined in arrays and for closing brackets. */
  readonly key: string | undefined;
  /** What follows: a value, or an opening or closing bracket. */
  readonly text: string;
  readonly kind: "string" | "literal" | "plain";
  readonly comma: boolean;
  /** Where the value is, as jq writes it: `.HostConfig.Binds[0]`, `.Config.Labels["com.example.a"]`. */
  readonly path: string;
  readonly value: unknown;
}

/** Prints a value as lines that know where they are; the lines together are `JSON.stringify` with two blanks. */
export function jsonRows(root: unknown): JsonRow[] {
  const rows: JsonRow[] = [];
  visit(root, undefined, "", 0, false);
  return rows;

  function visit(value: unknown, key: string | undefined, path: string, depth: number, comma: boolean): void {
    const at = path === "" ? "." : path;
    if (typeof value !== "object" || value === null) {
      rows.push({ depth, key, text: JSON.stringify(value) ?? "null", kind: typeof value === "string" ? "string" : "literal", comma, path: at, value });
      return;
    }
    const list = Array.isArray(value);
    const entries = list ? value.map((each, index) => [index, each] as const) : Object.entries(value).filter(([, each]) => each !== undefined);
    const [open, close] = list ? ["[", "]"] : ["{", "}"];
    if (entries.length === 0) {
      rows.push({ depth, key, text: `${open}${close}`, kind: "plain", comma, path: at, value });
      return;
    }
    rows.push({ depth, key, text: open, kind: "plain", comma: false, path: at, value });
    for (const [index, [name, each]] of entries.entries()) visit(each, typeof name === "string" ? JSON.stringify(name) : undefined, `${path}${step(name, path)}`, depth + 1, index < entries.length - 1);
    rows.push({ depth, key: undefined, text: close, kind: "plain", comma, path: at, value });
  }
}

function step(name: string | number, path: string): string {
  if (typeof name === "number") return `${path === "" ? "." : ""}[${name}]`;
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? `.${name}` : `${path === "" ? "." : ""}[${JSON.stringify(name)}]`;
}

/**
 * The lines that a search finds: where a path begins so, if it looks like one, else where a name or a value has the text.
 * @returns indexes, ascending
 */
export function findJsonRows(rows: readonly JsonRow[], query: string): number[] {
  const text = query.trim().toLowerCase();
  if (text === "") return [];
  const found: number[] = [];
  const isPath = /^\.|^\[/.test(text);
  for (const [index, row] of rows.entries()) {
    if (row.text === "}" || row.text === "]") continue;
    if (isPath ? row.path.toLowerCase().startsWith(text) : `${row.key ?? ""} ${row.text}`.toLowerCase().includes(text)) found.push(index);
  }
  return found;
}
