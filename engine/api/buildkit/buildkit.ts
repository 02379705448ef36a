import type { ServerHttp2Session } from "node:http2";
import type { ApiReply } from "../reply.ts";
import type { ApiRequest } from "../request.ts";
import { ClassicSessionBuilds } from "./classic-build.ts";
import { controlMethods } from "./control.ts";
import { errorStatus } from "./error-details.ts";
import type { Methods } from "./server.ts";
import { serveGrpc } from "./server.ts";
import type { BuildKitBackend } from "./session-build.ts";
import type { ClientSession } from "./session.ts";
import { Sessions } from "./sessions.ts";
import { Solves } from "./solves.ts";

/** The server side of BuildKit's control API and sessions. */
export class BuildKit {
  readonly builds: ClassicSessionBuilds;
  readonly #sessions = new Sessions();
  readonly #methods: Methods;
  readonly #open = new Set<ClientSession | ServerHttp2Session>();
  readonly #onError: (what: string, error: unknown) => void;

  constructor({ onError, ...backend }: Omit<BuildKitBackend, "sessions"> & { readonly onError: (what: string, error: unknown) => void }) {
    this.#onError = onError;
    const whole = { ...backend, sessions: this.#sessions };
    this.builds = new ClassicSessionBuilds(whole);
    this.#methods = controlMethods(whole, new Solves());
  }

  /** `POST /session`: on this connection the client is the one that serves. */
  async session({ headers }: ApiRequest, reply: ApiReply): Promise<void> {
    const id = this.#sessions.admit(headers);
    const session = this.#sessions.add(id, headers, await reply.switchTo("h2c"));
    this.#open.add(session);
    session.signal.addEventListener("abort", () => this.#open.delete(session), { once: true });
  }

  /** `POST /grpc`: on this connection the engine serves BuildKit's control API. */
  async grpc(reply: ApiReply): Promise<void> {
    const server = serveGrpc(await reply.switchTo("h2c"), this.#methods, { details: errorStatus, onError: (error, call) => this.#onError(call, error) });
    this.#open.add(server);
    server.once("close", () => this.#open.delete(server));
  }

  close(): void {
    for (const connection of this.#open) {
      if ("destroy" in connection) connection.destroy();
      else connection.close();
    }
  }
}
