import type { Route } from "../router.ts";
import { authenticate } from "./auth.ts";
import type { RegistryBackend } from "./backend.ts";

/** `/auth`: logins at registries. */
export function registryRoutes(backend: RegistryBackend): Route[] {
  return [
    { method: "POST", path: "/auth", handler: (request, reply) => authenticate(backend, request, reply) },
  ];
}
