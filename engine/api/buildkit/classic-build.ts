import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { EngineError, toEngineError } from "../../base/errors.ts";
import { classicRequest } from "../build/classic-request.ts";
import type { ApiReply } from "../reply.ts";
import type { ApiRequest } from "../request.ts";
import { statusResponse } from "./messages.ts";
import { Progress } from "./progress.ts";
import { buildInSession } from "./session-build.ts";
import type { BuildKitBackend, SessionSource } from "./session-build.ts";

/** How long a build waits for its tar, which is another request, and the other way round. */
const WAIT_MS = 10_000;
const UPLOAD = "upload-request";

/** A tar on its way to a build. */
interface Upload {
  readonly body: AsyncIterable<Uint8Array>;
  readonly taken: () => void;
}

/**
 * `POST /build` with `version=2`, as docker CLIs before 23 and dockerode send it: the options of the classic interface, everything else from a session. The
 * answer is Docker's JSON stream whose lines carry BuildKit's progress.
 */
export class ClassicSessionBuilds {
  readonly #backend: BuildKitBackend;
  readonly #uploads = new Map<string, PromiseWithResolvers<Upload>>();
  readonly #running = new Map<string, AbortController>();

  constructor(backend: BuildKitBackend) {
    this.#backend = backend;
  }

  async build(request: ApiRequest, reply: ApiReply): Promise<void> {
    const id = request.text("buildid") ?? randomBytes(16).toString("hex");
    if (id.startsWith(`${UPLOAD}:`)) return this.#upload(id.slice(UPLOAD.length + 1), request, reply);
    const sessionId = request.text("session");
    if (sessionId === undefined) throw new EngineError("invalidArgument", "a build with version=2 needs a session: open one with POST /session and give its id");
    const { context: _, dockerfile: __, ...wanted } = classicRequest(request);
    const session = await this.#backend.sessions.find(sessionId, { signal: request.signal });
    const controller = new AbortController();
    this.#running.set(id, controller);
    const signal = AbortSignal.any([request.signal, controller.signal]);
    const filename = request.text("dockerfile");
    const lines = reply.jsonLines();
    const progress = new Progress(id, filename ?? "Dockerfile", (status) => lines.send({ id: "moby.buildkit.trace", aux: statusResponse.encode(status).toString("base64") }));
    try {
      const source = await this.#source(id, request, signal);
      const { imageId } = await buildInSession(this.#backend, session, { request: wanted, source, filename }, progress, signal);
      lines.send({ id: "moby.image.id", aux: { ID: imageId } });
      if (request.flag("q")) lines.send({ stream: `${imageId}\n` });
    } catch (thrown) {
      if (request.signal.aborted) throw thrown;
      const error = toEngineError(thrown);
      const { frame } = error.details;
      const message = `failed to solve: ${error.message}${typeof frame === "string" ? `\n${frame}` : ""}`;
      lines.send({ errorDetail: { message }, error: message });
    } finally {
      this.#running.delete(id);
    }
    reply.end();
  }

  /** `POST /build/cancel`; a build that has ended is none to cancel. */
  cancel(request: ApiRequest, reply: ApiReply): void {
    const id = request.text("id");
    if (id === undefined) throw new EngineError("invalidArgument", "build ID not provided");
    this.#running.get(id)?.abort(new EngineError("cancelled", "the build was cancelled"));
    reply.empty();
  }

  async #source(id: string, request: ApiRequest, signal: AbortSignal): Promise<SessionSource> {
    const remote = request.text("remote");
    if (remote === "client-session") return { type: "session", names: { context: "context", dockerfile: "dockerfile" } };
    const elsewhere = { type: "elsewhere", dockerfileName: undefined } as const;
    if (remote === undefined) return { ...elsewhere, context: { type: "tar", stream: request.body } };
    if (remote !== UPLOAD) return { ...elsewhere, context: { type: "remote", url: remote } };
    const { body, taken } = await this.#meet(id, signal);
    return { ...elsewhere, context: { type: "tar", stream: until(body, taken) } };
  }

  /** The request that carries the tar of another one's build: answered when it was read. */
  async #upload(id: string, request: ApiRequest, reply: ApiReply): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const meeting = this.#meeting(id);
    meeting.resolve({ body: request.body, taken: resolve });
    const forget = setTimeout(() => this.#uploads.get(id) === meeting && this.#uploads.delete(id), WAIT_MS);
    try {
      await Promise.race([promise, aborted(request.signal)]);
    } finally {
      clearTimeout(forget);
      if (this.#uploads.get(id) === meeting) this.#uploads.delete(id);
    }
    reply.empty(200);
  }

  async #meet(id: string, signal: AbortSignal): Promise<Upload> {
    const done = new AbortController();
    const late = sleep(WAIT_MS, undefined, { signal: AbortSignal.any([signal, done.signal]) }).then(() => {
      throw new EngineError("deadlineExceeded", "the client did not send the context of its build");
    });
    late.catch(() => undefined);
    try {
      return await Promise.race([this.#meeting(id).promise, late]);
    } finally {
      done.abort();
      this.#uploads.delete(id);
    }
  }

  #meeting(id: string): PromiseWithResolvers<Upload> {
    const meeting = this.#uploads.get(id) ?? Promise.withResolvers<Upload>();
    this.#uploads.set(id, meeting);
    return meeting;
  }
}

async function* until(body: AsyncIterable<Uint8Array>, done: () => void): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } finally {
    done();
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const fail = (): void => reject(toEngineError(signal.reason));
    if (signal.aborted) fail();
    else signal.addEventListener("abort", fail, { once: true });
  });
}
