/** Registries: the list, and logins, which are tried before they are kept. */
import type { CredentialStorage, RegistryInfo, RegistryLogin } from "../ipc/contract/registries.ts";
import type { EngineConnection } from "./connection.ts";
import { canonicalHost, HUB, keyOf, kindOf, nameOf } from "./credentials/addresses.ts";
import type { Login } from "./credentials/auth-entry.ts";
import { toAuthConfig } from "./credentials/auth-entry.ts";
import { readAwsProfiles } from "./credentials/aws-profiles.ts";
import type { AwsLogins } from "./credentials/aws.ts";
import type { Credentials } from "./credentials/credentials.ts";
import { dial } from "./docker-client.ts";
import { toIpcError } from "./docker-errors.ts";
import { ipcError } from "./ipc-error.ts";
import type { RegistryBrowser } from "./registry-browser.ts";
import type { SettingsStore } from "./settings.ts";

export interface Registries extends Omit<RegistryBrowser, "limits"> {
  list(signal?: AbortSignal): Promise<RegistryInfo[]>;
  add(host: string, signal?: AbortSignal): Promise<RegistryInfo>;
  forget(host: string): Promise<void>;
  storage(host: string, signal?: AbortSignal): Promise<CredentialStorage>;
  /** @throws IpcError `unauthorized` with the registry's own sentence; then nothing is kept */
  login(host: string, username: string, password: string, signal?: AbortSignal): Promise<RegistryInfo>;
  /** @throws IpcError `invalidArgument` for a registry that is not Amazon's, and what AWS says */
  loginAws(host: string, profile: string | undefined, signal?: AbortSignal): Promise<RegistryInfo>;
  awsProfiles(): Promise<string[]>;
  logout(host: string, signal?: AbortSignal): Promise<void>;
}

export interface RegistryParts {
  readonly credentials: Credentials;
  readonly aws: AwsLogins;
  readonly browser: RegistryBrowser;
  readonly settings: SettingsStore;
}

export function createRegistries(connection: EngineConnection, { credentials, aws, browser, settings }: RegistryParts): Registries {
  const remembered = (): NonNullable<SettingsStore["settings"]["registries"]> => settings.settings.registries ?? { added: [], aws: {} };

  async function logins(signal: AbortSignal | undefined): Promise<Map<string, RegistryLogin>> {
    const found = await credentials.list(signal);
    for (const host of aws.hosts()) found.set(host, aws.describe(host));
    return found;
  }

  async function list(signal?: AbortSignal): Promise<RegistryInfo[]> {
    const [known, limits] = await Promise.all([logins(signal), browser.limits(signal)]);
    const added = new Set(remembered().added);
    return [...new Set([HUB, ...added, ...known.keys()])]
      .map((host): RegistryInfo => {
        const [login, limit] = [known.get(host), limits.get(host)];
        return { host, kind: kindOf(host), name: nameOf(host), added: added.has(host), ...(login === undefined ? {} : { login }), ...(limit === undefined ? {} : { limit }) };
      })
      .toSorted((a, b) => Number(b.host === HUB) - Number(a.host === HUB) || a.name.localeCompare(b.name));
  }

  async function infoOf(host: string, signal: AbortSignal | undefined): Promise<RegistryInfo> {
    const found = (await list(signal)).find((each) => each.host === canonicalHost(host));
    return found ?? { host: canonicalHost(host), kind: kindOf(host), name: nameOf(host), added: false };
  }

  /** Asks the registry itself, through the engine: it is the engine that will use the login. */
  async function tryLogin(host: string, login: Login, signal: AbortSignal | undefined): Promise<string | undefined> {
    try {
      const { IdentityToken } = await dial<{ IdentityToken?: string }>(connection.docker, { path: "/auth", method: "POST", body: toAuthConfig(login, keyOf(host)), okStatuses: [200, 204], signal });
      return IdentityToken === undefined || IdentityToken === "" ? undefined : IdentityToken;
    } catch (error) {
      const problem = toIpcError(error, connection.endpoint);
      const said = withoutSecret(problem.message, login.password);
      throw said === problem.message ? problem : ipcError(problem.code, said, problem.data);
    }
  }

  return {
    list,
    test: (host, signal) => browser.test(host, signal),
    catalog: (host, page, signal) => browser.catalog(host, page, signal),
    tags: (repository, page, signal) => browser.tags(repository, page, signal),
    behind: (references, signal) => browser.behind(references, signal),
    search: (term, limit, signal) => browser.search(term, limit, signal),
    async add(given, signal) {
      const host = canonicalHost(given);
      const { added, aws: profiles } = remembered();
      if (host !== HUB && !added.includes(host)) await settings.update({ registries: { added: [...added, host], aws: profiles } });
      return infoOf(host, signal);
    },
    async forget(given) {
      const host = canonicalHost(given);
      const { added, aws: profiles } = remembered();
      await settings.update({ registries: { added: added.filter((each) => each !== host), aws: profiles } });
    },
    async storage(host, signal) {
      return credentials.storage(host, signal);
    },
    async login(given, username, password, signal) {
      const host = canonicalHost(given);
      const identityToken = await tryLogin(host, { username, password }, signal);
      await credentials.keep(host, identityToken === undefined ? { username, password } : { username, identityToken }, signal);
      await aws.forget(host);
      return infoOf(host, signal);
    },
    async loginAws(host, profile, signal) {
      if (kindOf(host) !== "ecr" && kindOf(host) !== "ecr-public") throw ipcError("invalidArgument", `${host} is not a registry of Amazon: AWS credentials cannot log in to it.`);
      const login = await aws.tryLogin(host, profile, signal);
      await tryLogin(host, login, signal);
      await aws.remember(host, profile);
      return infoOf(host, signal);
    },
    awsProfiles: () => readAwsProfiles(),
    async logout(given, signal) {
      const host = canonicalHost(given);
      await aws.forget(host);
      await credentials.erase(host, signal);
    },
  };
}

function withoutSecret(text: string, secret: string | undefined): string {
  return secret === undefined || secret === "" ? text : text.replaceAll(secret, "***");
}
