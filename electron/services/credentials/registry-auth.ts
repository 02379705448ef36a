/** Credentials on their way to the engine, which keeps none: `X-Registry-Auth` for one registry, `X-Registry-Config` for all. */
import { inParallel } from "../in-parallel.ts";
import { errorInfo, ipcError, isIpcError } from "../ipc-error.ts";
import type { IpcError } from "../ipc-error.ts";
import { canonicalHost, keyOf, registryOf } from "./addresses.ts";
import type { Login } from "./auth-entry.ts";
import { encodeHeader, toAuthConfig } from "./auth-entry.ts";
import type { Credentials } from "./credentials.ts";

/** Logins that are made when they are needed. */
export interface DynamicLogins {
  /** Whether `host` is such a one. */
  has(host: string): boolean;
  hosts(): readonly string[];
  /** @throws IpcError when none can be had */
  login(host: string, signal?: AbortSignal): Promise<Login>;
}

export interface RequestAuth {
  readonly headers: Record<string, string>;
  /** Why the stored login is not among them, as a sentence. */
  readonly problem?: string;
  /** Makes of a refusal what really failed: the stored login could not be read. */
  explain(error: IpcError): IpcError;
}

export interface RegistryAuth {
  /**
   * For requests about `host`. A login that cannot be read counts as none, as in Docker's CLI: the image may be public.
   * @throws IpcError of a dynamic login: its registries are private
   */
  forHost(host: string, signal?: AbortSignal): Promise<RequestAuth>;
  forReference(reference: string, signal?: AbortSignal): Promise<RequestAuth>;
  /** For a build, whose images nobody knows yet: what can be had. */
  forBuild(signal?: AbortSignal): Promise<Record<string, string>>;
}

/** A build that may not need it does not wait longer for AWS. */
const BUILD_WAITS_MS = 8000;
/** Each may be a program that runs. */
const LOGINS_AT_ONCE = 8;
/** dockerd wants the header of a push even where there is no login. */
const NO_LOGIN = { "X-Registry-Auth": encodeHeader({}) };

export function createRegistryAuth(credentials: Credentials, dynamic: DynamicLogins): RegistryAuth {
  async function forHost(given: string, signal?: AbortSignal): Promise<RequestAuth> {
    const host = canonicalHost(given);
    if (dynamic.has(host)) return { headers: headersOf(await dynamic.login(host, signal), host), explain: (error) => error };
    try {
      const login = await credentials.get(host, signal);
      return { headers: login === undefined ? { ...NO_LOGIN } : headersOf(login, host), explain: (error) => error };
    } catch (error) {
      signal?.throwIfAborted();
      const problem = `The login that is kept for ${host} was not sent: ${errorInfo(error).message}`;
      return {
        headers: { ...NO_LOGIN },
        problem,
        explain: (refusal) => (isIpcError(refusal, "unauthorized", "forbidden", "notFound") ? ipcError(refusal.code, withReason(refusal.message, problem), { ...refusal.data }) : refusal),
      };
    }
  }

  return {
    forHost,
    forReference: (reference, signal) => forHost(registryOf(reference), signal),
    async forBuild(signal) {
      const kept = await credentials.list(signal).catch(() => new Map<string, never>());
      const hosts = [...new Set([...kept.keys(), ...dynamic.hosts()])];
      const limit = AbortSignal.timeout(BUILD_WAITS_MS);
      const soon = signal === undefined ? limit : AbortSignal.any([signal, limit]);
      const found = await inParallel(hosts, LOGINS_AT_ONCE, async (host) => {
        const login = await (dynamic.has(host) ? dynamic.login(host, soon) : credentials.get(host, signal)).catch(() => undefined);
        return login === undefined ? [] : [[keyOf(host), toAuthConfig(login, keyOf(host))] as const];
      });
      signal?.throwIfAborted();
      const configs = Object.fromEntries(found.flat());
      const headers: Record<string, string> = {};
      if (Object.keys(configs).length > 0) headers["X-Registry-Config"] = encodeHeader(configs);
      return headers;
    },
  };
}

/** A refusal, and what may be the reason for it. */
export function withReason(refusal: string, reason: string): string {
  return `${refusal.replace(/\.?$/, ".")} ${reason}`;
}

function headersOf(login: Login, host: string): Record<string, string> {
  return { "X-Registry-Auth": encodeHeader(toAuthConfig(login, keyOf(host))) };
}
