import type { IoOptions } from "../base/abort.ts";
import { EngineError, isEngineError } from "../base/errors.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Login } from "./registry.ts";

/**
 * Checks an endpoint's credentials by its base address (OCI distribution specification, "Determining Support"), as `docker login` does.
 * @throws EngineError `unauthorized` in dockerd's words when they are refused; `unavailable` when it cannot be asked or is no registry
 */
export async function login(endpoint: Endpoint, domain: string, { signal }: IoOptions): Promise<Login> {
  const target = { registry: domain, repository: domain, subject: domain };
  const response = await endpoint.request({ method: "GET", path: "", scopes: [], target, accept: [401, 403, 404], signal, isLogin: true }).catch((error: unknown) => {
    // Docker's "pull access denied" is no answer to a login.
    if (isEngineError(error, "notFound", "forbidden")) throw refused(endpoint, 401);
    if (isEngineError(error, "unauthorized")) throw new EngineError("unauthorized", `Get "${endpoint.url("").href}": ${error.message.replace(/: log in again$/, "")}`, { cause: error });
    throw error;
  });
  response.discard();
  if (response.status === 404) throw new EngineError("unavailable", `login attempt to ${endpoint.url("").href} failed with status: 404 Not Found: ${domain} is no registry`);
  if (response.status !== 200) throw refused(endpoint, response.status);
  return { identityToken: endpoint.authorizer.identityToken };
}

function refused(endpoint: Endpoint, status: number): EngineError {
  return new EngineError("unauthorized", `login attempt to ${endpoint.url("").href} failed with status: ${status} ${status === 401 ? "Unauthorized" : "Forbidden"}`);
}
