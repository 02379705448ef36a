/**
 * Who may talk to the browser host. A one-time link gives a browser a cookie; every later request needs the cookie, our
 * own Host (a page of another site whose name was re-bound to 127.0.0.1 sends its own) and, where there is one, our own Origin.
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";

const LINK_LIFETIME_MS = 12 * 60 * 60 * 1000;
/** Browsers of one user; the oldest gives way. */
const SESSION_LIMIT = 32;

export class Access {
  readonly #port: number;
  readonly #links = new Map<string, number>();
  readonly #sessions = new Set<string>();

  constructor(port: number) {
    this.#port = port;
  }

  /** A new link's token: good for one browser, once, for twelve hours. */
  newToken(): string {
    const token = randomBytes(32).toString("base64url");
    this.#links.set(digest(token), Date.now() + LINK_LIFETIME_MS);
    return token;
  }

  /** Uses a token up. @returns the `Set-Cookie` value, or undefined when the token is unknown, used or too old */
  redeem(token: string): string | undefined {
    const key = digest(token);
    const expires = this.#links.get(key);
    if (expires === undefined) return undefined;
    this.#links.delete(key);
    if (expires < Date.now()) return undefined;
    const secret = randomBytes(32).toString("base64url");
    const [oldest] = this.#sessions;
    if (this.#sessions.size >= SESSION_LIMIT && oldest !== undefined) this.#sessions.delete(oldest);
    this.#sessions.add(digest(secret));
    return `${this.#cookieName}=${secret}; HttpOnly; SameSite=Strict; Path=/`;
  }

  /** Cookies know no ports: the name does, so that two hosts do not overwrite each other's. */
  get #cookieName(): string {
    return `slipway_${this.#port}`;
  }

  hasSession(request: IncomingMessage): boolean {
    for (const part of (request.headers.cookie ?? "").split(";")) {
      const equals = part.indexOf("=");
      if (part.slice(0, equals).trim() !== this.#cookieName) continue;
      if (this.#knows(digest(part.slice(equals + 1).trim()))) return true;
    }
    return false;
  }

  #knows(key: string): boolean {
    let known = false;
    for (const session of this.#sessions) if (timingSafeEqual(Buffer.from(session), Buffer.from(key))) known = true;
    return known;
  }

  /** Whether the request names us as its host. */
  isOurHost(request: IncomingMessage): boolean {
    return this.#ourHosts().includes(request.headers.host ?? "");
  }

  /** Whether the request comes from our own page. Without an Origin only where the browser sends none: plain navigation and same-origin reads. */
  isOurOrigin(request: IncomingMessage, required: boolean): boolean {
    const origin = request.headers.origin;
    if (origin === undefined) return !required;
    return origin === `http://${request.headers.host ?? ""}` && this.isOurHost(request);
  }

  #ourHosts(): string[] {
    return [`127.0.0.1:${this.#port}`, `localhost:${this.#port}`];
  }
}

function digest(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}
