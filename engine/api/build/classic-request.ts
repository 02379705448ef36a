import { EngineError, messageOf } from "../../base/errors.ts";
import type { BuildLimits, BuildRequest, ContextRequest } from "../../build/build.ts";
import { parsePlatform } from "../../oci/platform.ts";
import { parseReference } from "../../oci/reference.ts";
import type { RegistryCredentials } from "../../registry/registry.ts";
import { credentialsOfJson } from "../images/auth.ts";
import type { ApiRequest } from "../request.ts";
import { integer, list, object, record, text, nullable } from "../shape.ts";
import type { Shape } from "../shape.ts";

const MAX_HEADER = 1 << 20;
const HUB_KEY = "https://index.docker.io/v1/";
const HUB_DOMAIN = "docker.io";

const ulimits = list(object({ Name: text, Soft: integer, Hard: integer }));

/** The build that the query, the headers and the body of Docker's `POST /build` describe. @throws EngineError `invalidArgument` naming the parameter */
export function classicRequest(request: ApiRequest): BuildRequest {
  if (request.flag("squash")) throw new EngineError("notImplemented", "squash is not offered: a multi-stage build with COPY --from makes small images");
  const platform = request.text("platform");
  return {
    context: contextOf(request),
    dockerfile: { path: request.text("dockerfile") },
    target: request.text("target"),
    args: argumentsOf(request),
    labels: json(request, "labels", record(text)) ?? {},
    tags: checkedTags(request.query.getAll("t").filter((tag) => tag !== "")),
    platform: platform === undefined ? undefined : parsePlatform(platform),
    noCache: request.flag("nocache"),
    pull: request.flag("pull"),
    cacheFrom: json(request, "cachefrom", list(text)) ?? [],
    network: request.text("networkmode") ?? "default",
    extraHosts: (request.text("extrahosts") ?? "").split(",").filter((entry) => entry !== ""),
    limits: limitsOf(request),
    secrets: new Map(),
    ssh: new Map(),
    allowInsecure: false,
    credentials: credentialsByRegistry(request),
    keepFailed: false,
  };
}

/** Refuses what no image can be called before anything is built. @throws EngineError `invalidArgument` */
export function checkedTags(tags: readonly string[]): readonly string[] {
  for (const tag of tags) {
    if (parseReference(tag).digest !== undefined) throw new EngineError("invalidArgument", `refusing to create a tag with a digest reference: ${tag}`);
  }
  return tags;
}

function contextOf(request: ApiRequest): ContextRequest {
  const remote = request.text("remote");
  return remote === undefined || remote === "client-session" ? { type: "tar", stream: request.body } : { type: "remote", url: remote };
}

/** `null` takes the engine's own variable of that name, as Docker's client means it. */
function argumentsOf(request: ApiRequest): Record<string, string> {
  const args: Record<string, string> = {};
  for (const [name, value] of Object.entries(json(request, "buildargs", record(nullable(text))) ?? {})) {
    const known = value ?? process.env[name];
    if (known !== undefined) args[name] = known;
  }
  return args;
}

function limitsOf(request: ApiRequest): BuildLimits {
  return {
    Memory: request.integer("memory") || undefined,
    MemorySwap: request.integer("memswap") || undefined,
    CpuShares: request.integer("cpushares") || undefined,
    CpuPeriod: request.integer("cpuperiod") || undefined,
    CpuQuota: request.integer("cpuquota") || undefined,
    CpusetCpus: request.text("cpusetcpus"),
    CpusetMems: request.text("cpusetmems"),
    ShmSize: request.integer("shmsize") || undefined,
    Ulimits: json(request, "ulimits", ulimits)?.map(({ Name = "", Soft = 0, Hard = 0 }) => ({ Name, Soft, Hard })),
  };
}

function json<T>(request: ApiRequest, name: string, shape: Shape<T>): T | undefined {
  const value = request.text(name);
  if (value === undefined || value === "null") return undefined;
  try {
    return shape(JSON.parse(value), name);
  } catch (error) {
    throw new EngineError("invalidArgument", `bad value of ${name}: ${messageOf(error)}`);
  }
}

/** Credentials of the `X-Registry-Config` header, by registry. As in Docker, a header that cannot be read counts as none. */
export function credentialsByRegistry(request: ApiRequest): (registry: string) => RegistryCredentials | undefined {
  const header = request.headers["x-registry-config"];
  if (typeof header !== "string" || header.length > MAX_HEADER) return () => undefined;
  let found: unknown;
  try {
    found = JSON.parse(Buffer.from(header, "base64url").toString("utf8"));
  } catch {
    return () => undefined;
  }
  const entries = typeof found === "object" && found !== null ? (found as Readonly<Record<string, unknown>>) : {};
  return (registry) => credentialsOfJson(entries[registry] ?? (registry === HUB_DOMAIN ? entries[HUB_KEY] : undefined));
}
