import { EngineError } from "../../base/errors.ts";
import type { BuildRequest, ContextRequest } from "../../build/build.ts";
import { parsePlatform } from "../../oci/platform.ts";
import type { ApiRequest } from "../request.ts";
import { flag, integer, list, object, record, text } from "../shape.ts";
import type { Shaped } from "../shape.ts";
import { checkedTags, credentialsByRegistry } from "./classic-request.ts";

/**
 * The body of `POST /slipway/build` and `/slipway/build/plan`. `context` is a directory of this machine, or an address; none is an empty one. `dockerfile`
 * is a path in it, `dockerfileText` the text itself. Values of `secrets` are base64.
 */
export const slipwayBuildBody = object({
  context: text, dockerfile: text, dockerfileText: text, target: text, title: text, tags: list(text), args: record(text), labels: record(text), platform: text,
  noCache: flag, pull: flag, cacheFrom: list(text), network: text, extraHosts: list(text), secrets: record(text), ssh: record(text), allowInsecure: flag, keepFailed: flag,
  limits: object({
    Memory: integer, MemorySwap: integer, CpuShares: integer, CpuPeriod: integer, CpuQuota: integer, CpusetCpus: text, CpusetMems: text, ShmSize: integer,
  }),
});

/** @throws EngineError `invalidArgument` naming the field */
export function slipwayRequest(request: ApiRequest, body: Shaped<typeof slipwayBuildBody>): BuildRequest {
  return {
    context: contextOf(body.context),
    dockerfile: body.dockerfileText === undefined ? { path: body.dockerfile } : { text: body.dockerfileText },
    target: body.target,
    title: body.title,
    args: body.args ?? {},
    labels: body.labels ?? {},
    tags: checkedTags(body.tags ?? []),
    platform: body.platform === undefined ? undefined : parsePlatform(body.platform),
    noCache: body.noCache ?? false,
    pull: body.pull ?? false,
    cacheFrom: body.cacheFrom ?? [],
    network: body.network ?? "default",
    extraHosts: body.extraHosts ?? [],
    limits: body.limits ?? {},
    secrets: new Map(Object.entries(body.secrets ?? {}).map(([id, value]) => [id, secretOf(id, value)])),
    ssh: new Map(Object.entries(body.ssh ?? {})),
    allowInsecure: body.allowInsecure ?? false,
    credentials: credentialsByRegistry(request),
    keepFailed: body.keepFailed ?? true,
  };
}

function contextOf(context: string | undefined): ContextRequest {
  if (context === undefined || context === "") return { type: "empty" };
  if (context.startsWith("/")) return { type: "directory", path: context };
  if (/^(https?|git|ssh):\/\/|^git@/.test(context)) return { type: "remote", url: context };
  throw new EngineError("invalidArgument", `the context ${JSON.stringify(context)} is neither an absolute path nor an address`);
}

function secretOf(id: string, value: string): Uint8Array {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(value)) throw new EngineError("invalidArgument", `the secret ${JSON.stringify(id)} is not base64`);
  return Buffer.from(value, "base64");
}
