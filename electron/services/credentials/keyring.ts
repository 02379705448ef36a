import type { Login } from "./auth-entry.ts";

/** Where secrets can lie that no helper of Docker keeps: the system's keyring. */
export interface Keyring {
  /** How the user knows it: `Secret Service`. */
  readonly name: string;
  /** Why it cannot be used here, as the second half of a sentence; undefined when it can. */
  obstacle(signal?: AbortSignal): Promise<string | undefined>;
  /** Names by host of what was kept here; identity tokens have none. */
  list(): Promise<ReadonlyMap<string, string>>;
  /** @throws IpcError `unavailable` when it is locked or gone */
  get(host: string, signal?: AbortSignal): Promise<Login | undefined>;
  keep(host: string, login: Login, signal?: AbortSignal): Promise<void>;
  erase(host: string, signal?: AbortSignal): Promise<void>;
}
