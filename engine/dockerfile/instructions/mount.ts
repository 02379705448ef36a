import { basename, normalize } from "node:path/posix";
import { EngineError } from "../../base/errors.ts";
import { excerpt } from "../syntax/error.ts";
import { parseGoBoolean } from "../syntax/go-values.ts";
import { parseCsvLine } from "./csv.ts";
import type { ParsedMount } from "./instructions.ts";
import { parseByteSize } from "./size.ts";
import { didYouMean } from "./suggest.ts";

const TYPES = ["bind", "cache", "tmpfs", "secret", "ssh"] as const;
const SHARING = ["shared", "private", "locked"] as const;
type MountType = (typeof TYPES)[number];

/** Other names of keys. */
const ALIASES: Readonly<Record<string, string>> = { src: "source", dst: "target", destination: "target", ro: "readonly", rw: "readwrite" };
const KEYS = ["type", "from", "source", "target", "readonly", "readwrite", "id", "sharing", "required", "size", "mode", "uid", "gid", "env"];
const SWITCHES = new Set(["readonly", "readwrite", "required"]);
/** Keys that only some types know. Docker reads the others with every type, and does nothing with them where they mean nothing. */
const ONLY: Readonly<Record<string, readonly MountType[]>> = {
  sharing: ["cache"], required: ["secret", "ssh"], size: ["tmpfs"], mode: ["cache", "secret", "ssh"], uid: ["cache", "secret", "ssh"], gid: ["cache", "secret", "ssh"],
};

/**
 * Reads the value of a RUN --mount: `type=cache,target=/root/.cache`. Keys, their other names and their defaults are those of the Dockerfile
 * reference.
 *
 * @param expand expands the variables of one value. Values are expanded each by itself: a comma in a variable splits nothing.
 * @throws EngineError `invalidArgument`; what `expand` throws
 */
export function parseMount(value: string, expand: (text: string) => string = (text) => text): ParsedMount {
  const fields = readFields(value, expand);
  const type = oneOf("mount type", fields.get("type") ?? "bind", TYPES);
  for (const key of fields.keys()) {
    const types = Object.hasOwn(ONLY, key) ? ONLY[key]! : TYPES;
    if (!types.includes(type)) throw invalid(`unexpected key '${key}' for mount type '${type}': it belongs to ${types.join(", ")}`);
  }
  return build(type, fields);
}

/**
 * What can be said of a RUN --mount before its variables are expanded: its list is well formed, its keys exist, and `from` holds no variable, as
 * stages are ordered before anything is expanded.
 * @throws EngineError `invalidArgument`
 */
export function checkMountForm(value: string): void {
  const from = readFields(value, (text) => text).get("from");
  if (from !== undefined && /\$./s.test(from)) throw invalid("'from' doesn't support variable expansion, define alias stage instead: FROM $IMAGE AS name, and from=name");
}

function readFields(value: string, expand: (text: string) => string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const field of parseCsvLine(value)) {
    const equals = field.indexOf("=");
    const written = (equals < 0 ? field : field.slice(0, equals)).toLowerCase();
    const key = Object.hasOwn(ALIASES, written) ? ALIASES[written]! : written;
    if (!KEYS.includes(key)) throw invalid(`unexpected key '${excerpt(written)}' in '${excerpt(field)}'${didYouMean(written, [...KEYS, ...Object.keys(ALIASES)])}`);
    if (equals < 0 && !SWITCHES.has(key)) throw invalid(`invalid field '${excerpt(field)}' must be a key=value pair`);
    const text = equals < 0 ? "true" : expand(field.slice(equals + 1));
    fields.delete(key);
    fields.set(key, text);
  }
  return fields;
}

function build(type: MountType, fields: ReadonlyMap<string, string>): ParsedMount {
  const text = (key: string): string => fields.get(key) ?? "";
  const from = text("from") === "" ? undefined : text("from");
  const source = cleanPath(`/${text("source")}`);
  const target = text("target");
  const owner = { uid: unsigned(fields, "uid", 10) ?? 0, gid: unsigned(fields, "gid", 10) ?? 0 };
  const mode = unsigned(fields, "mode", 8);
  const required = truth(fields, "required") ?? false;
  const readOnly = isReadOnly(fields);
  const id = text("id");
  switch (type) {
    case "bind":
      return { type, from, source, target, readWrite: readOnly === false };
    case "cache":
      return { type, id: id === "" ? cleanPath(target) : id, target, readOnly: readOnly ?? false, sharing: oneOf("sharing value", fields.get("sharing") ?? "shared", SHARING), from, source, mode: mode ?? 0o755, ...owner };
    case "tmpfs":
      return { type, target, size: size(fields) };
    case "secret":
      return { type, ...secret(fields), required, mode: mode ?? 0o400, ...owner };
    case "ssh":
      if (text("source") !== "") throw invalid("an ssh mount has no source: id names the agent");
      return { type, id: id === "" ? "default" : id, target: target === "" ? undefined : target, required, mode: mode ?? 0o600, ...owner };
  }
}

/** As Go's `path.Clean`: the shortest path that means the same, without a slash at its end. */
function cleanPath(path: string): string {
  const clean = normalize(path);
  return clean.length > 1 && clean.endsWith("/") ? clean.slice(0, -1) : clean;
}

function secret(fields: ReadonlyMap<string, string>): { id: string; target: string | undefined; env: string | undefined } {
  const [source = "", written = "", target = ""] = ["source", "id", "target"].map((key) => fields.get(key));
  if ((fields.get("from") ?? "") !== "") throw invalid("secret mount should not have a from");
  if (source !== "" && written !== "") throw invalid("both source and id can't be set: they mean the same");
  const id = source + written === "" ? basename(target) : source + written;
  if (id === "") throw invalid("invalid secret mount: one of id, source, target is required");
  const env = fields.get("env");
  // A file unless the secret goes into a variable alone.
  const file = target === "" && env === undefined ? `/run/secrets/${basename(id)}` : target;
  return { id, target: file === "" ? undefined : file, env: env === "" ? id : env };
}

/** Undefined when neither `readonly` nor `readwrite` is given; the later one counts. */
function isReadOnly(fields: ReadonlyMap<string, string>): boolean | undefined {
  let result: boolean | undefined;
  for (const key of fields.keys()) {
    if (key === "readonly") result = truth(fields, key);
    if (key === "readwrite") result = !truth(fields, key)!;
  }
  return result;
}

function truth(fields: ReadonlyMap<string, string>, key: string): boolean | undefined {
  const text = fields.get(key);
  if (text === undefined) return undefined;
  const value = parseGoBoolean(text);
  if (value === undefined) throw invalid(`invalid value for ${key}: ${excerpt(text)}: it is true or false`);
  return value;
}

function unsigned(fields: ReadonlyMap<string, string>, key: string, base: 8 | 10): number | undefined {
  const text = fields.get(key);
  if (text === undefined) return undefined;
  const value = (base === 8 ? /^[0-7]+$/ : /^\d+$/).test(text) ? Number.parseInt(text, base) : NaN;
  if (!(value <= 0xffff_ffff)) throw invalid(`invalid value ${excerpt(text)} for ${key}: it is ${base === 8 ? "an octal number, such as 0400" : "a number"}`);
  return value;
}

function size(fields: ReadonlyMap<string, string>): number | undefined {
  const text = fields.get("size");
  if (text === undefined) return undefined;
  const bytes = parseByteSize(text);
  if (bytes === undefined) throw invalid(`invalid value for size: ${excerpt(text)}: write a number and a unit, such as 64m`);
  // As with --tmpfs, 0 is no limit.
  return bytes === 0 ? undefined : bytes;
}

function oneOf<T extends string>(what: string, text: string, values: readonly T[]): T {
  const value = values.find((candidate) => candidate === text.toLowerCase());
  if (value === undefined) throw invalid(`unsupported ${what} "${excerpt(text)}"${didYouMean(text, values)}: it is one of ${values.join(", ")}`);
  return value;
}

function invalid(message: string): EngineError {
  return new EngineError("invalidArgument", message);
}
