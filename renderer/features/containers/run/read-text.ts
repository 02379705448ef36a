/** The parts of the form's text as numbers, sizes and words. What is wrong goes to `errors` under the field's path. Pure. */
import type { ContainerForm, PortMapping } from "../../../../electron/ipc/contract/container-form.ts";
import type { PortText } from "../../../lib/run/form.ts";
import { parseBytes, parseDuration } from "../../../lib/run/units.ts";
import { splitWords } from "../../../lib/shell.ts";

export type Errors = Record<string, string>;

/** Words as a shell splits them; undefined when there are none. */
export function readWords(text: string, path: string, errors: Errors): string[] | undefined {
  const split = splitWords(text);
  if ("error" in split) errors[path] = split.error;
  return "words" in split && split.words.length > 0 ? split.words : undefined;
}

/** A size such as `512m`; undefined for none. `-1` where it may be no limit. */
export function readBytes(text: string, path: string, errors: Errors, unlimited = false): number | undefined {
  const trimmed = text.trim();
  if (trimmed === "" || (unlimited && trimmed === "-1")) return trimmed === "" ? undefined : -1;
  const bytes = parseBytes(trimmed);
  if (bytes === undefined) errors[path] = `“${trimmed}” is not a size: write it like 512m or 2g.`;
  return bytes;
}

export function readNumber(text: string, path: string, errors: Errors): number | undefined {
  const trimmed = text.trim();
  if (trimmed === "") return undefined;
  if (!/^-?(\d+\.?\d*|\.\d+)$/.test(trimmed)) {
    errors[path] = `“${trimmed}” is not a number.`;
    return undefined;
  }
  return Number(trimmed);
}

export function readDuration(text: string, path: string, errors: Errors): number | undefined {
  const trimmed = text.trim();
  if (trimmed === "") return undefined;
  const milliseconds = parseDuration(trimmed);
  if (milliseconds === undefined) errors[path] = `“${trimmed}” is not a duration: write it like 30s or 1m30s.`;
  return milliseconds;
}

function portNumber(text: string): number | undefined {
  const value = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return value >= 1 && value <= 65_535 ? value : undefined;
}

/** A port or a range `80-90`. */
function portRange(text: string): { readonly first: number; readonly last: number } | undefined {
  const [from = "", to = from, more] = text.split("-");
  const [first, last] = [portNumber(from), portNumber(to)];
  return first === undefined || last === undefined || more !== undefined || last < first ? undefined : { first, last };
}

/** One row of ports as mappings: a range on both sides becomes one for each port, and a range of host ports for one port lets the engine choose. */
export function readPort(port: PortText, path: string, errors: Errors): PortMapping[] {
  const inside = port.container.trim();
  const outside = /^(?:(\d+\.\d+\.\d+\.\d+|\[[0-9a-fA-F:]+\]):)?([\d-]*)$/.exec(port.host.trim());
  const container = portRange(inside);
  const host = outside?.[2] ? portRange(outside[2]) : undefined;
  if (inside === "") errors[`${path}.container`] = "Which port inside the container?";
  else if (container === undefined) errors[`${path}.container`] = `“${inside}” is not a port: 1 to 65535, or a range such as 80-90.`;
  if (!outside) errors[`${path}.host`] = `“${port.host.trim()}” is not a port, or an address and a port.`;
  else if (outside[2] && host === undefined) errors[`${path}.host`] = `“${outside[2]}” is not a port: 1 to 65535, or a range such as 8000-8010.`;
  if (container === undefined || !outside || (outside[2] && host === undefined)) return [];
  const hostIp = outside[1]?.replace(/^\[|\]$/g, "");
  const count = container.last - container.first + 1;
  const base = { protocol: port.protocol, ...(hostIp !== undefined && { hostIp }) };
  if (host !== undefined && count === 1 && host.last > host.first) return [{ ...base, containerPort: container.first, hostPort: host.first, hostPortEnd: host.last }];
  if (host !== undefined && host.last - host.first + 1 !== count) {
    errors[`${path}.host`] = `${host.last - host.first + 1} host ports do not fit ${count} container ports.`;
    return [];
  }
  return Array.from({ length: count }, (_, index) => ({ ...base, containerPort: container.first + index, ...(host !== undefined && { hostPort: host.first + index }) }));
}

/** Words `8080` or `53/udp`, and ranges of them. */
export function readExposed(text: string, errors: Errors): { readonly port: number; readonly protocol: "tcp" | "udp" }[] {
  return (readWords(text, "expose", errors) ?? []).flatMap((word) => {
    const [range = "", protocol = "tcp"] = word.split("/");
    const ports = portRange(range);
    if (ports === undefined || (protocol !== "tcp" && protocol !== "udp")) {
      errors["expose"] = `“${word}” is not a port such as 8080 or 53/udp.`;
      return [];
    }
    return Array.from({ length: ports.last - ports.first + 1 }, (_, index) => ({ port: ports.first + index, protocol }));
  });
}

/** Words `nofile=1024:4096`. */
export function readUlimits(text: string, errors: Errors): NonNullable<ContainerForm["ulimits"]> {
  return (readWords(text, "ulimits", errors) ?? []).flatMap((word) => {
    const match = /^([a-z]+)=(-1|unlimited|\d+)(?::(-1|unlimited|\d+))?$/.exec(word);
    if (match === null) errors["ulimits"] = `“${word}” is not NAME=SOFT or NAME=SOFT:HARD, such as nofile=1024:4096.`;
    const value = (part: string): number => (part === "unlimited" ? -1 : Number(part));
    return match === null ? [] : [{ name: match[1] ?? "", soft: value(match[2] ?? ""), hard: value(match[3] ?? match[2] ?? "") }];
  });
}

/** Words `/dev/HOST[:/dev/CONTAINER][:rwm]`. */
export function readDevices(text: string, errors: Errors): NonNullable<ContainerForm["devices"]> {
  return (readWords(text, "devices", errors) ?? []).flatMap((word) => {
    const [host = "", second, third] = word.split(":");
    const permissions = third ?? (second !== undefined && /^[rwm]{1,3}$/.test(second) ? second : "rwm");
    const container = second === undefined || second === permissions ? host : second;
    if (!host.startsWith("/") || !container.startsWith("/") || !/^[rwm]{1,3}$/.test(permissions)) {
      errors["devices"] = `“${word}” is not a device such as /dev/ttyUSB0 or /dev/snd:/dev/snd:rw.`;
      return [];
    }
    return [{ host, container, permissions }];
  });
}

/** `all`, a number, or `device=0,1`. */
export function readGpus(text: string, errors: Errors): ContainerForm["gpus"] {
  const trimmed = text.trim().replace(/^"(.*)"$/, "$1");
  if (trimmed === "") return undefined;
  if (trimmed === "all") return { count: -1 };
  if (/^\d{1,3}$/.test(trimmed)) return { count: Number(trimmed) };
  const ids = /^device=(.+)$/.exec(trimmed)?.[1]?.split(",");
  if (ids === undefined) errors["gpus"] = `“${trimmed}” is not all, a number, or device=ID.`;
  return ids === undefined ? undefined : { deviceIds: ids };
}

/** The lines of an env file: comments and empty lines fall out, others that are no NAME=VALUE are counted in `bad`. */
export function parseEnvFile(text: string): { readonly rows: { name: string; value: string }[]; readonly bad: string[] } {
  const rows: { name: string; value: string }[] = [];
  const bad: string[] = [];
  for (const line of text.split(/\r?\n/)) {
    if (line.trim() === "" || line.trimStart().startsWith("#")) continue;
    const match = /^\s*(?:export\s+)?([A-Za-z_][\w.-]*)=(.*)$/.exec(line);
    if (match?.[1] === undefined) bad.push(line.trim());
    else rows.push({ name: match[1], value: (match[2] ?? "").trim().replace(/^(["'])(.*)\1$/, "$2") });
  }
  return { rows, bad };
}
