import { EngineError } from "../base/errors.ts";
import type { Platform } from "./descriptor.ts";

/** Names people and kernels use, to Go's. `uname -m` says x86_64 and aarch64, Debian i386 and armhf. */
const ARCHITECTURES: Readonly<Record<string, readonly [architecture: string, variant?: string]>> = {
  x86_64: ["amd64"], "x86-64": ["amd64"], x64: ["amd64"], amd64: ["amd64"],
  i386: ["386"], i486: ["386"], i586: ["386"], i686: ["386"], x86: ["386"], ia32: ["386"],
  aarch64: ["arm64"], arm64: ["arm64"], armhf: ["arm", "v7"], armel: ["arm", "v6"],
  ppc64el: ["ppc64le"], loong64: ["loong64"], loongarch64: ["loong64"],
};
const SYSTEMS: Readonly<Record<string, string>> = { macos: "darwin", gnu: "linux" };
const KNOWN_SYSTEMS = new Set(["linux", "windows", "darwin", "freebsd", "netbsd", "openbsd", "dragonfly", "solaris", "illumos", "aix", "plan9", "wasip1", "js", "android", "ios"]);
const PART = /^[A-Za-z0-9_.-]+$/;

/** A platform in one canonical form, so that equal platforms compare equal. */
export function normalizePlatform(platform: Platform): Platform {
  const os = platform.os.toLowerCase();
  const written = platform.architecture.toLowerCase();
  const [architecture, impliedVariant] = Object.hasOwn(ARCHITECTURES, written) ? ARCHITECTURES[written]! : [written];
  const variant = normalizeVariant(architecture, (platform.variant ?? "").toLowerCase() || impliedVariant);
  const { variant: _dropped, ...rest } = platform;
  return { ...rest, os: Object.hasOwn(SYSTEMS, os) ? SYSTEMS[os]! : os, architecture, ...(variant === undefined ? {} : { variant }) };
}

/** arm64 means v8, arm means v7, amd64 means v1: the default variant is left out, except for arm, where v7 is written. */
function normalizeVariant(architecture: string, variant: string | undefined): string | undefined {
  if (architecture === "arm64") return variant === undefined || variant === "8" || variant === "v8" ? undefined : variant;
  if (architecture === "amd64") return variant === "v1" ? undefined : variant;
  if (architecture !== "arm") return variant;
  if (variant === undefined || variant === "7") return "v7";
  return /^[568]$/.test(variant) ? `v${variant}` : variant;
}

/**
 * Reads `os`, `architecture`, `os/architecture` or `os/architecture/variant`, as `--platform` takes them.
 * @param host fills in what is not written
 * @throws EngineError `invalidArgument`
 */
export function parsePlatform(text: string, host: Platform = hostPlatform()): Platform {
  const parts = text.split("/");
  if (text.length > 200 || parts.length > 3 || parts.some((part) => !PART.test(part))) {
    throw new EngineError("invalidArgument", `invalid platform ${JSON.stringify(text.slice(0, 200))}: expected os/architecture[/variant], for example linux/arm64`);
  }
  const [first, second, variant] = parts as [string, string?, string?];
  if (second !== undefined) return normalizePlatform({ os: first, architecture: second, variant });
  const os = Object.hasOwn(SYSTEMS, first.toLowerCase()) ? SYSTEMS[first.toLowerCase()]! : first.toLowerCase();
  if (KNOWN_SYSTEMS.has(os)) return normalizePlatform({ ...host, os });
  return normalizePlatform({ os: host.os, architecture: first });
}

/** `linux/arm64`, `linux/arm/v7`. */
export function formatPlatform(platform: Platform): string {
  return [platform.os || "unknown", platform.architecture || "unknown", platform.variant].filter((part) => part !== undefined && part !== "").join("/");
}

/**
 * How well an image for `candidate` serves where `wanted` is asked for: 0 is exact, higher is a fallback (arm/v6 on arm/v7,
 * 386 on amd64), undefined does not run.
 */
export function platformDistance(wanted: Platform, candidate: Platform): number | undefined {
  const goal = normalizePlatform(wanted);
  const offer = normalizePlatform(candidate);
  if (goal.os !== offer.os) return undefined;
  const index = runnableBy(goal).findIndex((runs) => runs.architecture === offer.architecture && (runs.variant ?? "") === (offer.variant ?? ""));
  return index < 0 ? undefined : index;
}

/** What a platform runs, best first. */
function runnableBy(platform: Platform): readonly Pick<Platform, "architecture" | "variant">[] {
  const { architecture, variant } = platform;
  if (architecture === "arm64") {
    const lower = [{ architecture: "arm64" }, ...armDownFrom(8)];
    return variant === undefined ? lower : [{ architecture, variant }, ...lower];
  }
  if (architecture === "arm") {
    const level = Number(variant?.slice(1));
    return Number.isInteger(level) && level <= 8 ? armDownFrom(level) : [{ architecture, variant }];
  }
  if (architecture === "amd64") {
    const level = Number((variant ?? "v1").slice(1));
    const higher = Number.isInteger(level) && level <= 9 ? Array.from({ length: Math.max(0, level - 1) }, (_, i) => ({ architecture, variant: `v${level - i}` })) : [{ architecture, variant }];
    return [...higher, { architecture }, { architecture: "386" }];
  }
  return [{ architecture, variant }];
}

function armDownFrom(level: number): Pick<Platform, "architecture" | "variant">[] {
  return Array.from({ length: Math.max(0, level - 4) }, (_, i) => ({ architecture: "arm", variant: `v${level - i}` }));
}

/** The entry of `candidates` that serves `wanted` best; of equals the first. Entries without a platform count only when alone. */
export function selectPlatform<T extends { readonly platform?: Platform | undefined }>(candidates: readonly T[], wanted: Platform): T | undefined {
  let best: T | undefined;
  let bestDistance = Infinity;
  for (const candidate of candidates) {
    const distance = candidate.platform === undefined ? undefined : platformDistance(wanted, candidate.platform);
    if (distance !== undefined && distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  if (best !== undefined) return best;
  return candidates.length === 1 && candidates[0]!.platform === undefined ? candidates[0] : undefined;
}

/** The platform of this process, in Go's names. */
export function hostPlatform(architecture: string = process.arch): Platform {
  return normalizePlatform({ os: "linux", architecture });
}
