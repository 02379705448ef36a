/**
 * Logins to Amazon ECR by AWS credentials: environment, profile, SSO, or the role of the machine. Tokens live in memory alone and are renewed before
 * they run out; what is remembered is which registry logs in with which profile.
 */
import type { RegistryLogin } from "../../ipc/contract/registries.ts";
import { errorInfo, ipcError } from "../ipc-error.ts";
import type { SettingsStore } from "../settings.ts";
import type { Login } from "./auth-entry.ts";
import { fetchEcrToken } from "./ecr-token.ts";
import type { EcrToken } from "./ecr-token.ts";
import type { DynamicLogins } from "./registry-auth.ts";

/** A token lives twelve hours; a pull or push that begins with one has this long. */
const RENEW_BEFORE_MS = 60 * 60 * 1000;
const TIME_LIMIT_MS = 30_000;

export interface AwsLogins extends DynamicLogins {
  describe(host: string): RegistryLogin;
  /** A new token, whatever is remembered. @throws IpcError with a way out, see ecr-errors.ts */
  tryLogin(host: string, profile: string | undefined, signal?: AbortSignal): Promise<Login>;
  /** From now on `host` logs in like this. */
  remember(host: string, profile: string | undefined): Promise<void>;
  forget(host: string): Promise<void>;
}

export function createAwsLogins(settings: SettingsStore, fetchToken: typeof fetchEcrToken = fetchEcrToken): AwsLogins {
  const tokens = new Map<string, EcrToken>();
  const underWay = new Map<string, Promise<EcrToken>>();
  const problems = new Map<string, string>();
  const remembered = (): NonNullable<SettingsStore["settings"]["registries"]> => settings.settings.registries ?? { added: [], aws: {} };
  const profileOf = (host: string): string | undefined => remembered().aws[host]?.profile;
  const keyOf = (host: string, profile: string | undefined): string => `${host} ${profile ?? ""}`;

  /** Asked once for all who wait; who leaves does not end it for the others. */
  async function fetch(host: string, profile: string | undefined, signal: AbortSignal | undefined): Promise<EcrToken> {
    const key = keyOf(host, profile);
    let asking = underWay.get(key);
    if (asking === undefined) {
      asking = fetchToken(host, profile, AbortSignal.timeout(TIME_LIMIT_MS)).finally(() => underWay.delete(key));
      underWay.set(key, asking);
    }
    try {
      const token = await abortable(asking, signal);
      tokens.set(key, token);
      problems.delete(host);
      return token;
    } catch (error) {
      if (signal?.aborted !== true) problems.set(host, errorInfo(error).message);
      throw error;
    }
  }

  return {
    has: (host) => Object.hasOwn(remembered().aws, host),
    hosts: () => Object.keys(remembered().aws),
    async login(host, signal) {
      const profile = profileOf(host);
      const kept = tokens.get(keyOf(host, profile));
      const left = kept === undefined ? 0 : kept.expires - Date.now();
      if (kept !== undefined && left > RENEW_BEFORE_MS) return loginOf(kept);
      try {
        return loginOf(await fetch(host, profile, signal));
      } catch (error) {
        signal?.throwIfAborted();
        // It could not be renewed, but it is still good.
        if (kept !== undefined && left > 0) return loginOf(kept);
        throw error;
      }
    },
    describe(host) {
      const profile = profileOf(host);
      const kept = tokens.get(keyOf(host, profile));
      const problem = problems.get(host);
      return {
        username: "AWS", place: "aws", ...(profile === undefined ? {} : { by: profile }),
        // One that has run out unused is had anew when it is needed.
        ...(kept === undefined || kept.expires <= Date.now() ? {} : { expires: kept.expires }), ...(problem === undefined ? {} : { problem }),
      };
    },
    async tryLogin(host, profile, signal) {
      return loginOf(await fetch(host, profile, signal));
    },
    async remember(host, profile) {
      const { added, aws } = remembered();
      await settings.update({ registries: { added, aws: { ...aws, [host]: profile === undefined ? {} : { profile } } } });
    },
    async forget(host) {
      for (const key of tokens.keys()) if (key.startsWith(`${host} `)) tokens.delete(key);
      problems.delete(host);
      const { added, aws } = remembered();
      if (!Object.hasOwn(aws, host)) return;
      const { [host]: _, ...others } = aws;
      await settings.update({ registries: { added, aws: others } });
    },
  };
}

function loginOf({ username, password }: EcrToken): Login {
  return { username, password };
}

function abortable<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const leave = (): void => reject(ipcError("cancelled", "The operation was cancelled."));
    if (signal.aborted) return leave();
    signal.addEventListener("abort", leave, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", leave));
  });
}
