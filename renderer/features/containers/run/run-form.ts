/** The run dialog's text, and the way from it to the contract's form. Pure. */
import { containerForm, type ContainerForm, type VolumeMapping } from "../../../../electron/ipc/contract/container-form.ts";
import { parseReference } from "../../../lib/reference.ts";
import type { MountText, NamedText, NetworkText, RunText } from "../../../lib/run/form.ts";
import { healthWords } from "../../../lib/run/health.ts";
import { fields } from "./fields.ts";
import { readBytes, readDevices, readDuration, readExposed, readGpus, readNumber, readPort, readUlimits, readWords, type Errors } from "./read-text.ts";

/** Field path (`ports.0.host`) to what is wrong there. */
export type FieldErrors = Readonly<Errors>;

export interface ParsedRun {
  /** What can be sent; only when nothing is wrong. */
  readonly form: ContainerForm | undefined;
  readonly errors: FieldErrors;
}

/** Reads the whole dialog. Rows left empty are left out. */
export function parseRun(text: RunText): ParsedRun {
  const errors: Errors = {};
  const image = text.image.trim();
  const reference = parseReference(image);
  if (!reference.ok && !/^(sha256:)?[0-9a-f]{12,64}$/.test(image)) errors["image"] = reference.message;
  const form = toForm(text, image, errors);
  conflicts(text, form, errors);
  duplicates(text, errors);
  if (Object.keys(errors).length === 0) collectIssues(form, text, errors);
  return { form: Object.keys(errors).length === 0 ? form : undefined, errors };
}

function toForm(text: RunText, image: string, errors: Errors): ContainerForm {
  const words = (key: "entrypoint" | "command" | "volumesFrom" | "dns" | "dnsSearch" | "dnsOptions" | "addHosts" | "capAdd" | "capDrop" | "securityOpt" | "groupAdd"): string[] | undefined => readWords(text[key], key, errors);
  const retries = text.restart === "on-failure" ? readNumber(text.restartRetries, "restartRetries", errors) : undefined;
  return defined({
    image,
    name: some(text.name),
    platform: some(text.platform),
    command: words("command"),
    entrypoint: words("entrypoint"),
    env: filled(text.env).map(({ row }) => ({ name: row.name.trim(), value: row.value })),
    ports: text.ports.flatMap((port, index) => (isBlank(port.host + port.container) ? [] : readPort(port, `ports.${index}`, errors))),
    publishAllPorts: text.publishAll,
    expose: readExposed(text.expose, errors),
    volumes: filledMounts(text.mounts).map(({ row }) => toVolume(row)),
    volumesFrom: words("volumesFrom"),
    labels: toRecord(text.labels),
    restartPolicy: { name: text.restart, ...(retries !== undefined && { maximumRetryCount: retries }) },
    autoRemove: text.remove,
    tty: text.tty,
    interactive: text.interactive,
    init: text.init,
    readOnlyRootfs: text.readOnlyRoot,
    privileged: text.privileged,
    user: some(text.user),
    workingDir: some(text.workingDir),
    hostname: some(text.hostname),
    domainname: some(text.domainname),
    networks: filledNetworks(text.networks).map(({ row, index }) => defined({ name: row.name.trim(), aliases: readWords(row.aliases, `networks.${index}.aliases`, errors), ipAddress: some(row.ip), macAddress: some(row.mac) })),
    dns: words("dns"),
    dnsSearch: words("dnsSearch"),
    dnsOptions: words("dnsOptions"),
    extraHosts: words("addHosts"),
    memoryBytes: readBytes(text.memory, "memory", errors),
    memorySwapBytes: readBytes(text.memorySwap, "memorySwap", errors, true),
    memoryReservationBytes: readBytes(text.memoryReservation, "memoryReservation", errors),
    cpus: readNumber(text.cpus, "cpus", errors),
    cpuShares: readNumber(text.cpuShares, "cpuShares", errors),
    cpusetCpus: some(text.cpusetCpus),
    pidsLimit: readNumber(text.pidsLimit, "pidsLimit", errors),
    shmSizeBytes: readBytes(text.shmSize, "shmSize", errors),
    ulimits: readUlimits(text.ulimits, errors),
    gpus: readGpus(text.gpus, errors),
    devices: readDevices(text.devices, errors),
    health: toHealth(text, errors),
    capAdd: words("capAdd"),
    capDrop: words("capDrop"),
    securityOpt: words("securityOpt"),
    groupAdd: words("groupAdd"),
    pidMode: some(text.pid),
    ipcMode: some(text.ipc),
    sysctls: toRecord(text.sysctls),
    logging: some(text.logDriver) === undefined && filled(text.logOptions).length === 0 ? undefined : defined({ driver: some(text.logDriver), options: toRecord(text.logOptions) }),
    stopSignal: some(text.stopSignal),
    stopTimeoutSeconds: readNumber(text.stopTimeout, "stopTimeout", errors),
  });
}

function toHealth(text: RunText, errors: Errors): ContainerForm["health"] {
  if (text.health === "image") return undefined;
  if (text.health === "none") return { type: "none" };
  return defined({
    type: "command", command: healthWords(text.healthCommand) ?? some(text.healthCommand), intervalMs: readDuration(text.healthInterval, "healthInterval", errors), timeoutMs: readDuration(text.healthTimeout, "healthTimeout", errors),
    startPeriodMs: readDuration(text.healthStartPeriod, "healthStartPeriod", errors), retries: readNumber(text.healthRetries, "healthRetries", errors),
  });
}

function toVolume({ type, source, target, readOnly, options }: MountText): VolumeMapping {
  const base = { target: target.trim(), readOnly, options: options.split(",").map((word) => word.trim()).filter(Boolean) };
  if (type === "tmpfs") return { ...base, type };
  if (type === "bind") return { ...base, type, source: source.trim() };
  return { ...base, type, ...(source.trim() !== "" && { source: source.trim() }) };
}

/** Without the keys whose value is undefined. */
function defined<T extends object>(values: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as { [K in keyof T]: Exclude<T[K], undefined> };
}

function some(text: string): string | undefined {
  return isBlank(text) ? undefined : text.trim();
}

function isBlank(text: string): boolean {
  return text.trim() === "";
}

function toRecord(rows: readonly NamedText[]): Record<string, string> {
  return Object.fromEntries(filled(rows).map(({ row }) => [row.name.trim(), row.value]));
}

/** Rows with something in them, and where they stand. */
function rowsWith<T>(rows: readonly T[], content: (row: T) => string): { readonly row: T; readonly index: number }[] {
  return rows.flatMap((row, index) => (isBlank(content(row)) ? [] : [{ row, index }]));
}

const filled = (rows: readonly NamedText[]): { readonly row: NamedText; readonly index: number }[] => rowsWith(rows, (row) => row.name + row.value);
const filledMounts = (rows: readonly MountText[]): { readonly row: MountText; readonly index: number }[] => rowsWith(rows, (row) => row.source + row.target + row.options);
const filledNetworks = (rows: readonly NetworkText[]): { readonly row: NetworkText; readonly index: number }[] => rowsWith(rows, (row) => row.name + row.aliases + row.ip + row.mac);

/** What is right by itself, and wrong together. */
function conflicts(text: RunText, form: ContainerForm, errors: Errors): void {
  const { memoryBytes: memory, memorySwapBytes: swap, memoryReservationBytes: reservation } = form;
  if (text.restart !== "no" && text.remove) errors["remove"] = "A container that restarts cannot be removed when it exits. Choose one.";
  if (swap !== undefined && memory === undefined) errors["memorySwap"] ??= "Limit the memory too: this is memory and swap together.";
  else if (swap !== undefined && swap !== -1 && memory !== undefined && swap < memory) errors["memorySwap"] ??= "It is memory and swap together, so it cannot be less than the memory.";
  if (reservation !== undefined && memory !== undefined && reservation > memory) errors["memoryReservation"] ??= "It cannot be more than the memory limit.";
  const mode = form.networks?.[0]?.name ?? "";
  const shared = mode === "host" || mode === "none" || mode.startsWith("container:");
  filledNetworks(text.networks).forEach(({ row, index }, at) => {
    if (isBlank(row.name)) errors[`networks.${index}.name`] ??= "Which network?";
    else if (shared && at > 0) errors[`networks.${index}.name`] ??= `With the network ${mode} there is no other.`;
    else if ((shared || row.name.trim() === "bridge") && (row.aliases + row.ip).trim() !== "") errors[`networks.${index}.name`] ??= `${row.name.trim()} gives no alias and no address of choice: take a network of your own.`;
  });
  if (mode.startsWith("container:") && ((form.ports?.length ?? 0) > 0 || text.publishAll)) errors["networks.0.name"] ??= "Ports are published by the container whose network it shares.";
  if (text.health === "command" && isBlank(text.healthCommand + text.healthInterval + text.healthTimeout + text.healthRetries + text.healthStartPeriod)) errors["healthCommand"] ??= "Which command tells whether it is healthy?";
  for (const { row, index } of filledMounts(text.mounts)) {
    if (row.type === "bind" && isBlank(row.source)) errors[`mounts.${index}.source`] ??= "Which folder of this machine?";
    if (isBlank(row.target)) errors[`mounts.${index}.target`] ??= "Where in the container?";
  }
  for (const key of ["labels", "sysctls", "logOptions"] as const) for (const { row, index } of filled(text[key])) if (isBlank(row.name)) errors[`${key}.${index}.name`] ??= "A value needs a name.";
}

function duplicates(text: RunText, errors: Errors): void {
  const seen = new Set<string>();
  const once = (value: string, path: string, message: string): void => {
    if (value !== "" && seen.has(`${path.split(".")[0]} ${value}`)) errors[path] ??= message;
    seen.add(`${path.split(".")[0]} ${value}`);
  };
  text.ports.forEach((port, index) => once(port.host.trim().replace(/:$/, "") === "" || port.host.trim().endsWith(":") ? "" : `${port.host.trim()}/${port.protocol}`, `ports.${index}.host`, `Port ${port.host.trim()} is published twice.`));
  for (const key of ["env", "labels", "sysctls", "logOptions"] as const) text[key].forEach((row, index) => once(row.name.trim(), `${key}.${index}.name`, `${row.name.trim()} is set twice.`));
  text.mounts.forEach((mount, index) => once(mount.target.trim(), `mounts.${index}.target`, `${mount.target.trim()} is mounted twice.`));
  text.networks.forEach((network, index) => once(network.name.trim(), `networks.${index}.name`, `${network.name.trim()} is there twice.`));
}

/** The text field that a field of the contract comes from, where they are not called the same. */
const sources: Readonly<Record<string, string>> = {
  memoryBytes: "memory", memorySwapBytes: "memorySwap", memoryReservationBytes: "memoryReservation", shmSizeBytes: "shmSize", extraHosts: "addHosts", stopTimeoutSeconds: "stopTimeout", pidMode: "pid", ipcMode: "ipc",
  restartPolicy: "restartRetries", logging: "logDriver", health: "healthCommand",
};
const members: Readonly<Record<string, string>> = { ipAddress: "ip", macAddress: "mac", intervalMs: "healthInterval", timeoutMs: "healthTimeout", retries: "healthRetries", startPeriodMs: "healthStartPeriod" };
const subjects: Readonly<Record<string, string>> = { name: "The name", source: "The folder or volume", target: "The path in the container", value: "The value", image: "The image", ip: "The address", mac: "The MAC address", aliases: "An alias", options: "An option", restartRetries: "The number of retries" };

/** What the contract itself finds wrong, at the field it comes from. */
function collectIssues(form: ContainerForm, text: RunText, errors: Errors): void {
  const result = containerForm.safeParse(form);
  if (result.success) return;
  for (const issue of result.error.issues) {
    const [group = "image", at, member] = issue.path.map(String);
    const rows = group === "env" ? filled(text.env) : group === "volumes" ? filledMounts(text.mounts) : group === "networks" ? filledNetworks(text.networks) : undefined;
    const field = rows === undefined ? (group === "health" ? (members[at ?? ""] ?? "healthCommand") : (sources[group] ?? group)) : (members[member ?? ""] ?? member ?? (group === "volumes" ? "target" : "name"));
    const path = rows === undefined ? field : `${group === "volumes" ? "mounts" : group}.${rows[Number(at)]?.index ?? at}.${field}`;
    const subject = subjects[field] ?? fields.find(({ key }) => key === field)?.label ?? "This";
    errors[path] ??= /^(is|must|may)\b/.test(issue.message) ? `${subject} ${issue.message}.` : `${subject}: ${issue.message}.`;
  }
}
