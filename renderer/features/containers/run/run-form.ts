/** The run dialog's text fields, and the way from them to the contract's form. Pure. */
import { containerForm, type ContainerForm, type PortMapping, type VolumeMapping } from "../../../../electron/ipc/contract/containers.ts";
import { parseReference } from "../../../lib/reference.ts";
import { splitWords } from "../../../lib/shell.ts";

export interface PortText { readonly host: string; readonly container: string; readonly protocol: "tcp" | "udp" }
export interface EnvText { readonly name: string; readonly value: string }
export interface VolumeText { readonly source: string; readonly target: string; readonly readOnly: boolean }
export type Restart = "no" | "always" | "unless-stopped" | "on-failure";

export interface RunText {
  readonly image: string;
  readonly name: string;
  readonly command: string;
  readonly ports: readonly PortText[];
  readonly env: readonly EnvText[];
  readonly volumes: readonly VolumeText[];
  readonly restart: Restart;
  readonly remove: boolean;
  readonly interactive: boolean;
}

export const emptyRun: RunText = { image: "", name: "", command: "", ports: [], env: [], volumes: [], restart: "no", remove: false, interactive: false };
export const emptyPort: PortText = { host: "", container: "", protocol: "tcp" };
export const emptyEnv: EnvText = { name: "", value: "" };
export const emptyVolume: VolumeText = { source: "", target: "", readOnly: false };

/** Field path (`ports.0.host`) to what is wrong there. */
export type FieldErrors = Readonly<Record<string, string>>;

export interface ParsedRun {
  /** What can be sent; only when nothing is wrong. */
  readonly form: ContainerForm | undefined;
  readonly errors: FieldErrors;
}

/** Reads the whole dialog. Rows left empty are left out. */
export function parseRun(text: RunText): ParsedRun {
  const errors: Record<string, string> = {};
  const image = text.image.trim();
  const reference = parseReference(image);
  if (!reference.ok && !/^[0-9a-f]{12,64}$/.test(image)) errors["image"] = reference.message;

  const words = splitWords(text.command);
  if ("error" in words) errors["command"] = words.error;
  if (text.restart !== "no" && text.remove) errors["remove"] = "A container that restarts cannot be removed when it stops. Choose one.";

  const form: ContainerForm = {
    image,
    ...(text.name.trim() !== "" && { name: text.name.trim() }),
    ...("words" in words && words.words.length > 0 && { command: words.words }),
    ports: rows(text.ports, (port) => port.host + port.container, (port, index) => parsePort(port, index, errors)),
    env: rows(text.env, (env) => env.name + env.value, (env) => ({ name: env.name.trim(), value: env.value })),
    volumes: rows(text.volumes, (volume) => volume.source + volume.target, parseVolume),
    restartPolicy: { name: text.restart },
    autoRemove: text.remove,
    tty: text.interactive,
    interactive: text.interactive,
  };
  duplicates(text, errors);
  if (Object.keys(errors).length === 0) collectIssues(form, text, errors);
  return { form: Object.keys(errors).length === 0 ? form : undefined, errors };
}

function rows<T, R>(list: readonly T[], content: (row: T) => string, read: (row: T, index: number) => R | undefined): R[] {
  return list.flatMap((row, index) => (content(row).trim() === "" ? [] : read(row, index) ?? []));
}

/** Host side as docker writes it: nothing, `8080`, `127.0.0.1:8080`, `[::1]:8080`. */
function parsePort(port: PortText, index: number, errors: Record<string, string>): PortMapping | undefined {
  const host = /^(?:(\d+\.\d+\.\d+\.\d+|\[[0-9a-fA-F:]+\]):)?(\d*)$/.exec(port.host.trim());
  const containerPort = portNumber(port.container.trim());
  const hostPort = host?.[2] ? portNumber(host[2]) : undefined;
  if (port.container.trim() === "") errors[`ports.${index}.container`] = "Which port inside the container?";
  else if (containerPort === undefined) errors[`ports.${index}.container`] = `“${port.container}” is not a port: 1 to 65535.`;
  if (!host) errors[`ports.${index}.host`] = `“${port.host}” is not a port, or an address and a port.`;
  else if (host[2] && hostPort === undefined) errors[`ports.${index}.host`] = `“${host[2]}” is not a port: 1 to 65535.`;
  if (containerPort === undefined || !host) return undefined;
  const hostIp = host[1]?.replace(/^\[|\]$/g, "");
  return { containerPort, protocol: port.protocol, ...(hostPort !== undefined && { hostPort }), ...(hostIp !== undefined && { hostIp }) };
}

function portNumber(text: string): number | undefined {
  const value = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return value >= 1 && value <= 65_535 ? value : undefined;
}

/** A source that begins with a slash is a folder of this machine, any other name a volume, none an anonymous volume. */
function parseVolume(volume: VolumeText): VolumeMapping {
  const source = volume.source.trim();
  const target = volume.target.trim();
  const { readOnly } = volume;
  return source.startsWith("/") ? { type: "bind", source, target, readOnly } : { type: "volume", ...(source !== "" && { source }), target, readOnly };
}

function duplicates(text: RunText, errors: Record<string, string>): void {
  const seen = { ports: new Set<string>(), env: new Set<string>(), volumes: new Set<string>() };
  text.ports.forEach((port, index) => once(seen.ports, port.host.trim() && `${port.host.trim()}/${port.protocol}`, errors, `ports.${index}.host`, `Port ${port.host.trim()} is published twice.`));
  text.env.forEach((env, index) => once(seen.env, env.name.trim(), errors, `env.${index}.name`, `${env.name.trim()} is set twice.`));
  text.volumes.forEach((volume, index) => once(seen.volumes, volume.target.trim(), errors, `volumes.${index}.target`, `${volume.target.trim()} is mounted twice.`));
}

function once(seen: Set<string>, value: string, errors: Record<string, string>, path: string, message: string): void {
  if (value !== "" && seen.has(value)) errors[path] ??= message;
  seen.add(value);
}

const subjects: Record<string, string> = { name: "The name", source: "The folder or volume", target: "The path in the container", value: "The value", image: "The image" };

/** What the contract itself finds wrong, at the field it comes from. */
function collectIssues(form: ContainerForm, text: RunText, errors: Record<string, string>): void {
  const result = containerForm.safeParse(form);
  if (result.success) return;
  for (const issue of result.error.issues) {
    const [group, at, member] = issue.path.map(String);
    const filled = group === "env" ? filledRows(text.env, (env) => env.name + env.value) : group === "volumes" ? filledRows(text.volumes, (volume) => volume.source + volume.target) : undefined;
    const path = filled ? `${group}.${filled[Number(at)] ?? at}.${member ?? "target"}` : String(group ?? "image");
    const subject = subjects[member ?? group ?? ""] ?? "This";
    errors[path] ??= /^(is|must|may)\b/.test(issue.message) ? `${subject} ${issue.message}.` : `${subject}: ${issue.message}.`;
  }
}

function filledRows<T>(list: readonly T[], content: (row: T) => string): number[] {
  return list.flatMap((row, index) => (content(row).trim() === "" ? [] : index));
}

/** Lines of an env file, as pasted into a variable's name: comments and empty lines fall out. */
export function parseEnvLines(text: string): EnvText[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const match = /^\s*(?:export\s+)?([A-Za-z_][\w.-]*)=(.*)$/.exec(line);
    return match?.[1] === undefined ? [] : { name: match[1], value: (match[2] ?? "").trim().replace(/^(["'])(.*)\1$/, "$2") };
  });
}
