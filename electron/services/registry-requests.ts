/** What the engine offers below `/slipway/registry`, asked with the right login. */
import type { EngineConnection } from "./connection.ts";
import type { RegistryAuth } from "./credentials/registry-auth.ts";
import { dial } from "./docker-client.ts";
import { toIpcError } from "./docker-errors.ts";
import { ipcError } from "./ipc-error.ts";

export interface RegistryRequests {
  /**
   * `GET /slipway/registry/PATH`.
   * @param host whose login goes along
   * @throws IpcError `notImplemented` on a daemon that is not ours
   */
  get<T>(path: string, query: Record<string, string | number | undefined>, host: string, signal?: AbortSignal): Promise<T>;
}

export function createRegistryRequests(connection: EngineConnection, auth: RegistryAuth): RegistryRequests {
  return {
    async get(path, query, host, signal) {
      const { headers, explain } = await auth.forHost(host, signal);
      const given = Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined));
      try {
        return await dial(connection.docker, { path: `/slipway/registry/${path}?`, method: "GET", query: given, okStatuses: [200], headers, signal });
      } catch (error) {
        if (isUnknownPath(error)) throw ipcError("notImplemented", "This engine does not look into registries: only Slipway's own does.");
        throw explain(toIpcError(error, connection.endpoint));
      }
    },
  };
}

/** Whether a daemon does not know the request at all, as opposed to what it names. */
export function isUnknownPath(error: unknown): boolean {
  if (!(error instanceof Error) || !("statusCode" in error) || error.statusCode !== 404) return false;
  const said = "json" in error && typeof error.json === "object" && error.json !== null && "message" in error.json ? error.json.message : error.message;
  return typeof said === "string" && /page not found|^not found$/i.test(said.trim());
}
