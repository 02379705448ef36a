import type { RegistryCredentials } from "../../registry/registry.ts";
import type { ApiRequest } from "../request.ts";

/** Headers of credentials are small; a larger one is no such header. */
const MAX_HEADER = 64_000;

/** Credentials of the `X-Registry-Auth` header: base64url of JSON. As in Docker, a header that cannot be read counts as none. */
export function credentialsOf(request: ApiRequest): RegistryCredentials | undefined {
  const header = request.headers["x-registry-auth"];
  if (typeof header !== "string" || header === "" || header.length > MAX_HEADER) return undefined;
  try {
    return credentialsOfJson(JSON.parse(Buffer.from(header, "base64url").toString("utf8")));
  } catch {
    return undefined;
  }
}

/** Credentials of Docker's AuthConfig; undefined when it holds none. */
export function credentialsOfJson(json: unknown): RegistryCredentials | undefined {
  if (typeof json !== "object" || json === null) return undefined;
  const fields = json as Readonly<Record<string, unknown>>;
  const text = (key: string): string | undefined => (typeof fields[key] === "string" && fields[key] !== "" ? fields[key] : undefined);
  const joined = text("username") === undefined ? /^([^:]*):([^]*)$/.exec(Buffer.from(text("auth") ?? "", "base64").toString("utf8")) : null;
  const credentials = { username: text("username") ?? (joined?.[1] || undefined), password: text("password") ?? (joined?.[2] || undefined), identityToken: text("identitytoken"), registryToken: text("registrytoken") };
  return Object.values(credentials).some((value) => value !== undefined) ? credentials : undefined;
}
