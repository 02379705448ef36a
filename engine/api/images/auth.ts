import type { RegistryCredentials } from "../../registry/registry.ts";
import type { ApiRequest } from "../request.ts";

/** Credentials of the `X-Registry-Auth` header: base64url of JSON. As in Docker, a header that cannot be read counts as none. */
export function credentialsOf(request: ApiRequest): RegistryCredentials | undefined {
  const header = request.headers["x-registry-auth"];
  if (typeof header !== "string" || header === "" || header.length > 64_000) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(header, "base64url").toString("utf8"));
  } catch {
    return undefined;
  }
  if (typeof json !== "object" || json === null) return undefined;
  const fields = json as Readonly<Record<string, unknown>>;
  const text = (key: string): string | undefined => (typeof fields[key] === "string" && fields[key] !== "" ? fields[key] : undefined);
  const credentials = { username: text("username"), password: text("password"), identityToken: text("identitytoken"), registryToken: text("registrytoken") };
  return Object.values(credentials).some((value) => value !== undefined) ? credentials : undefined;
}
