/**
 * Logins, shared with Docker's CLI. A registry's login is looked for where the CLI would (its helper, then `auths`), then in the keyrings that only
 * we use; the first that has one counts. New ones go to the helper if there is one, else to a keyring, else into config.json as plain text.
 */
import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import type { CredentialStorage, RegistryLogin } from "../../ipc/contract/registries.ts";
import { errorInfo } from "../ipc-error.ts";
import { canonicalHost, hostOfKey, keyOf } from "./addresses.ts";
import type { Login } from "./auth-entry.ts";
import type { DockerConfig } from "./config-file.ts";
import { DockerConfigFile } from "./config-file.ts";
import { CredentialHelper, missingHelper } from "./helper.ts";
import type { Keyring } from "./keyring.ts";
import { listLogins } from "./list-logins.ts";

export interface Credentials {
  /** Names and places of all logins, by host; never a secret. @throws IpcError when config.json cannot be read */
  list(signal?: AbortSignal): Promise<Map<string, RegistryLogin>>;
  /** @throws IpcError `unavailable` when what keeps it fails */
  get(host: string, signal?: AbortSignal): Promise<Login | undefined>;
  keep(host: string, login: Login, signal?: AbortSignal): Promise<void>;
  /** Takes it out everywhere, so that no older one is found in its place. */
  erase(host: string, signal?: AbortSignal): Promise<void>;
  storage(host: string, signal?: AbortSignal): Promise<CredentialStorage>;
}

export interface CredentialOptions {
  readonly file?: DockerConfigFile;
  /** In the order of preference. */
  readonly keyrings?: readonly Keyring[];
  readonly env?: NodeJS.ProcessEnv;
}

export function createCredentials({ file = new DockerConfigFile(), keyrings = [], env = process.env }: CredentialOptions = {}): Credentials {
  const helper = (name: string): CredentialHelper => new CredentialHelper(name, { env });

  async function get(host: string, signal?: AbortSignal): Promise<Login | undefined> {
    const config = await file.read();
    const name = await helperOf(config, host, env);
    const kept = name === undefined ? undefined : await helper(name).get(keyOf(host), { signal });
    const found = kept ?? entryOf(config, host);
    if (found !== undefined) return found;
    for (const keyring of keyrings) {
      const login = (await keyring.list()).has(host) ? await keyring.get(host, signal) : undefined;
      if (login !== undefined) return login;
    }
    return undefined;
  }

  /** Where a login to `host` goes now, and why. */
  async function place(host: string, signal?: AbortSignal): Promise<CredentialStorage & { helper?: string; keyring?: Keyring; isDefault?: boolean }> {
    const config = await file.read();
    const name = await helperOf(config, host, env);
    if (name !== undefined) {
      const missing = !(await isInstalled(name, env));
      const sentence = missing ? errorInfo(missingHelper(name)).message : `The login is kept by the credential helper ${name}, as Docker's own logins are.`;
      return { place: "helper", by: name, sentence, helper: name, isDefault: !config.mentionsLogins };
    }
    if (entryOf(config, host) !== undefined) {
      return { place: "plain", sentence: `Docker's CLI keeps its login to ${host} as plain text in ${file.path}; the new one takes its place there, for both. Log out first to have it kept elsewhere.` };
    }
    const obstacles: string[] = [];
    for (const keyring of keyrings) {
      const obstacle = await keyring.obstacle(signal);
      if (obstacle === undefined) return { place: "keyring", by: keyring.name, keyring, sentence: `The login is kept in the system's keyring (${keyring.name}), where Docker's CLI does not look: it needs its own login, or a credential helper for both.` };
      obstacles.push(obstacle);
    }
    const why = obstacles.length === 0 ? "" : `: ${obstacles.join(", and ")}`;
    return { place: "plain", sentence: `The login is kept as plain text in ${file.path}, as Docker does without a credential helper${why}. To have it encrypted, install docker-credential-pass or docker-credential-secretservice and name it as credsStore in that file.` };
  }

  return {
    async list(signal) {
      const config = await file.read();
      return listLogins({ config, store: await helperOf(config, undefined, env), helper, keyrings }, signal);
    },
    get: async (host, signal) => get(canonicalHost(host), signal),
    async storage(host, signal) {
      const { place: where, by, sentence } = await place(canonicalHost(host), signal);
      return { place: where, ...(by === undefined ? {} : { by }), sentence };
    },
    async keep(given, kept, signal) {
      const host = canonicalHost(given);
      const to = await place(host, signal);
      if (to.helper !== undefined) {
        await helper(to.helper).store(keyOf(host), kept, { signal });
        await file.keep(host, undefined, to.isDefault === true ? to.helper : undefined);
      } else if (to.keyring === undefined) {
        await file.keep(host, kept);
      } else {
        await to.keyring.keep(host, kept, signal);
      }
      for (const keyring of keyrings) if (keyring !== to.keyring && (await keyring.list()).has(host)) await keyring.erase(host, signal);
    },
    async erase(given, signal) {
      const host = canonicalHost(given);
      const config = await file.read();
      const name = await helperOf(config, host, env);
      // The CLI erases these three forms.
      const keys = keyOf(host) === host ? [host, `http://${host}`, `https://${host}`] : [keyOf(host)];
      if (name !== undefined) for (const key of keys) await helper(name).erase(key, { signal });
      for (const keyring of keyrings) if ((await keyring.list()).has(host)) await keyring.erase(host, signal);
      await file.erase(host);
    },
  };
}

/** By key, as the CLI does; else by host, for keys such as `https://HOST/v1/`. */
function entryOf(config: DockerConfig, host: string): Login | undefined {
  return config.entries.get(keyOf(host)) ?? [...config.entries].find(([key, login]) => login !== undefined && hostOfKey(key) === host)?.[1];
}

/**
 * The helper for a registry; for none, the one for all. Where the file says nothing of logins, the CLI takes the platform's own if it is installed,
 * and so do we.
 */
async function helperOf(config: DockerConfig, host: string | undefined, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const own = host === undefined ? undefined : (config.credHelpers.get(keyOf(host)) ?? config.credHelpers.get(host));
  const name = own ?? config.credsStore;
  if (name !== undefined || config.mentionsLogins) return name === "" ? undefined : name;
  const fallback = process.platform === "darwin" ? "osxkeychain" : process.platform === "win32" ? "wincred" : (await onPath("pass", env)) ? "pass" : "secretservice";
  return (await isInstalled(fallback, env)) ? fallback : undefined;
}

function isInstalled(helper: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  return onPath(`docker-credential-${helper}`, env);
}

async function onPath(program: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  for (const folder of (env["PATH"] ?? "").split(delimiter)) {
    if (folder !== "" && (await access(join(folder, program), constants.X_OK).then(() => true, () => false))) return true;
  }
  return false;
}
