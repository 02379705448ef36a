import type { Handler, Route } from "../router.ts";
import { authenticate } from "./auth.ts";
import type { RegistryBackend } from "./backend.ts";
import { behind, catalog, limits, search, tags, test } from "./browse.ts";

/** `/auth`, `/images/search`, and what the window asks of registries below `/slipway/registry`. */
export function registryRoutes(backend: RegistryBackend): Route[] {
  const get = (path: string, handler: (backend: RegistryBackend, ...rest: Parameters<Handler>) => Promise<void> | void): Route => ({ method: "GET", path, handler: (request, reply) => handler(backend, request, reply) });
  return [
    { method: "POST", path: "/auth", handler: (request, reply) => authenticate(backend, request, reply) },
    get("/images/search", search),
    get("/slipway/registry/catalog", catalog),
    get("/slipway/registry/tags", tags),
    get("/slipway/registry/behind", behind),
    get("/slipway/registry/limits", limits),
    get("/slipway/registry/test", test),
  ];
}
