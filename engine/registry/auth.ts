import { EngineError, isCancelled } from "../base/errors.ts";
import { isPrivate } from "./insecure.ts";
import { parseChallenges } from "./challenge.ts";
import type { Challenge } from "./challenge.ts";
import type { HttpResponse } from "./exchange.ts";
import { accessDenied, registryWords, statusFailure } from "./failures.ts";
import type { Target } from "./failures.ts";
import { retryAfterMs } from "./retry.ts";
import type { RegistryCredentials } from "./registry.ts";
import { keyOf, Tokens } from "./tokens.ts";
import { readBounded } from "./transport.ts";
import type { HttpRequest, HttpTransport } from "./transport.ts";

const MAX_TOKEN_BYTES = 1 << 20;
const CLIENT_ID = "slipway";

/** What the authorizer must know of the request that needs a header. */
export interface AuthContext {
  readonly transport: HttpTransport;
  /** The registry's host as in the URL. */
  readonly host: string;
  readonly insecure: boolean;
  readonly target: Target;
  /** `repository:library/busybox:pull`; several for a mount from another repository, none for a login. */
  readonly scopes: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

/** Where tokens come from, as the registry's last challenge said. */
interface Realm {
  readonly url: URL;
  readonly service: string | undefined;
}

/**
 * `Authorization` headers for one registry and one login: basic, or bearer tokens from the realm that the registry names (distribution's token
 * specification, and its OAuth2 form). Many requests share it: each token is asked for once, and before it runs out.
 */
export class Authorizer {
  readonly #credentials: RegistryCredentials;
  readonly #tokens = new Tokens();
  readonly #asked = new Map<string, Promise<string>>();
  readonly #now: () => number;
  #way: "basic" | Realm | undefined;
  #identityToken: string | undefined;

  /** @param now milliseconds on a clock that never jumps */
  constructor(credentials: RegistryCredentials = {}, now: () => number = () => performance.now()) {
    this.#credentials = credentials;
    this.#identityToken = credentials.identityToken || undefined;
    this.#now = now;
  }

  get hasCredentials(): boolean {
    const { username, identityToken, registryToken } = this.#credentials;
    return [username, identityToken, registryToken].some((value) => value !== undefined && value !== "");
  }

  /** A token the server gave for later logins instead of the password, if it did. */
  get identityToken(): string | undefined {
    return this.#identityToken;
  }

  /** The header to send now, if any is known; asks for a new token where the realm is known and the old one has run out. */
  async header(context: AuthContext): Promise<string | undefined> {
    const { registryToken } = this.#credentials;
    if (registryToken !== undefined && registryToken !== "") return `Bearer ${registryToken}`;
    if (this.#way === "basic") return this.#basic();
    if (this.#way === undefined) return undefined;
    const token = this.#tokens.find(context.scopes, this.#now());
    if (token !== undefined) return `Bearer ${token.value}`;
    try {
      return `Bearer ${await this.#token(this.#way, context, false)}`;
    } catch (error) {
      if (context.signal?.aborted === true) throw error;
      // The registry may ask otherwise by now: its challenge tells.
      this.#way = undefined;
      return undefined;
    }
  }

  /**
   * Answers a 401's challenge.
   * @param refused the header that was sent
   * @param login asks for an identity token too
   * @throws EngineError `unauthorized`, `notFound` (Docker's "pull access denied"), `unavailable` when it cannot be answered
   */
  async answer(challenge: string | undefined, refused: string | undefined, context: AuthContext, login = false): Promise<string> {
    if (refused?.startsWith("Bearer ") === true) this.#tokens.drop(refused.slice("Bearer ".length));
    const challenges = parseChallenges(challenge ?? "");
    const bearer = challenges.find(({ scheme }) => scheme === "bearer");
    if (bearer !== undefined) {
      const realm = readRealm(bearer, context);
      const token = await this.#token(realm, context, login);
      this.#way = realm;
      return `Bearer ${token}`;
    }
    const { username } = this.#credentials;
    if (!challenges.some(({ scheme }) => scheme === "basic") || username === undefined || username === "") throw accessDenied(context.target, "no basic auth credentials");
    this.#way = "basic";
    return this.#basic();
  }

  #basic(): string {
    const { username = "", password = "" } = this.#credentials;
    return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
  }

  /** One question at a time for the same scopes: layers that start together share the answer. */
  #token(realm: Realm, context: AuthContext, login: boolean): Promise<string> {
    const key = keyOf(context.scopes);
    const running = this.#asked.get(key);
    if (running !== undefined && !login) {
      return running.catch((error: unknown) => {
        // Someone else's cancellation is not ours.
        if (!isCancelled(error) || context.signal?.aborted === true) throw error;
        return this.#token(realm, context, login);
      });
    }
    const asked = this.#fetchToken(realm, context, login).finally(() => this.#asked.delete(key));
    this.#asked.set(key, asked);
    return asked;
  }

  async #fetchToken(realm: Realm, context: AuthContext, login: boolean): Promise<string> {
    const { target, scopes } = context;
    const askedAt = this.#now();
    let response = await this.#send(this.#identityToken === undefined ? this.#byGet(realm, context, login) : this.#byPost(realm, context, { grant_type: "refresh_token", refresh_token: this.#identityToken }), context);
    const { username, password } = this.#credentials;
    if ([404, 405].includes(response.status) && this.#identityToken === undefined && username !== undefined && username !== "") {
      response.discard();
      response = await this.#send(this.#byPost(realm, context, { grant_type: "password", username, password: password ?? "", ...(login ? { access_type: "offline" } : {}) }), context);
    }
    const bytes = await readBounded(response, MAX_TOKEN_BYTES, `the token of the registry ${target.registry}`);
    if (response.status !== 200) {
      const words = registryWords(bytes);
      if (response.status === 401 && this.hasCredentials) {
        const why = words === "" ? `the registry ${target.registry} refused the user name or password` : words.replace(/^unauthorized: /, "");
        throw new EngineError("unauthorized", `unauthorized: ${why}: log in again`, { details: { registry: target.registry, status: 401 } });
      }
      throw statusFailure(response.status === 404 ? 403 : response.status, words, target, { authenticated: false, retryAfterMs: retryAfterMs(response.headers["retry-after"]) });
    }
    const answer = readAnswer(bytes);
    if (answer === undefined) throw new EngineError("unavailable", `the registry ${target.registry} gave a token that cannot be read`);
    if (answer.refreshToken !== undefined && (login || this.#identityToken !== undefined)) this.#identityToken = answer.refreshToken;
    this.#tokens.keep(answer.token, scopes, answer.lifetime, askedAt);
    return answer.token;
  }

  #send(request: Pick<HttpRequest, "url" | "method" | "headers" | "body">, { transport, insecure, target, signal }: AuthContext): Promise<HttpResponse> {
    return transport.send({ ...request, insecure, registry: target.registry, secret: true, signal });
  }

  #byGet({ url, service }: Realm, { scopes }: AuthContext, login: boolean): Pick<HttpRequest, "url" | "headers"> {
    const { username } = this.#credentials;
    const asked = new URL(url);
    if (service !== undefined) asked.searchParams.set("service", service);
    for (const scope of scopes) asked.searchParams.append("scope", scope);
    if (login) {
      asked.searchParams.set("offline_token", "true");
      asked.searchParams.set("client_id", CLIENT_ID);
    }
    if (username === undefined || username === "") return { url: asked, headers: {} };
    asked.searchParams.set("account", username);
    return { url: asked, headers: { authorization: this.#basic() } };
  }

  #byPost({ url, service }: Realm, { scopes }: AuthContext, grant: Readonly<Record<string, string>>): Pick<HttpRequest, "url" | "method" | "headers" | "body"> {
    const form = new URLSearchParams({ ...grant, client_id: CLIENT_ID, scope: scopes.join(" "), ...(service === undefined ? {} : { service }) });
    return { method: "POST", url, headers: { "content-type": "application/x-www-form-urlencoded" }, body: form.toString() };
  }
}

/** Credentials and this machine's network are not for any address a registry cares to name. */
function readRealm({ parameters }: Challenge, { host, insecure, target }: AuthContext): Realm {
  const text = parameters.get("realm") ?? "";
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const usable = url !== undefined && (url.protocol === "https:" || (url.protocol === "http:" && insecure)) && url.username === "" && url.password === "";
  if (!usable) throw new EngineError("unavailable", `the registry ${target.registry} names a token server that cannot be used: it must be an https address`);
  if (isPrivate(url.host) && !isPrivate(host) && !insecure) {
    throw new EngineError("unavailable", `the registry ${target.registry} names the token server ${url.host}, an address of the local network: refused`);
  }
  return { url, service: parameters.get("service") };
}

interface Answer {
  readonly token: string;
  readonly refreshToken: string | undefined;
  /** In seconds. */
  readonly lifetime: number | undefined;
}

function readAnswer(bytes: Uint8Array): Answer | undefined {
  try {
    const json = JSON.parse(new TextDecoder().decode(bytes)) as Readonly<Record<string, unknown>>;
    const token = headerText(json["token"]) ?? headerText(json["access_token"]);
    const lifetime = typeof json["expires_in"] === "number" ? json["expires_in"] : undefined;
    return token === undefined ? undefined : { token, refreshToken: headerText(json["refresh_token"]), lifetime };
  } catch {
    return undefined;
  }
}

/** Only what may stand in a header. */
function headerText(value: unknown): string | undefined {
  return typeof value === "string" && /^[\x21-\x7e]+$/.test(value) ? value : undefined;
}
