import { EngineError } from "../base/errors.ts";
import { isPrivate } from "./insecure.ts";
import { parseChallenges } from "./challenge.ts";
import type { Challenge } from "./challenge.ts";
import { accessDenied, registryWords, statusFailure } from "./failures.ts";
import type { Target } from "./failures.ts";
import { retryAfterMs } from "./retry.ts";
import type { RegistryCredentials } from "./registry.ts";
import { readBounded } from "./transport.ts";
import type { HttpRequest, HttpTransport } from "./transport.ts";

const MAX_TOKEN_BYTES = 1 << 20;

/** What the authorizer must know of the registry that asked. */
export interface AuthContext {
  readonly transport: HttpTransport;
  /** The registry's host as in the URL. */
  readonly host: string;
  readonly insecure: boolean;
  readonly target: Target;
  /** `repository:library/busybox:pull` */
  readonly scope: string;
  readonly signal?: AbortSignal | undefined;
}

/** Obtains `Authorization` headers for one repository: basic, or a bearer token from the realm that the registry names (distribution's token specification). */
export class Authorizer {
  readonly #credentials: RegistryCredentials;
  #header: string | undefined;

  constructor(credentials: RegistryCredentials = {}) {
    this.#credentials = credentials;
    if (credentials.registryToken !== undefined && credentials.registryToken !== "") this.#header = `Bearer ${credentials.registryToken}`;
  }

  /** The header to send now, if any is known. */
  get header(): string | undefined {
    return this.#header;
  }

  get hasCredentials(): boolean {
    const { username, identityToken, registryToken } = this.#credentials;
    return [username, identityToken, registryToken].some((value) => value !== undefined && value !== "");
  }

  /**
   * Answers a 401's challenge.
   * @throws EngineError `notFound` (Docker's "pull access denied") or `unauthorized` when it cannot be answered
   */
  async answer(header: string | undefined, context: AuthContext): Promise<void> {
    const challenges = parseChallenges(header ?? "");
    const bearer = challenges.find(({ scheme }) => scheme === "bearer");
    if (bearer !== undefined) {
      this.#header = `Bearer ${await this.#fetchToken(bearer, context)}`;
      return;
    }
    const { username, password } = this.#credentials;
    if (!challenges.some(({ scheme }) => scheme === "basic") || username === undefined || username === "") throw accessDenied(context.target, "no basic auth credentials");
    this.#header = basic(username, password ?? "");
  }

  async #fetchToken(challenge: Challenge, context: AuthContext): Promise<string> {
    const { transport, target } = context;
    const realm = checkedRealm(challenge.parameters.get("realm") ?? "", context);
    const response = await transport.send({ ...this.#tokenRequest(realm, challenge, context), insecure: context.insecure, registry: target.registry, signal: context.signal });
    const bytes = await readBounded(response, MAX_TOKEN_BYTES, `the token of the registry ${target.registry}`);
    if (response.status !== 200) {
      if (response.status === 401 && this.hasCredentials) throw new EngineError("unauthorized", `unauthorized: the registry ${target.registry} refused the user name or password: log in again`);
      throw statusFailure(response.status === 404 ? 403 : response.status, registryWords(bytes), target, { authenticated: false, retryAfterMs: retryAfterMs(response.headers["retry-after"]) });
    }
    const token = tokenOf(bytes);
    if (token === undefined) throw new EngineError("unavailable", `the registry ${target.registry} gave a token that cannot be read`);
    return token;
  }

  #tokenRequest(realm: URL, challenge: Challenge, { scope }: AuthContext): Pick<HttpRequest, "url" | "method" | "headers" | "body"> {
    const { username, password, identityToken } = this.#credentials;
    const service = challenge.parameters.get("service");
    if (identityToken !== undefined && identityToken !== "") {
      const form = new URLSearchParams({ grant_type: "refresh_token", refresh_token: identityToken, client_id: "slipway", scope, ...(service === undefined ? {} : { service }) });
      return { method: "POST", url: realm, headers: { "content-type": "application/x-www-form-urlencoded" }, body: form.toString() };
    }
    if (service !== undefined) realm.searchParams.set("service", service);
    realm.searchParams.append("scope", scope);
    if (username === undefined || username === "") return { url: realm, headers: {} };
    realm.searchParams.set("account", username);
    return { url: realm, headers: { authorization: basic(username, password ?? "") } };
  }
}

function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}

/** Credentials and this machine's network are not for any address a registry cares to name. */
function checkedRealm(text: string, { host, insecure, target }: AuthContext): URL {
  const realm = URL.canParse(text) ? new URL(text) : undefined;
  const usable = realm !== undefined && (realm.protocol === "https:" || (realm.protocol === "http:" && insecure)) && realm.username === "" && realm.password === "";
  if (!usable) throw new EngineError("unavailable", `the registry ${target.registry} names a token server that cannot be used: it must be an https address`);
  if (isPrivate(realm.host) && !isPrivate(host) && !insecure) {
    throw new EngineError("unavailable", `the registry ${target.registry} names the token server ${realm.host}, an address of the local network: refused`);
  }
  return realm;
}

function tokenOf(bytes: Uint8Array): string | undefined {
  try {
    const { token, access_token: accessToken } = JSON.parse(new TextDecoder().decode(bytes)) as { token?: unknown; access_token?: unknown };
    const found = token ?? accessToken;
    // Only what may stand in a header.
    return typeof found === "string" && /^[\x21-\x7e]+$/.test(found) ? found : undefined;
  } catch {
    return undefined;
  }
}
