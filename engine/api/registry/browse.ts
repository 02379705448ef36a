import { EngineError, isEngineError } from "../../base/errors.ts";
import type { RemoteTag } from "../../images/browse.ts";
import { formatPlatform } from "../../oci/platform.ts";
import { parseReference } from "../../oci/reference.ts";
import { credentialsOf } from "../images/auth.ts";
import type { ApiReply } from "../reply.ts";
import type { ApiRequest } from "../request.ts";
import { booleanFilter } from "../filters.ts";
import { domainOf } from "./auth.ts";
import type { RegistryBackend } from "./backend.ts";

function required(request: ApiRequest, name: string): string {
  const value = request.text(name);
  if (value === undefined) throw new EngineError("invalidArgument", `bad parameter: ${name} is required`);
  return value;
}

/** `GET /slipway/registry/catalog?registry=HOST[&n=][&last=]` */
export async function catalog({ registry }: RegistryBackend, request: ApiRequest, reply: ApiReply): Promise<void> {
  const page = await registry.catalog(domainOf(required(request, "registry")), credentialsOf(request), { limit: request.integer("n"), after: request.text("last"), signal: request.signal });
  reply.json({ Repositories: page.repositories, IsLast: page.isLast });
}

/** `GET /slipway/registry/tags?repository=HOST/PATH[&n=][&last=]` */
export async function tags({ remote }: RegistryBackend, request: ApiRequest, reply: ApiReply): Promise<void> {
  const page = await remote.tags(required(request, "repository"), { limit: request.integer("n"), after: request.text("last"), credentials: credentialsOf(request), signal: request.signal });
  reply.json({ Tags: page.tags.map(tagJson), Total: page.total, IsLast: page.isLast });
}

function tagJson(tag: Partial<RemoteTag> & Pick<RemoteTag, "name">): object {
  return {
    Name: tag.name, Digest: tag.digest ?? "", MediaType: tag.mediaType ?? "", Platforms: (tag.platforms ?? []).map(formatPlatform), Size: tag.size ?? 0,
    CreatedAt: tag.createdAt?.toISOString() ?? null, ArtifactType: tag.artifactType ?? "", Error: tag.error ?? "",
  };
}

/** `GET /slipway/registry/behind?reference=NAME:TAG` */
export async function behind({ remote }: RegistryBackend, request: ApiRequest, reply: ApiReply): Promise<void> {
  const { reference, state, localDigests, remoteDigest } = await remote.freshness(required(request, "reference"), { credentials: credentialsOf(request), signal: request.signal });
  reply.json({ Reference: reference, State: state, Behind: state === "behind", LocalDigests: localDigests, RemoteDigest: remoteDigest ?? "" });
}

/** `GET /slipway/registry/limits` */
export function limits({ registry }: RegistryBackend, _: ApiRequest, reply: ApiReply): void {
  reply.json(registry.rateLimits().map(({ host, limit, remaining, windowSeconds, source, at }) => ({ Host: host, Limit: limit ?? null, Remaining: remaining, WindowSeconds: windowSeconds ?? null, Source: source ?? "", At: at.toISOString() })));
}

/** `GET /slipway/registry/test?registry=HOST`: how far one gets, with the credentials of `X-Registry-Auth`. */
export async function test({ registry }: RegistryBackend, request: ApiRequest, reply: ApiReply): Promise<void> {
  const domain = domainOf(required(request, "registry"));
  try {
    await registry.login(domain, credentialsOf(request) ?? {}, { signal: request.signal });
    reply.json({ Registry: domain, Ok: true, Step: "done", Message: "" });
  } catch (error) {
    if (!isEngineError(error) || error.code === "cancelled") throw error;
    reply.json({ Registry: domain, Ok: false, Step: stepOf(error), Message: error.message });
  }
}

/** Where a connection failed: `dns`, `connect`, `proxy`, `tls`, `login`, or `http`. */
function stepOf({ code, details }: EngineError): string {
  const reason = typeof details["reason"] === "string" ? details["reason"] : "";
  if (details["proxy"] === true) return "proxy";
  if (reason === "ENOTFOUND" || reason === "EAI_AGAIN") return "dns";
  if (/CERT|SSL|TLS|EPROTO|ISSUER|SIGNATURE/.test(reason)) return "tls";
  if (code === "unauthorized" || code === "forbidden") return "login";
  return /^E[A-Z]+$/.test(reason) || code === "deadlineExceeded" ? "connect" : "http";
}

/** `GET /images/search` */
export async function search({ registry }: RegistryBackend, request: ApiRequest, reply: ApiReply): Promise<void> {
  const term = required(request, "term");
  const limit = request.integer("limit") ?? 25;
  if (limit < 1 || limit > 100) throw new EngineError("invalidArgument", `limit ${limit} is outside the range of [1, 100]`);
  const filters = request.filters(["is-official", "is-automated", "stars"]);
  // A term is a name or a part of one; with a registry before it when it looks like that.
  const slash = term.indexOf("/");
  const domain = slash > 0 && /[.:]|^localhost$/.test(term.slice(0, slash)) ? parseReference(`${term.slice(0, slash)}/x`).domain : "docker.io";
  const found = await registry.search(domain, domain === "docker.io" ? term : term.slice(slash + 1), { limit, signal: request.signal });
  const stars = Math.max(0, ...(filters.get("stars") ?? []).map(Number));
  const official = filters.has("is-official") ? booleanFilter(filters, "is-official", false) : undefined;
  const automated = filters.has("is-automated") ? booleanFilter(filters, "is-automated", false) : undefined;
  const wanted = found.filter((result) => result.stars >= stars && (official === undefined || result.isOfficial === official) && (automated === undefined || result.isAutomated === automated));
  reply.json(wanted.map((result) => ({ name: result.name, description: result.description, star_count: result.stars, is_official: result.isOfficial, is_automated: result.isAutomated })));
}
