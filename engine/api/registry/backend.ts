import type { Registry } from "../../registry/registry.ts";

/** What the registry handlers need. */
export interface RegistryBackend {
  readonly registry: Pick<Registry, "login">;
}
