/** What can be written as YAML here: no anchors, tags or documents. Undefined values of a map are left out. */
export type YamlValue = string | number | boolean | readonly YamlValue[] | { readonly [key: string]: YamlValue | undefined };

/** Writes block style; flow style for lists that are empty and maps that are. Strings that YAML would read as something else, or differently in another version, stand in quotation marks. */
export function toYaml(value: YamlValue, indent = ""): string {
  if (typeof value !== "object") return scalar(value);
  if (isList(value)) return value.length === 0 ? "[]" : value.map((item) => `\n${indent}- ${toYaml(item, `${indent}  `).replace(/^\n\s*/, "")}`).join("");
  const entries = Object.entries(value).filter((entry): entry is [string, YamlValue] => entry[1] !== undefined);
  if (entries.length === 0) return "{}";
  return entries.map(([key, item]) => {
    const text = toYaml(item, `${indent}  `);
    return `\n${indent}${scalar(key)}:${text.startsWith("\n") ? text : ` ${text}`}`;
  }).join("");
}

function isList(value: YamlValue): value is readonly YamlValue[] {
  return Array.isArray(value);
}

const plain = /^[A-Za-z/_][\w./@-]*(?: [\w./@-]+)*$/;
/** Words that some version of YAML reads as a truth, nothing or a number. */
const meaning = /^(?:y|n|yes|no|on|off|true|false|null|none|inf|nan|.*:)$/i;

function scalar(value: string | number | boolean): string {
  if (typeof value !== "string") return String(value);
  // A JSON string is a double-quoted scalar. What is not printable has to be escaped in YAML.
  return plain.test(value) && !meaning.test(value) ? value : JSON.stringify(value).replace(/[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
