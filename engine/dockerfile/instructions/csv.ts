import { EngineError } from "../../base/errors.ts";
import { excerpt } from "../syntax/error.ts";

/**
 * One record of comma-separated values (RFC 4180, as Go's `encoding/csv` reads it): a field in double quotes may hold commas, and quotes written twice.
 * @throws EngineError `invalidArgument`
 */
export function parseCsvLine(text: string): string[] {
  if (text === "") throw invalid(text, "it is empty");
  const fields: string[] = [];
  for (let at = 0; ; at++) {
    const field = text[at] === '"' ? quotedField(text, at) : plainField(text, at);
    fields.push(field.value);
    at = field.end;
    if (at >= text.length) return fields;
  }
}

function plainField(text: string, start: number): { value: string; end: number } {
  const comma = text.indexOf(",", start);
  const end = comma < 0 ? text.length : comma;
  const value = text.slice(start, end);
  if (value.includes('"')) throw invalid(text, "a quote stands inside a field without quotes");
  return { value, end };
}

function quotedField(text: string, start: number): { value: string; end: number } {
  const parts: string[] = [];
  for (let at = start + 1; ; ) {
    const quote = text.indexOf('"', at);
    if (quote < 0) throw invalid(text, "a quote does not close");
    parts.push(text.slice(at, quote));
    if (text[quote + 1] === '"') {
      parts.push('"');
      at = quote + 2;
    } else if (quote + 1 === text.length || text[quote + 1] === ",") return { value: parts.join(""), end: quote + 1 };
    else throw invalid(text, "something follows a closing quote");
  }
}

function invalid(text: string, why: string): EngineError {
  return new EngineError("invalidArgument", `invalid list of comma-separated values "${excerpt(text)}": ${why}`);
}
