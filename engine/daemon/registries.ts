import { join } from "node:path";
import { proxySettings } from "../registry/proxy.ts";
import type { RegistryOptions } from "../registry/registry.ts";
import type { DaemonOptions } from "./options.ts";
import type { EngineSettings } from "./settings.ts";

/** Where Docker looks for the certificates of registries; a folder a registry. */
const SYSTEM_CERTIFICATES = "/etc/docker/certs.d";

/**
 * How registries are spoken to: insecure ones and mirrors as the engine was told, proxies from its settings or else its environment, certificates from
 * the folders that Docker has them in, and from those of `SLIPWAY_CERTS_DIR` (with `:` between them).
 */
export function registryOptions(options: DaemonOptions & { readonly version: string }, settings: EngineSettings, environment: NodeJS.ProcessEnv, userNamespace: boolean): RegistryOptions {
  const config = environment.XDG_CONFIG_HOME || (environment.HOME ? join(environment.HOME, ".config") : undefined);
  const surroundings = proxySettings(environment);
  return {
    insecureRegistries: [...options.insecureRegistries, ...settings.insecureRegistries],
    mirrors: [...options.registryMirrors, ...settings.registryMirrors],
    userAgent: `slipway/${options.version}`,
    forwarder: options.forwarder,
    proxy: { http: settings.proxy.http ?? surroundings.http, https: settings.proxy.https ?? surroundings.https, no: settings.proxy.no ?? surroundings.no },
    certificates: [
      ...(environment.SLIPWAY_CERTS_DIR ?? "").split(":").filter((directory) => directory !== ""),
      ...(userNamespace && config !== undefined ? [join(config, "docker/certs.d")] : []),
      SYSTEM_CERTIFICATES,
    ],
  };
}
