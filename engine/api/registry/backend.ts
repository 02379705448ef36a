import type { Browser } from "../../images/browse.ts";
import type { Registry } from "../../registry/registry.ts";

/** What the registry handlers need. */
export interface RegistryBackend {
  readonly registry: Pick<Registry, "login" | "catalog" | "search" | "rateLimits">;
  readonly remote: Pick<Browser, "tags" | "freshness">;
}
