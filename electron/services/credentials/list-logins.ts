/** Names and places of all logins there are, without a secret. */
import type { RegistryLogin } from "../../ipc/contract/registries.ts";
import { errorInfo } from "../ipc-error.ts";
import { hostOfKey, keyOf } from "./addresses.ts";
import type { DockerConfig } from "./config-file.ts";
import type { CredentialHelper } from "./helper.ts";
import type { Keyring } from "./keyring.ts";

/** Programs that only keep what they are given, and list it. Others make logins when asked: whether they have one is found out by asking. */
const KEEPERS = ["pass", "secretservice", "osxkeychain", "wincred", "desktop"];
/** Such a program may ask somebody on the network; the list does not wait longer for it. */
const ASK_LIMIT_MS = 3000;

export interface LoginSources {
  readonly config: DockerConfig;
  /** Name of the helper for all registries that have none of their own. */
  readonly store: string | undefined;
  readonly helper: (name: string) => CredentialHelper;
  readonly keyrings: readonly Keyring[];
}

/** By host. A helper that fails is a login with a problem. */
export async function listLogins({ config, store, helper, keyrings }: LoginSources, signal?: AbortSignal): Promise<Map<string, RegistryLogin>> {
  const own = [...config.credHelpers].flatMap(([key, name]) => {
    const host = hostOfKey(key);
    return host === undefined || name === "" ? [] : [{ host, key, name }];
  });
  const [kept, stored, given] = await Promise.all([
    Promise.all(keyrings.map(async (keyring) => ({ name: keyring.name, names: await keyring.list() }))),
    store === undefined ? [] : ofStore(helper(store), config, signal),
    Promise.all(own.map(async ({ host, key, name }) => [host, await (KEEPERS.includes(name) ? ofKeeper(helper(name), key, signal) : ofMaker(helper(name), key, signal))] as const)),
  ]);
  const logins = new Map<string, RegistryLogin>();
  // What counts most comes last.
  for (const { name, names } of kept.toReversed()) for (const [host, username] of names) logins.set(host, named(username, "keyring", name));
  for (const [key, entry] of config.entries) {
    const host = hostOfKey(key);
    if (host !== undefined && entry !== undefined) logins.set(host, named(entry.username, "plain"));
  }
  for (const [host, login] of [...stored, ...given]) if (login !== undefined) logins.set(host, login);
  return logins;
}

/** What the helper for all lists; when it fails, what the configuration file says that it has. */
async function ofStore(helper: CredentialHelper, config: DockerConfig, signal: AbortSignal | undefined): Promise<(readonly [string, RegistryLogin])[]> {
  const hostsOf = (keys: Iterable<string>): (readonly [string, string])[] => [...keys].flatMap((key) => {
    const host = hostOfKey(key);
    return host === undefined || config.credHelpers.has(keyOf(host)) ? [] : [[host, key] as const];
  });
  try {
    const names = await helper.list({ signal });
    return hostsOf(names.keys()).map(([host, key]) => [host, named(names.get(key), "helper", helper.name)]);
  } catch (error) {
    signal?.throwIfAborted();
    const emptied = [...config.entries].flatMap(([key, entry]) => (entry === undefined ? [key] : []));
    return hostsOf(emptied).map(([host]) => [host, failing(helper, error)]);
  }
}

async function ofKeeper(helper: CredentialHelper, key: string, signal: AbortSignal | undefined): Promise<RegistryLogin | undefined> {
  try {
    const names = await helper.list({ signal });
    return names.has(key) ? named(names.get(key), "helper", helper.name) : undefined;
  } catch (error) {
    signal?.throwIfAborted();
    return failing(helper, error);
  }
}

async function ofMaker(helper: CredentialHelper, key: string, signal: AbortSignal | undefined): Promise<RegistryLogin | undefined> {
  const limit = AbortSignal.timeout(ASK_LIMIT_MS);
  try {
    const login = await helper.get(key, { signal: signal === undefined ? limit : AbortSignal.any([signal, limit]) });
    return login === undefined ? undefined : named(login.username, "helper", helper.name);
  } catch (error) {
    signal?.throwIfAborted();
    return limit.aborted ? named(undefined, "helper", helper.name) : failing(helper, error);
  }
}

function failing(helper: CredentialHelper, error: unknown): RegistryLogin {
  return { place: "helper", by: helper.name, problem: errorInfo(error).message };
}

function named(username: string | undefined, place: RegistryLogin["place"], by?: string): RegistryLogin {
  return { ...(username === undefined || username === "" || username === "<token>" ? {} : { username }), place, ...(by === undefined ? {} : { by }) };
}
