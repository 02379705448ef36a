import { EngineError } from "../../base/errors.ts";
import type { BuildLimits, BuildRequest } from "../../build/build.ts";
import { parsePlatform } from "../../oci/platform.ts";
import { checkedTags } from "../build/classic-request.ts";
import type { SolveRequest } from "./messages.ts";
import type { SessionSource, WantedBuild } from "./session-build.ts";
import type { FrontendCall } from "./solves.ts";

/** Frontends whose language ours is: BuildKit's own, and the same as an image. */
const OWN_FRONTENDS = /^(docker\.io\/)?docker\/dockerfile(-upstream)?([:@].*)?$/;
/** Exporters that leave an image in this engine: the docker driver's, and what buildx asks of engines with an image store. */
const IMAGE_EXPORTERS = ["moby", "image"];
const SESSION_URL = /^https?:\/\/buildkit-session\//;

export interface ReadSolve extends WantedBuild {
  /** What is not offered and is no reason to fail. */
  readonly warnings: readonly string[];
}

/** The build that a solve request means. @throws EngineError `invalidArgument`, `notImplemented` naming the option */
export function readSolve(request: SolveRequest, { frontend, attrs }: FrontendCall): ReadSolve {
  checkFrontend(frontend, attrs);
  const text = (name: string): string | undefined => attrs[name] || undefined;
  const prefixed = (prefix: string): Record<string, string> => Object.fromEntries(Object.entries(attrs).flatMap(([name, value]) => (name.startsWith(prefix) ? [[name.slice(prefix.length), value] as const] : [])));
  const named = Object.keys(attrs).find((name) => name.startsWith("context:"));
  if (named !== undefined) throw new EngineError("notImplemented", `the named context ${JSON.stringify(named.slice("context:".length))} is not offered here: build it as an image or a stage and use COPY --from`);
  const platform = text("platform");
  if (platform?.includes(",") === true) throw new EngineError("notImplemented", `an image for several platforms (${platform}) is not offered here: build each one by itself`);
  const warnings: string[] = [];
  const build: Omit<BuildRequest, "context" | "dockerfile" | "secrets" | "ssh"> = {
    target: text("target"),
    args: { ...(text("source-date-epoch") === undefined ? {} : { SOURCE_DATE_EPOCH: attrs["source-date-epoch"]! }), ...prefixed("build-arg:") },
    labels: prefixed("label:"),
    tags: checkedTags(tagsOf(request)),
    platform: platform === undefined ? undefined : parsePlatform(platform),
    noCache: attrs["no-cache"] !== undefined,
    pull: text("image-resolve-mode") === "pull",
    cacheFrom: cacheImages(request, attrs, warnings),
    network: networkOf(text("force-network-mode")),
    extraHosts: (text("add-hosts") ?? "").split(",").filter((entry) => entry !== "").map((entry) => entry.replace("=", ":").replace(/:\[(.*)\]$/, ":$1")),
    limits: limitsOf(text("shm-size"), text("ulimit")),
    allowInsecure: request.Entitlements.includes("security.insecure"),
    credentials: () => undefined,
    keepFailed: false,
  };
  if (text("cgroup-parent") !== undefined) warnings.push("the parent control group is the engine's own: cgroup-parent is ignored");
  return { request: build, source: sourceOf(attrs), filename: text("filename"), warnings };
}

function checkFrontend(frontend: string, attrs: Readonly<Record<string, string>>): void {
  const own = frontend === "dockerfile.v0" || (frontend === "gateway.v0" && OWN_FRONTENDS.test(attrs["source"] ?? ""));
  if (!own) throw new EngineError("notImplemented", `the frontend ${JSON.stringify(frontend === "gateway.v0" ? attrs["source"] ?? "" : frontend)} is not offered here: builds are made of Dockerfiles`);
  const call = attrs["requestid"];
  if (call !== undefined) throw new EngineError("notImplemented", `the request ${JSON.stringify(call)} is not offered here: POST /slipway/dockerfile has the checks of a Dockerfile`);
}

function tagsOf(request: SolveRequest): string[] {
  const exporters = request.Exporters.length > 0 ? request.Exporters : request.Exporter === "" ? [] : [{ Type: request.Exporter, Attrs: request.ExporterAttrs }];
  for (const { Type, Attrs } of exporters) {
    if (!IMAGE_EXPORTERS.includes(Type)) throw new EngineError("notImplemented", `output of type ${Type} is not offered here: build an image, then use docker save, or docker cp from a container of it`);
    if (Attrs["push"] === "true") throw new EngineError("notImplemented", "a build does not push: use docker push when it is done");
  }
  return [...new Set(exporters.flatMap(({ Attrs }) => (Attrs["name"] ?? "").split(",")).filter((name) => name !== ""))];
}

/** Images whose results count. Everything else that caches come from or go to is none of this engine's. */
function cacheImages({ Cache }: SolveRequest, attrs: Readonly<Record<string, string>>, warnings: string[]): string[] {
  const images = [...(attrs["cache-from"] ?? "").split(","), ...(Cache?.ImportRefsDeprecated ?? [])];
  for (const { Type, Attrs } of [...(Cache?.Imports ?? []), ...importsOf(attrs["cache-imports"])]) {
    if (Type === "registry" && Attrs["ref"] !== undefined) images.push(Attrs["ref"]);
    else warnings.push(`a cache of type ${Type} is not offered here and is ignored: an image can be one`);
  }
  for (const { Type } of Cache?.Exports ?? []) if (Type !== "inline") warnings.push(`a cache of type ${Type} is not offered here and is not written: every image carries its own`);
  return [...new Set(images.filter((image) => image !== ""))];
}

/** JSON of what buildx gives to frontends. */
function importsOf(json: string | undefined): { readonly Type: string; readonly Attrs: Readonly<Record<string, string>> }[] {
  try {
    const list: unknown = JSON.parse(json ?? "[]");
    return (Array.isArray(list) ? (list as { Type?: unknown; Attrs?: unknown }[]) : []).map(({ Type, Attrs }) => ({ Type: String(Type), Attrs: typeof Attrs === "object" && Attrs !== null ? (Attrs as Record<string, string>) : {} }));
  } catch {
    throw new EngineError("invalidArgument", "cache-imports is not JSON");
  }
}

function networkOf(mode: string | undefined): string {
  if (mode === undefined || mode === "sandbox") return "default";
  return mode;
}

function limitsOf(shmSize: string | undefined, ulimits: string | undefined): BuildLimits {
  return {
    ShmSize: shmSize === undefined ? undefined : wholeNumber("shm-size", shmSize),
    Ulimits: ulimits?.split(",").map((entry) => {
      const [, Name = "", soft, hard = soft] = /^([a-z]+)=(-?\d+)(?::(-?\d+))?$/.exec(entry) ?? [];
      if (soft === undefined) throw new EngineError("invalidArgument", `the ulimit ${JSON.stringify(entry)} is not NAME=SOFT:HARD`);
      return { Name, Soft: Number(soft), Hard: Number(hard) };
    }),
  };
}

function wholeNumber(name: string, value: string): number {
  if (!/^\d{1,15}$/.test(value)) throw new EngineError("invalidArgument", `bad value ${JSON.stringify(value)} of ${name}: expected a whole number`);
  return Number(value);
}

function sourceOf(attrs: Readonly<Record<string, string>>): SessionSource {
  const names = { context: attrs["contextkey"] || "context", dockerfile: attrs["dockerfilekey"] || "dockerfile" };
  const context = attrs["context"] ?? "";
  if (context === "") return { type: "session", names };
  if (context.startsWith("local:")) return { type: "session", names: { ...names, context: context.slice("local:".length) } };
  if (SESSION_URL.test(context)) return { type: "upload", path: new URL(context).pathname, dockerfileName: attrs["dockerfilekey"] || undefined };
  if (context.startsWith("input:")) throw new EngineError("notImplemented", "a context that is the result of another build is not offered here: use COPY --from");
  return { type: "elsewhere", context: { type: "remote", url: context }, dockerfileName: attrs["dockerfilekey"] || undefined };
}
