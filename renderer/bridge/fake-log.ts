/** Logs of made-up servers: a history of any length, computed line by line, and a line now and then while the container runs. */
import type { ContainerInfo } from "dockerode";
import type { LogBatch, LogChunk, LogExportBatch, LogSearchBatch } from "../../electron/ipc/contract/logs.ts";
import { compileQuery } from "../lib/text-query.ts";
import { stripAnsi } from "../lib/ansi.ts";
import { fakeError } from "./fake-error.ts";

const paths = ["/api/cart", "/api/products?page=3", "/assets/app.css", "/healthz", "/api/checkout", "/"];
const stepMs = 40;
const batchLines = 5000;

interface Options {
  signal?: AbortSignal;
}

interface SearchInput {
  containerId: string;
  text: string;
  regex?: boolean;
  matchCase?: boolean;
  word?: boolean;
  limit?: number;
}

/** What one container printed. */
class FakeLog {
  readonly #style: number;
  readonly #start: number;
  count: number;

  constructor(style: number, history: number) {
    this.#style = style;
    this.count = history;
    this.#start = Date.now() - history * stepMs + style * 7;
  }

  time(line: number): string {
    return new Date(this.#start + line * stepMs).toISOString().replace("Z", "123456Z");
  }

  /** Number of the first line at or after a time. */
  at(time: string): number {
    const line = Math.max(0, Math.floor((Date.parse(time) - this.#start) / stepMs));
    return this.time(line) < time ? line + 1 : line;
  }

  isError(line: number): boolean {
    return line % 37 === 36;
  }

  text(line: number): string {
    if (this.isError(line)) return failure(line);
    return this.#style % 3 === 1 ? worker(line) : this.#style % 3 === 2 ? database(line) : request(line);
  }

  async *batches(from: number, to: number, signal?: AbortSignal): AsyncGenerator<LogBatch> {
    for (let at = from; at < to && !signal?.aborted; at += batchLines) {
      const chunks: LogChunk[] = [];
      for (let line = at; line < Math.min(to, at + batchLines); line++) {
        const source = this.isError(line) ? "stderr" : "stdout";
        const text = `${this.time(line)} ${this.text(line)}`;
        const last = chunks.at(-1);
        if (last?.source === source) chunks[chunks.length - 1] = { source, text: `${last.text}\n${text}`, lines: last.lines + 1 };
        else chunks.push({ source, text, lines: 1 });
      }
      yield { chunks, bytes: 200_000 };
      // As messages of a host come: in turns of their own, several in one where there are many.
      if (((at - from) / batchLines) % 4 === 3) await new Promise((resolve) => setTimeout(resolve));
    }
  }

  /** A line every now and then; what would have been printed meanwhile is printed. */
  async *live(from: number, running: () => boolean, signal?: AbortSignal): AsyncGenerator<LogBatch> {
    yield* this.batches(from, this.count, signal);
    while (running() && !signal?.aborted) {
      await new Promise((resolve) => setTimeout(resolve, 500 + this.#style * 60));
      const before = this.count;
      this.count = Math.max(before, Math.min(before + 3, this.at(new Date().toISOString())));
      yield* this.batches(before, this.count, signal);
    }
  }
}

/** @param logLines that every log begins with */
export function createFakeLogs(logLines: number, get: (id: string) => ContainerInfo, searches: () => boolean) {
  const logs = new Map<string, FakeLog>();
  function logOf(id: string): FakeLog {
    const info = get(id);
    const known = logs.get(info.Id);
    if (known) return known;
    const log = new FakeLog(logs.size, info.State === "created" ? 0 : logLines);
    logs.set(info.Id, log);
    return log;
  }
  return {
    follow: async ({ containerId, follow = true, tail = 1000, since }: { containerId: string; follow?: boolean; tail?: number | "all"; since?: string }, { signal }: Options = {}) => {
      const log = logOf(containerId);
      const from = Math.max(tail === "all" ? 0 : log.count - tail, since === undefined ? 0 : log.at(since));
      return follow ? log.live(from, () => get(containerId).State === "running", signal) : log.batches(from, log.count, signal);
    },
    page: async ({ containerId, direction, time, lines }: { containerId: string; direction: "older" | "newer"; time: string; lines: number }, { signal }: Options = {}) => {
      const log = logOf(containerId);
      const at = Math.min(log.count, log.at(time));
      if (direction === "newer") return log.batches(at, Math.min(log.count, at + lines), signal);
      const end = Math.min(log.count, log.time(at) === time ? at + 1 : at);
      return log.batches(Math.max(0, end - lines), end, signal);
    },
    search: async (input: SearchInput, { signal }: Options = {}) => {
      if (!searches()) throw fakeError("notImplemented", "This engine does not search whole logs.");
      return search(logOf(input.containerId), input, signal);
    },
    export: async ({ path, containers }: { path: string; containers: { id: string }[] }) => exportAll(path, containers.map(({ id }) => logOf(id))),
    beginFile: async ({ path, overwrite }: { path: string; overwrite?: boolean }) => {
      if (path.includes("taken") && !overwrite) throw fakeError("alreadyExists", `${path} exists already.`);
      return { fileId: path };
    },
    writeFile: async () => undefined,
    endFile: async ({ fileId }: { fileId: string }) => ({ path: fileId.replace(/^~/, "/home/dev") }),
  };
}

async function* search(log: FakeLog, { text, regex = false, matchCase = false, word = false, limit = 1000 }: SearchInput, signal?: AbortSignal): AsyncGenerator<LogSearchBatch> {
  const expression = compileQuery({ text, regex, matchCase, word })?.expression;
  let matches = 0;
  for (let line = log.count - 1; line >= 0 && !signal?.aborted; ) {
    const events: LogSearchBatch["events"] = [];
    for (const end = Math.max(-1, line - 20_000); line > end; line--) {
      const plain = stripAnsi(log.text(line));
      if (expression) expression.lastIndex = 0;
      if (expression?.test(plain) && ++matches <= limit) events.push({ type: "match", time: log.time(line), stream: log.isError(line) ? "stderr" : "stdout", text: plain, offset: line * 100 });
    }
    yield { events: [...events, { type: "progress", matches, bytes: (log.count - line) * 100, totalBytes: log.count * 100 }], bytes: 0 };
    await new Promise((resolve) => setTimeout(resolve));
  }
  yield { events: [{ type: "done", matches, bytes: log.count * 100, totalBytes: log.count * 100 }], bytes: 0 };
}

async function* exportAll(path: string, logs: readonly FakeLog[]): AsyncGenerator<LogExportBatch> {
  const lines = logs.reduce((sum, { count }) => sum + count, 0);
  yield { lines: Math.floor(lines / 2), written: lines * 50, bytes: 0 };
  yield { lines, written: lines * 100, path: path.replace(/^~/, "/home/dev"), bytes: 0 };
}

function request(line: number): string {
  const path = paths[line % paths.length] ?? "/";
  const code = line % 11 === 10 ? 304 : line % 23 === 22 ? 404 : 200;
  const colour = code === 200 ? 32 : code === 304 ? 36 : 33;
  return `\x1b[90m${String(line).padStart(7)}\x1b[0m \x1b[1mGET\x1b[0m ${path} \x1b[${colour}m${code}\x1b[0m ${(line * 7) % 90 + 2} ms`;
}

function worker(line: number): string {
  const level = line % 19 === 18 ? "warn" : line % 5 === 4 ? "debug" : "info";
  return JSON.stringify({ level, msg: level === "warn" ? "queue is slow" : "job done", job: { id: 4000 + line, kind: "mail" }, ms: (line * 13) % 400, ok: level !== "warn" });
}

function database(line: number): string {
  return line % 17 === 16 ? `LOG:  checkpoint complete: wrote ${line % 900} buffers` : line % 29 === 28 ? `WARNING:  out of shared memory, slot ${line % 64}` : `DEBUG:  transaction ${700_000 + line} committed`;
}

function failure(line: number): string {
  return `\x1b[31merror\x1b[0m payment gateway answered 503 for order ${100_000 + line}, retrying in 2 s`;
}
