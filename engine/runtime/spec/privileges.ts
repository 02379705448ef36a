import { EngineError } from "../../base/errors.ts";
import { CAPABILITY_NAMES } from "../capabilities.ts";
import type { SpecCapabilities } from "../spec-types.ts";

/** What Docker leaves a container's root of its powers. */
export const DEFAULT_CAPABILITIES: readonly string[] = [
  "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FSETID", "CAP_FOWNER", "CAP_MKNOD", "CAP_NET_RAW", "CAP_SETGID", "CAP_SETUID", "CAP_SETFCAP",
  "CAP_SETPCAP", "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT", "CAP_KILL", "CAP_AUDIT_WRITE",
];

/**
 * The container's capabilities: Docker's defaults, `CapAdd` and `CapDrop` (with or without `CAP_`, `ALL` for all), bounded by the engine's own.
 * @throws EngineError `invalidArgument` for an unknown name
 */
export function effectiveCapabilities(request: { readonly add: readonly string[]; readonly drop: readonly string[]; readonly privileged: boolean }, own: ReadonlySet<string>): { readonly capabilities: string[]; readonly warnings: string[] } {
  const add = request.add.map(capabilityName);
  const drop = request.drop.map(capabilityName);
  const wanted = new Set<string>();
  if (request.privileged) for (const name of CAPABILITY_NAMES) wanted.add(name);
  else if (!drop.includes("ALL")) for (const name of DEFAULT_CAPABILITIES) wanted.add(name);
  if (!request.privileged) {
    if (add.includes("ALL")) for (const name of CAPABILITY_NAMES) wanted.add(name);
    for (const name of drop) wanted.delete(name);
    for (const name of add) if (name !== "ALL") wanted.add(name);
  }
  const refused = [...wanted].filter((name) => !own.has(name));
  // Who asks for all gets all there are; only what was asked by name is worth a word.
  const missed = refused.filter((name) => add.includes(name));
  return {
    capabilities: CAPABILITY_NAMES.filter((name) => wanted.has(name) && own.has(name)),
    warnings: missed.length === 0 ? [] : [`This engine does not hold ${missed.join(", ")} itself, so the container runs without.`],
  };
}

function capabilityName(text: string): string {
  const name = text.trim().toUpperCase();
  if (name === "ALL" || name === "CAP_ALL") return "ALL";
  const full = name.startsWith("CAP_") ? name : `CAP_${name}`;
  if (!(CAPABILITY_NAMES as readonly string[]).includes(full)) throw new EngineError("invalidArgument", `invalid capability: unknown capability: "${text}"`);
  return full;
}

/** The sets a process starts with. A user other than root starts with none in effect, and may gain them only through set-user-id programs. */
export function capabilitySets(capabilities: readonly string[], uid: number): SpecCapabilities {
  const own = uid === 0 ? [...capabilities] : [];
  return { bounding: [...capabilities], effective: own, permitted: [...own] };
}

/** What `SecurityOpt` asks for. */
export interface SecurityOptions {
  readonly noNewPrivileges: boolean;
  /** A profile's JSON text, `unconfined`, or null for the default. */
  readonly seccomp: string | null;
  readonly apparmor: string | null;
  readonly systemPathsUnconfined: boolean;
}

/** @throws EngineError `invalidArgument` for an unknown option */
export function parseSecurityOptions(options: readonly string[]): SecurityOptions {
  let noNewPrivileges = false;
  let seccomp: string | null = null;
  let apparmor: string | null = null;
  let systemPathsUnconfined = false;
  for (const option of options) {
    // `key:value` is the older spelling.
    const [, key, value] = /^([a-z-]+)(?:[=:]([^]*))?$/.exec(option) ?? [];
    if (key === "no-new-privileges") noNewPrivileges = value === undefined || value === "true" || value === "1";
    else if (key === "seccomp" && value !== undefined) seccomp = value === "builtin" || value === "" ? null : value;
    else if (key === "apparmor" && value !== undefined) apparmor = value;
    else if (key === "systempaths" && value === "unconfined") systemPathsUnconfined = true;
    // SELinux labels mean nothing where SELinux is off, which is where this engine runs.
    else if (key !== "label" && key !== "writable-cgroups") throw new EngineError("invalidArgument", `invalid security option: ${JSON.stringify(option)}`);
  }
  return { noNewPrivileges, seccomp, apparmor, systemPathsUnconfined };
}
