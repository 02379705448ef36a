import { EngineError, messageOf } from "../base/errors.ts";

/** The `filters` parameter: for each name the values asked for. */
export type Filters = ReadonlyMap<string, readonly string[]>;

/**
 * Parses Docker's filters in both forms, `{"label":{"a":true}}` and the older `{"label":["a"]}`.
 *
 * @param allowed names this operation knows
 * @throws EngineError `invalidArgument` for bad JSON or an unknown name
 */
export function parseFilters(raw: string | null, allowed: readonly string[]): Filters {
  const filters = new Map<string, readonly string[]>();
  if (raw === null || raw === "") return filters;
  for (const [name, values] of Object.entries(parseObject(raw))) {
    if (!allowed.includes(name)) throw new EngineError("invalidArgument", `invalid filter '${name}': this list knows ${allowed.join(", ")}`);
    filters.set(name, valuesOf(name, values));
  }
  return filters;
}

function parseObject(raw: string): object {
  try {
    const parsed: unknown = JSON.parse(raw);
    if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)) return parsed;
  } catch (error) {
    throw new EngineError("invalidArgument", `invalid filter: ${messageOf(error)}`);
  }
  throw new EngineError("invalidArgument", "invalid filter: expected an object of names and values");
}

function valuesOf(name: string, values: unknown): string[] {
  if (Array.isArray(values)) return values.map(String);
  if (typeof values === "object" && values !== null) return Object.entries(values).filter(([, on]) => on === true).map(([value]) => value);
  throw new EngineError("invalidArgument", `invalid filter '${name}': expected a list of values`);
}

/** Whether `labels` satisfy every `key` or `key=value` of the label filter. */
export function labelsMatch(wanted: readonly string[] | undefined, labels: Readonly<Record<string, string>>): boolean {
  return (wanted ?? []).every((entry) => {
    const at = entry.indexOf("=");
    return at < 0 ? Object.hasOwn(labels, entry) : labels[entry.slice(0, at)] === entry.slice(at + 1);
  });
}

/** A single true/false filter value as Docker spells it, or `fallback` when it is not given. */
export function booleanFilter(filters: Filters, name: string, fallback: boolean): boolean {
  const values = filters.get(name);
  if (values === undefined || values.length === 0) return fallback;
  if (values.every((value) => value === "true" || value === "1")) return true;
  if (values.every((value) => value === "false" || value === "0")) return false;
  throw new EngineError("invalidArgument", `invalid filter '${name}=[${values.join(" ")}]'`);
}
