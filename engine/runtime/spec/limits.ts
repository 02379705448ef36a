import { readFileSync } from "node:fs";
import { EngineError } from "../../base/errors.ts";
import type { SpecProcess } from "../spec-types.ts";
import type { SpecHostConfig } from "./input.ts";

/** Docker's names of limits, and the rows of /proc/PID/limits. */
const LIMITS: Readonly<Record<string, readonly [rlimit: string, row: string]>> = {
  as: ["RLIMIT_AS", "Max address space"], core: ["RLIMIT_CORE", "Max core file size"], cpu: ["RLIMIT_CPU", "Max cpu time"], data: ["RLIMIT_DATA", "Max data size"],
  fsize: ["RLIMIT_FSIZE", "Max file size"], locks: ["RLIMIT_LOCKS", "Max file locks"], memlock: ["RLIMIT_MEMLOCK", "Max locked memory"],
  msgqueue: ["RLIMIT_MSGQUEUE", "Max msgqueue size"], nice: ["RLIMIT_NICE", "Max nice priority"], nofile: ["RLIMIT_NOFILE", "Max open files"],
  nproc: ["RLIMIT_NPROC", "Max processes"], rss: ["RLIMIT_RSS", "Max resident set"], rtprio: ["RLIMIT_RTPRIO", "Max realtime priority"],
  rttime: ["RLIMIT_RTTIME", "Max realtime timeout"], sigpending: ["RLIMIT_SIGPENDING", "Max pending signals"], stack: ["RLIMIT_STACK", "Max stack size"],
};
/** No limit, while computing. */
const UNLIMITED = Number.POSITIVE_INFINITY;

/** Hard limits of this process by the names of the specification; infinity is no limit. */
export function ownHardLimits(text: string = readFileSync("/proc/self/limits", "utf8")): ReadonlyMap<string, number> {
  const limits = new Map<string, number>();
  for (const [name, row] of Object.values(LIMITS)) {
    const value = new RegExp(`^${row}\\s+\\S+\\s+(\\S+)`, "m").exec(text)?.[1];
    if (value !== undefined) limits.set(name, value === "unlimited" ? UNLIMITED : Number(value));
  }
  return limits;
}

/**
 * `Ulimits` as the specification has them, lowered to the engine's own hard limits where it may not raise them.
 * @param own of {@link ownHardLimits}
 * @param mayRaise the engine holds CAP_SYS_RESOURCE of the host
 * @throws EngineError `invalidArgument`
 */
export function resourceUlimits(ulimits: SpecHostConfig["Ulimits"], own: ReadonlyMap<string, number>, mayRaise: boolean): { readonly rlimits: NonNullable<SpecProcess["rlimits"]>; readonly warnings: string[] } {
  const rlimits: NonNullable<SpecProcess["rlimits"]> = [];
  const warnings: string[] = [];
  for (const { Name: name = "", Hard: hard = 0, Soft: soft = 0 } of ulimits ?? []) {
    const type = LIMITS[name.toLowerCase()]?.[0];
    if (type === undefined) throw new EngineError("invalidArgument", `invalid ulimit type: ${name}: use one of ${Object.keys(LIMITS).join(", ")}`);
    const wanted = { hard: hard < 0 ? UNLIMITED : hard, soft: soft < 0 ? UNLIMITED : soft };
    if (wanted.soft > wanted.hard) throw new EngineError("invalidArgument", `ulimit soft limit must be less than or equal to hard limit: ${soft} > ${hard}`);
    const bound = mayRaise ? UNLIMITED : (own.get(type) ?? UNLIMITED);
    if (wanted.hard > bound) warnings.push(`The limit ${name} of this engine is ${bound}, which it may not raise: the container gets that instead of ${hard < 0 ? "unlimited" : hard}.`);
    rlimits.push({ type, hard: encode(Math.min(wanted.hard, bound)), soft: encode(Math.min(wanted.soft, bound)) });
  }
  return { rlimits, warnings };
}

/** The largest double below 2^64: runtimes parse it as an unsigned 64-bit number and the kernel treats it as no limit in effect. */
const NO_LIMIT = 2 ** 64 - 2048;

function encode(value: number): number {
  return value === UNLIMITED ? NO_LIMIT : value;
}
