import type { MountText, NamedText, NetworkText, RunText } from "./form.ts";
import { healthWords } from "./health.ts";
import { mountWords } from "./mounts.ts";
import { wordsOf } from "./networks.ts";
import { portWord } from "./print.ts";
import { toYaml, type YamlValue } from "./yaml.ts";

type YamlMap = Record<string, YamlValue | undefined>;

/**
 * The form as a file of the compose specification (compose-spec.io) with one service. Volumes and networks keep their names: a project's name is not put before them. What compose has
 * no word for is said in a comment.
 */
export function composeFile(text: RunText): string {
  const name = serviceName(text);
  const volumes = text.mounts.filter((mount) => mount.type === "volume" && mount.source.trim() !== "").map((mount) => mount.source.trim());
  const networks = joined(text).map((network) => network.name.trim());
  const file: YamlMap = {
    services: { [name]: service(text) },
    volumes: optionalMap([...new Set(volumes)].map((volume) => [volume, { name: plain(volume) }])),
    networks: optionalMap(networks.map((network) => [network, { name: plain(network), external: true }])),
  };
  const comments = [...(text.remove ? ["# --rm: docker compose down removes the container."] : []), ...(text.publishAll ? ["# --publish-all has no counterpart: list the ports."] : [])];
  return `${[...comments, toYaml(file).trimStart()].join("\n")}\n`;
}

function service(text: RunText): YamlMap {
  const value = (field: string): string | undefined => (field.trim() === "" ? undefined : plain(field.trim()));
  const words = (field: string): string[] | undefined => optional(wordsOf(field).map(plain));
  const on = (flag: boolean): true | undefined => (flag ? true : undefined);
  return {
    image: value(text.image) ?? "IMAGE",
    container_name: value(text.name),
    platform: value(text.platform),
    entrypoint: words(text.entrypoint)?.[0] === "" ? [] : words(text.entrypoint),
    command: words(text.command),
    working_dir: value(text.workingDir),
    user: value(text.user),
    hostname: value(text.hostname),
    domainname: value(text.domainname),
    stdin_open: on(text.interactive),
    tty: on(text.tty),
    init: on(text.init),
    environment: named(text.env),
    ports: optional(text.ports.filter(({ container }) => container.trim() !== "").map((port) => portWord(port))),
    expose: words(text.expose),
    volumes: optional(mounts(text).filter(([flag]) => flag !== "--tmpfs").map(([flag, value, mount]) => (flag === "-v" ? plain(value) : longMount(mount)))),
    tmpfs: optional(mounts(text).filter(([flag]) => flag === "--tmpfs").map(([, value]) => plain(value))),
    volumes_from: optional(wordsOf(text.volumesFrom).map((word) => `container:${plain(word)}`)),
    ...networkOptions(text.networks),
    dns: words(text.dns),
    dns_search: words(text.dnsSearch),
    dns_opt: words(text.dnsOptions),
    extra_hosts: words(text.addHosts),
    mem_limit: value(text.memory),
    memswap_limit: value(text.memorySwap),
    mem_reservation: value(text.memoryReservation),
    cpus: value(text.cpus),
    cpu_shares: number(text.cpuShares),
    cpuset: value(text.cpusetCpus),
    pids_limit: number(text.pidsLimit),
    shm_size: value(text.shmSize),
    ulimits: ulimits(text.ulimits),
    deploy: gpus(text.gpus.trim()),
    devices: words(text.devices),
    restart: text.restart === "no" ? undefined : text.restart === "on-failure" && text.restartRetries.trim() !== "" ? `on-failure:${text.restartRetries.trim()}` : text.restart,
    healthcheck: healthCheck(text),
    privileged: on(text.privileged),
    read_only: on(text.readOnlyRoot),
    cap_add: words(text.capAdd),
    cap_drop: words(text.capDrop),
    security_opt: words(text.securityOpt),
    group_add: words(text.groupAdd),
    pid: value(text.pid),
    ipc: value(text.ipc),
    sysctls: named(text.sysctls),
    labels: named(text.labels),
    logging: text.logDriver.trim() === "" && text.logOptions.length === 0 ? undefined : { driver: value(text.logDriver), options: named(text.logOptions) },
    stop_signal: value(text.stopSignal),
    stop_grace_period: text.stopTimeout.trim() === "" ? undefined : `${text.stopTimeout.trim()}s`,
  };
}

/** Compose replaces `$NAME`; two of them are one that stays. */
function plain(text: string): string {
  return text.replaceAll("$", "$$$$");
}

function serviceName({ name, image }: RunText): string {
  const base = name.trim() || (image.trim().replace(/@.*$/, "").split("/").at(-1) ?? "").replace(/:.*$/, "");
  return base.replace(/[^\w.-]/g, "-") || "app";
}

function optional<T>(list: T[]): T[] | undefined {
  return list.length === 0 ? undefined : list;
}

function optionalMap(entries: readonly (readonly [string, YamlValue])[]): YamlMap | undefined {
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

function number(text: string): YamlValue | undefined {
  const trimmed = text.trim();
  return trimmed === "" ? undefined : /^-?\d{1,15}$/.test(trimmed) ? Number(trimmed) : plain(trimmed);
}

function named(rows: readonly NamedText[]): YamlMap | undefined {
  return optionalMap(rows.filter(({ name }) => name.trim() !== "").map(({ name, value }) => [name.trim(), plain(value)]));
}

/** The mounts as flags: their short form is compose's too. */
function mounts(text: RunText): [flag: string, value: string, mount: MountText][] {
  return text.mounts.filter(({ target }) => target.trim() !== "").map((mount) => [...mountWords(mount), mount]);
}

/** What `-v` cannot say. */
function longMount({ type, source, target, readOnly, options }: MountText): YamlMap {
  const words = options.split(",").map((word) => word.trim()).filter(Boolean);
  const after = (prefix: string): string | undefined => words.find((word) => word.startsWith(prefix))?.slice(prefix.length);
  const propagation = words.find((word) => /^r?(private|shared|slave)$/.test(word));
  const selinux = words.find((word) => word === "z" || word === "Z");
  const size = after("size=");
  const mode = after("mode=");
  return {
    type,
    source: type === "tmpfs" || source.trim() === "" ? undefined : plain(source.trim()),
    target: plain(target.trim()),
    read_only: readOnly ? true : undefined,
    bind: type === "bind" && (propagation ?? selinux) !== undefined ? { propagation, selinux } : undefined,
    volume: type === "volume" && words.includes("nocopy") ? { nocopy: true } : undefined,
    tmpfs: type === "tmpfs" && (size ?? mode) !== undefined ? { size, mode: mode === undefined ? undefined : Number.parseInt(mode, 8) } : undefined,
  };
}

function joined({ networks }: RunText): readonly NetworkText[] {
  return networks.filter(({ name }) => name.trim() !== "" && !isMode(name.trim()));
}

function isMode(name: string): boolean {
  return /^(host|none|bridge|default|container:.*)$/.test(name);
}

function networkOptions(networks: readonly NetworkText[]): YamlMap {
  const [first] = networks;
  if (first === undefined || first.name.trim() === "") return {};
  const mac = first.mac.trim() === "" ? undefined : first.mac.trim();
  if (isMode(first.name.trim())) return { network_mode: plain(first.name.trim()), mac_address: mac };
  const each = networks.filter(({ name }) => name.trim() !== "").map((network): [string, YamlValue] => [network.name.trim(), {
    aliases: optional(wordsOf(network.aliases).map(plain)), ipv4_address: network.ip.trim() === "" ? undefined : network.ip.trim(), mac_address: network.mac.trim() === "" ? undefined : network.mac.trim(),
  }]);
  return { networks: Object.fromEntries(each) };
}

function ulimits(text: string): YamlMap | undefined {
  return optionalMap(wordsOf(text).map((word): [string, YamlValue] => {
    const [name = "", values = ""] = word.split("=");
    const [soft = "", hard = soft] = values.split(":");
    return [name, soft === hard ? (number(soft) ?? "") : { soft: number(soft), hard: number(hard) }];
  }));
}

function gpus(text: string): YamlMap | undefined {
  if (text === "") return undefined;
  const devices = /^"?device=(.*?)"?$/.exec(text)?.[1]?.split(",");
  return { resources: { reservations: { devices: [{ driver: "nvidia", ...(devices === undefined ? { count: text === "all" ? "all" : (number(text) ?? "all") } : { device_ids: devices.map(plain) }), capabilities: ["gpu"] }] } } };
}

function healthTest(command: string): string[] {
  const words = healthWords(command);
  return words === undefined ? ["CMD-SHELL", plain(command.trim())] : ["CMD", ...words.map(plain)];
}

function healthCheck(text: RunText): YamlMap | undefined {
  if (text.health === "image") return undefined;
  if (text.health === "none") return { disable: true };
  const value = (field: string): string | undefined => (field.trim() === "" ? undefined : field.trim());
  return { test: text.healthCommand.trim() === "" ? undefined : healthTest(text.healthCommand), interval: value(text.healthInterval), timeout: value(text.healthTimeout), retries: number(text.healthRetries), start_period: value(text.healthStartPeriod) };
}
