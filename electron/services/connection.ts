/**
 * The connection to the engine: one state, one event stream. While connected nothing is polled: the events stream tells
 * that the engine lives, and its end that it is gone. Then it is tried again with growing pauses, and our own engine is
 * started again, a bounded number of times, unless somebody stopped it: then it stays so until somebody starts it.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type Docker from "dockerode";
import type { EngineState, EngineStatus, EngineVersion } from "../ipc/contract/engine.ts";
import type { DockerEvent } from "../ipc/contract/events.ts";
import { createDocker } from "./docker-client.ts";
import { toIpcError } from "./docker-errors.ts";
import { openDockerEvents } from "./docker-events.ts";
import type { Endpoint } from "./endpoint.ts";
import type { EngineProcess } from "./engine-process.ts";
import { errorInfo, ipcError, isIpcError } from "./ipc-error.ts";
import { Listeners } from "./listeners.ts";
import { toVersion } from "./probe.ts";
import { anotherSocket, socketId, waitForSocket } from "./socket-watch.ts";

const FIRST_PAUSE_MS = 200;
/** A socket is watched meanwhile, so long pauses cost no time; a host over the network is not. */
const LONGEST_PAUSE_MS = { unix: 20_000, tcp: 5000, ssh: 30_000 } as const;
const ANSWER_TIMEOUT_MS = { unix: 10_000, tcp: 10_000, ssh: 30_000 } as const;
/** A daemon that ends its events stream at once is not asked again at once. */
const SHORT_LIFE_MS = 500;
/** Our engine is started again by itself at most this often within the time below; then the user decides. */
const STARTS_ALLOWED = 3;
const STARTS_WINDOW_MS = 60_000;

export type ConnectionSignal = { type: "status"; status: EngineStatus } | { type: "resync"; reason: "connected" | "reconnected" } | { type: "event"; event: DockerEvent };

export class EngineConnection implements AsyncDisposable {
  readonly endpoint: Endpoint;
  readonly docker: Docker;
  /** Hear nothing more once it is disposed. */
  readonly listeners: Listeners<ConnectionSignal>;
  readonly #label: EngineStatus["connection"];
  readonly #process: EngineProcess;
  readonly #closing = new AbortController();
  #status: EngineStatus;
  #startedAt: number[] = [];
  #everConnected = false;
  /** Aborted to leave the state it is in: a pause, a wait after `stop`, a live events stream. */
  #turn = new AbortController();
  /** After a stop and after a failed start: nothing is tried until the user asks, or there is another socket than this. */
  #away: { readonly socket: string | undefined } | undefined;
  /** The engine was there and went. */
  #lost = false;
  #loop: Promise<void> | undefined;
  /** Waiters for the state that a start or a stop leads to. */
  readonly #settled = new Listeners<EngineStatus>();

  /** @param options `label` is how the user knows it; `listeners` may outlive it and go on to the next connection */
  constructor(endpoint: Endpoint, engineProcess: EngineProcess, options: { label?: EngineStatus["connection"]; listeners?: Listeners<ConnectionSignal> } = {}) {
    this.endpoint = endpoint;
    this.listeners = options.listeners ?? new Listeners<ConnectionSignal>();
    this.#label = options.label ?? { id: "given", name: endpoint.url };
    this.docker = createDocker(endpoint);
    this.#process = engineProcess;
    this.#status = { ...this.#identity, state: "connecting" };
  }

  get #identity(): Pick<EngineStatus, "endpoint" | "managed" | "connection"> {
    return { endpoint: this.endpoint.url, managed: this.endpoint.managed, connection: this.#label };
  }

  get status(): EngineStatus {
    return this.#status;
  }

  /** Begins to connect, and stays connected until disposed. */
  open(): void {
    this.#loop ??= this.#run();
  }

  /** Starts our engine, or tries the connection now; resolves with the state reached. */
  async start(): Promise<EngineStatus> {
    if (this.#status.state === "connected") return this.#status;
    this.#away = undefined;
    this.#lost = false;
    this.#startedAt = [];
    const settled = this.#nextSettled();
    this.open();
    this.#interrupt();
    return settled;
  }

  /** Stops our engine and stays away from it. @throws IpcError `forbidden` for an engine that is not ours */
  async stop(): Promise<EngineStatus> {
    if (!this.endpoint.managed) throw ipcError("forbidden", `The engine at ${this.endpoint.url} was not started by Slipway, so it is not stopped by it.`);
    this.#away = { socket: socketId(this.endpoint) };
    try {
      await this.#process.stop(this.#closing.signal);
    } catch (error) {
      this.#away = undefined;
      this.#interrupt();
      throw error;
    }
    const settled = this.#status.state === "stopped" ? Promise.resolve(this.#status) : this.#nextSettled();
    this.open();
    this.#interrupt();
    return settled;
  }

  async restart(): Promise<EngineStatus> {
    await this.stop();
    return this.start();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    this.#interrupt();
    await this.#loop;
  }

  async #run(): Promise<void> {
    let attempt = 0;
    while (!this.#closing.signal.aborted) {
      this.#turn = new AbortController();
      const turn = AbortSignal.any([this.#turn.signal, this.#closing.signal]);
      if (this.#away !== undefined) {
        if (this.#status.state !== "failed") this.#set("stopped");
        if (await anotherSocket(this.endpoint, this.#away.socket, turn)) this.#away = undefined;
        attempt = 0;
        continue;
      }
      try {
        const since = Date.now();
        await this.#stayConnected(turn);
        attempt = 0;
        if (Date.now() - since < SHORT_LIFE_MS) await sleep(SHORT_LIFE_MS, undefined, { signal: turn });
      } catch (error) {
        // An engine that is being stopped ends its events before it has ended itself: it is not to be started again.
        if (turn.aborted || this.#away !== undefined) continue;
        const problem = toIpcError(error, this.endpoint);
        if (this.endpoint.managed && engineIsDown(problem)) {
          // An engine that is stopped takes its socket along, one that crashed leaves it.
          if (this.#lost && socketId(this.endpoint) === undefined) this.#away = { socket: undefined };
          else if (await this.#startEngine(turn)) attempt = 0;
          continue;
        }
        // Trying again by itself could lock an account.
        if (this.endpoint.type === "ssh" && problem.code === "unauthorized") {
          this.#fail(problem);
          continue;
        }
        const pause = Math.min(FIRST_PAUSE_MS * 2 ** attempt++, LONGEST_PAUSE_MS[this.endpoint.type]);
        this.#set("connecting", { error: errorInfo(problem), retryAt: Date.now() + pause });
        const changed = await waitForSocket(this.endpoint, pause, turn);
        if (changed || turn.aborted) attempt = 0;
      }
    }
  }

  /** Returns or throws when the connection is lost; never while it is fine. */
  async #stayConnected(turn: AbortSignal): Promise<void> {
    const answer = new AbortController();
    const timer = setTimeout(() => answer.abort(new DOMException("no answer", "TimeoutError")), ANSWER_TIMEOUT_MS[this.endpoint.type]);
    const ended = new AbortController();
    const connecting = AbortSignal.any([turn, answer.signal]);
    const streaming = AbortSignal.any([turn, answer.signal, ended.signal]);
    try {
      const version = await this.#version(connecting);
      const events = await openDockerEvents(this.docker, streaming);
      clearTimeout(timer);
      this.#set("connected", { version });
      this.#emit({ type: "resync", reason: this.#everConnected ? "reconnected" : "connected" });
      this.#everConnected = true;
      for await (const event of events) this.#emit({ type: "event", event });
    } catch (error) {
      throw answer.signal.aborted ? answer.signal.reason : error;
    } finally {
      clearTimeout(timer);
      ended.abort();
      if (this.#status.state === "connected" && !this.#closing.signal.aborted && this.#away === undefined) {
        this.#lost = true;
        this.#set("connecting");
      }
    }
  }

  async #version(signal: AbortSignal): Promise<EngineVersion> {
    const request = this.docker.version();
    return toVersion(await Promise.race([request, rejectOnAbort(signal)]));
  }

  async #startEngine(turn: AbortSignal): Promise<boolean> {
    const now = Date.now();
    this.#startedAt = this.#startedAt.filter((at) => now - at < STARTS_WINDOW_MS);
    if (this.#startedAt.length >= STARTS_ALLOWED) {
      this.#fail(ipcError("unavailable", `The engine stopped ${STARTS_ALLOWED} times within a minute; it is not started again by itself.`));
      return false;
    }
    this.#startedAt.push(now);
    this.#lost = false;
    this.#set("starting");
    try {
      await this.#process.start(this.#closing.signal);
      return true;
    } catch (error) {
      if (!turn.aborted) this.#fail(error);
      return false;
    }
  }

  #fail(error: unknown): void {
    this.#away = { socket: socketId(this.endpoint) };
    this.#set("failed", { error: errorInfo(toIpcError(error, this.endpoint)) });
  }

  #interrupt(): void {
    this.#turn.abort();
  }

  #set(state: EngineState, more: Pick<EngineStatus, "error" | "retryAt" | "version"> = {}): void {
    this.#status = { ...this.#identity, state, ...more };
    this.#emit({ type: "status", status: this.#status });
    if (state !== "starting" && (state !== "connecting" || more.error !== undefined)) this.#settled.emit(this.#status);
  }

  #emit(signal: ConnectionSignal): void {
    if (!this.#closing.signal.aborted) this.listeners.emit(signal);
  }

  #nextSettled(): Promise<EngineStatus> {
    return new Promise((resolve) => {
      const remove = this.#settled.add((status) => {
        remove();
        resolve(status);
      });
      this.#closing.signal.addEventListener("abort", () => resolve(this.#status), { once: true });
    });
  }
}

function engineIsDown(problem: unknown): boolean {
  return isIpcError(problem, "unavailable") && problem.data.hints.some((hint) => hint.type === "engineDown");
}

function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
}
