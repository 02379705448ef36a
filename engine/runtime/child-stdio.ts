import { Socket } from "node:net";
import { EngineError, isSystemError } from "../base/errors.ts";
import type { StdioAttachment } from "./runtime.ts";

type Output = { readonly stream: "stdout" | "stderr"; readonly data: Uint8Array };

/** Our ends of a child's pipes; no `stdin` for one that has none. */
export interface ChildPipes { readonly stdin: number | undefined; readonly stdout: number; readonly stderr: number }

/** Chunks held while nobody takes them, before reading stops and the process has to wait. */
const MAX_WAITING = 16;
/** How long, in milliseconds, output may be silent after the process's end, when a process that it left behind holds its pipes open. */
const SILENCE = 100;

/** The stdio of a child process of the engine, over pipes. */
export class ChildStdio implements StdioAttachment {
  readonly #stdin: Socket | undefined;
  readonly #outputs: readonly Socket[];
  readonly #waiting: Output[] = [];
  #open: number;
  #lastData = 0;
  #detached = false;
  #wake: (() => void) | undefined;

  constructor(pipes: ChildPipes) {
    // A reader that left is no fault of the writer: writeStdin says nothing of it either.
    this.#stdin = pipes.stdin === undefined ? undefined : new Socket({ fd: pipes.stdin, readable: false, writable: true }).on("error", () => {});
    this.#outputs = [this.#read("stdout", pipes.stdout), this.#read("stderr", pipes.stderr)];
    this.#open = this.#outputs.length;
  }

  #read(stream: Output["stream"], fd: number): Socket {
    const socket = new Socket({ fd, readable: true, writable: false });
    socket.on("data", (data: Buffer) => {
      this.#lastData = performance.now();
      if (this.#detached) return;
      this.#waiting.push({ stream, data });
      if (this.#waiting.length >= MAX_WAITING) socket.pause();
      this.#wake?.();
    });
    socket.on("error", () => {});
    return socket.on("close", () => {
      this.#open--;
      this.#wake?.();
    });
  }

  get output(): AsyncIterable<Output> {
    return this.#packets();
  }

  async *#packets(): AsyncGenerator<Output> {
    while (!this.#detached) {
      const next = this.#waiting.shift();
      if (next !== undefined) {
        yield next;
        continue;
      }
      if (this.#open === 0) return;
      for (const socket of this.#outputs) socket.resume();
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  async writeStdin(chunk: Uint8Array): Promise<void> {
    const stdin = this.#stdin;
    if (stdin === undefined) throw new EngineError("conflict", "stdin is not open: create the exec with an attached stdin");
    if (chunk.length === 0 || stdin.destroyed || stdin.writableEnded) return;
    await new Promise<void>((resolve, reject) => stdin.write(chunk, (error) => {
      if (!error || isSystemError(error, "EPIPE", "ERR_STREAM_DESTROYED")) resolve();
      else reject(error);
    }));
  }

  closeStdin(): Promise<void> {
    this.#stdin?.end();
    return Promise.resolve();
  }

  /** The process goes on: its input ends, its output is read and dropped. */
  detach(): void {
    this.#detached = true;
    this.#waiting.length = 0;
    this.#stdin?.end();
    for (const socket of this.#outputs) socket.resume();
    this.#wake?.();
  }

  /** Lets go of all pipes at once. */
  close(): void {
    this.#stdin?.destroy();
    for (const socket of this.#outputs) socket.destroy();
  }

  /** To be told when the process has ended: what it has written is still delivered, what others may yet write is not waited for. */
  processEnded(): void {
    this.#stdin?.destroy();
    this.#lastData = performance.now();
    const timer = setInterval(() => {
      if (!this.#isDone()) return;
      // Timers come before reading: after a busy spell of ours the pipes may be full of what nobody has looked at yet.
      setImmediate(() => {
        if (!this.#isDone()) return;
        clearInterval(timer);
        this.close();
      });
    }, SILENCE / 4);
  }

  /** All pipes have ended, or have been silent for long enough with everything taken. */
  #isDone(): boolean {
    const taken = this.#waiting.length === 0 && !this.#outputs.some((socket) => socket.isPaused());
    return this.#open === 0 || (taken && performance.now() - this.#lastData > SILENCE);
  }
}
