/** One record of comma-separated values, as docker reads `--mount` and `--network`: a field with a comma or a quotation mark stands in quotation marks, which are doubled inside. */
export function splitCsv(text: string): string[] {
  const fields: string[] = [];
  let field = "";
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at] as string;
    if (quoted) {
      if (char !== '"') field += char;
      else if (text[at + 1] === '"') field += text[++at];
      else quoted = false;
    } else if (char === '"' && field === "") quoted = true;
    else if (char === ",") {
      fields.push(field);
      field = "";
    } else field += char;
  }
  return [...fields, field];
}

export function joinCsv(fields: readonly string[]): string {
  return fields.map((field) => (/[,"\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field)).join(",");
}

/** `key=value` fields; a key alone has an empty value. Keys in lower case. */
export function csvPairs(text: string): [key: string, value: string][] {
  return splitCsv(text).map((field) => {
    const at = field.indexOf("=");
    return at < 0 ? [field.trim().toLowerCase(), ""] : [field.slice(0, at).trim().toLowerCase(), field.slice(at + 1)];
  });
}
