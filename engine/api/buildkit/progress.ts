import { createHash } from "node:crypto";
import type { BuildEvent, StepInfo } from "../../build/build.ts";
import type { Diagnostic, Range } from "../../dockerfile/dockerfile.ts";
import { DEFAULT_TAG, parseReference } from "../../oci/reference.ts";
import type { StatusResponse, Vertex } from "./messages.ts";
import type { Preparation } from "./session-context.ts";

type Writable<T> = { -readonly [K in keyof T]?: T[K] };
type Row = Writable<Vertex> & { readonly digest: string; readonly name: string };

const NAMES: Readonly<Record<Preparation, string>> = { definition: "[internal] load build definition from ", ignore: "[internal] load .dockerignore" };
const CONTEXT = "[internal] load build context";
const EXPORT = "exporting to image";
const STREAMS = { stdout: 1, stderr: 2 } as const;
const CANCELLED = "context canceled";

/**
 * Tells a build as BuildKit does: a graph of vertices, one for each instruction that makes a layer, with its times, logs and states. A vertex that
 * failed ends when the build's error is known.
 */
export class Progress {
  readonly #send: (status: Partial<StatusResponse>) => void;
  readonly #seed: string;
  readonly #rows = new Map<string, Row>();
  readonly #steps = new Map<number, Row>();
  readonly #ranges = new Map<number, Range>();
  readonly #failed: Row[] = [];
  readonly #dockerfile: string;
  #stages = 0;

  /**
   * @param seed makes the digests of this build's vertices
   * @param dockerfile what the client calls the file
   */
  constructor(seed: string, dockerfile: string, send: (status: Partial<StatusResponse>) => void) {
    this.#seed = seed;
    this.#dockerfile = dockerfile;
    this.#send = send;
  }

  readonly told = (what: Preparation, done: boolean): void => {
    const name = what === "definition" ? `${NAMES.definition}${this.#dockerfile}` : NAMES.ignore;
    if (done) this.#end(this.#row(name));
    else this.#begin(this.#row(name));
  };

  readonly sink = (event: BuildEvent): void => {
    switch (event.type) {
      case "planned":
        this.#closeContext();
        return this.#plan(event.steps, event.skippedStages.length);
      case "context":
        return this.#context(event.bytes);
      case "warning":
        return this.#find(event.diagnostic);
      case "stepStarted":
        return this.#on(event.step, (row) => this.#begin(row, event.at));
      case "stepStatus":
        return this.#on(event.step, (row) => this.#send({ statuses: [this.#status(row, event.id === undefined ? event.status : `${event.status} ${event.id}`, event.progress)] }));
      case "stepOutput":
        return this.#on(event.step, (row) => this.#send({ logs: [{ vertex: row.digest, timestamp: now(), stream: STREAMS[event.stream], msg: Buffer.from(event.text) }] }));
      case "stepEnded":
        return this.#on(event.step, (row) => {
          if (event.outcome === "failed") return void this.#failed.push(row);
          if (event.outcome === "cancelled") row.error = CANCELLED;
          this.#end(row, event.outcome === "cached");
        });
      case "exporting": {
        const row = this.#row(EXPORT);
        if (row.started === undefined) this.#begin(row);
        return this.#send({ statuses: [this.#status(row, "exporting layers")] });
      }
      case "ended":
        return this.#finish(event);
      default:
        return;
    }
  };

  /** Where a step stands in the Dockerfile. */
  rangeOf(step: number): Range | undefined {
    return this.#ranges.get(step);
  }

  /** Something that concerns the build as a whole. */
  warn(text: string): void {
    this.#send({ warnings: [{ vertex: this.#row(`${NAMES.definition}${this.#dockerfile}`).digest, level: 1, short: Buffer.from(text), detail: [], url: "", info: undefined, ranges: [] }] });
  }

  /** Ends what is open when there was no build to end it. */
  abandon(error: string): void {
    for (const row of this.#rows.values()) {
      if (row.started === undefined || row.completed !== undefined) continue;
      row.error = error;
      this.#end(row);
    }
  }

  #plan(infos: readonly StepInfo[], skipped: number): void {
    this.#stages = Math.max(this.#stages, new Set(infos.map(({ stage }) => stage)).size + skipped);
    const added: Row[] = [];
    const counts = new Map<number, number>();
    const shown = infos.filter(({ type }) => type !== "config");
    for (const { stage } of shown) counts.set(stage, (counts.get(stage) ?? 0) + 1);
    const places = new Map<number, number>();
    for (const info of shown) {
      const place = (places.get(info.stage) ?? 0) + 1;
      places.set(info.stage, place);
      if (this.#steps.has(info.number)) continue;
      this.#ranges.set(info.number, info.range);
      const row: Row = { digest: this.#digest(`step ${info.number}`), name: `[${this.#stageOf(info)}${place}/${counts.get(info.stage)!}] ${info.text.replace(/\s*\n\s*/g, " ").trim()}` };
      this.#steps.set(info.number, row);
      this.#rows.set(row.digest, row);
      added.push(row);
    }
    if (added.length > 0) this.#send({ vertexes: added.map(filled) });
  }

  #stageOf({ stage, stageName }: StepInfo): string {
    if (this.#stages < 2) return "";
    return `${/^\d*$/.test(stageName) ? `stage-${stage}` : stageName} `;
  }

  #context(bytes: number): void {
    const row = this.#row(CONTEXT);
    if (row.started === undefined) this.#begin(row);
    this.#send({ statuses: [this.#status(row, "transferring context:", { current: bytes, total: 0 })] });
  }

  #closeContext(): void {
    const row = this.#rows.get(this.#digest(CONTEXT));
    if (row !== undefined && row.completed === undefined) this.#end(row);
  }

  #find({ rule, message, range, help }: Diagnostic): void {
    const vertex = this.#row(`${NAMES.definition}${this.#dockerfile}`).digest;
    const point = ({ line, column }: { readonly line: number; readonly column: number }): { line: number; character: number } => ({ line, character: Math.max(0, column - 1) });
    const detail = help === undefined ? [] : [Buffer.from(help)];
    this.#send({ warnings: [{ vertex, level: 1, short: Buffer.from(`${rule}: ${message} (line ${range.start.line})`), detail, url: "", info: { filename: this.#dockerfile, data: Buffer.alloc(0) }, ranges: [{ start: point(range.start), end: point(range.end) }] }] });
  }

  #finish(event: BuildEvent & { readonly type: "ended" }): void {
    if (event.outcome !== "built") {
      const error = event.outcome === "cancelled" ? CANCELLED : failureText(event.error, event.details);
      for (const row of this.#failed) {
        row.error = error;
        this.#end(row);
      }
      return this.abandon(error);
    }
    const row = this.#row(EXPORT);
    if (row.started === undefined) this.#begin(row);
    const done = (name: string): StatusResponse["statuses"][number] => ({ ...this.#status(row, name), completed: now() });
    const names = event.tags.map((tag) => done(`naming to ${canonical(tag)}`));
    this.#send({ statuses: [done("exporting layers"), done(`writing image ${event.imageId}`), ...names] });
    this.#end(row);
  }

  #row(name: string): Row {
    const digest = this.#digest(name);
    const known = this.#rows.get(digest);
    if (known !== undefined) return known;
    const row: Row = { digest, name };
    this.#rows.set(digest, row);
    return row;
  }

  #on(step: number, act: (row: Row) => void): void {
    const row = this.#steps.get(step);
    if (row !== undefined) act(row);
  }

  #begin(row: Row, at?: number): void {
    row.started = at === undefined ? now() : moment(at);
    this.#send({ vertexes: [filled(row)] });
  }

  #end(row: Row, cached = false): void {
    row.started ??= now();
    row.completed = now();
    row.cached = cached;
    this.#send({ vertexes: [filled(row)] });
  }

  #status(row: Row, name: string, progress?: { readonly current: number; readonly total: number }): StatusResponse["statuses"][number] {
    return { ID: name, vertex: row.digest, name, current: progress?.current ?? 0, total: progress?.total ?? 0, timestamp: now(), started: row.started ?? now(), completed: undefined };
  }

  #digest(what: string): string {
    return `sha256:${createHash("sha256").update(`${this.#seed}\0${what}`).digest("hex")}`;
  }
}

/** A build's error in BuildKit's words: of a process that failed it names the command and the code. */
export function failureText(error: string, details: Readonly<Record<string, unknown>>): string {
  if (details["buildFailed"] !== true) return error;
  return `process ${JSON.stringify(details["command"])} did not complete successfully: exit code: ${String(details["exitCode"])}`;
}

function filled(row: Row): Vertex {
  return { digest: row.digest, inputs: [], name: row.name, cached: row.cached ?? false, started: row.started, completed: row.completed, error: row.error ?? "" };
}

function moment(milliseconds: number): { readonly seconds: number; readonly nanos: number } {
  return { seconds: Math.floor(milliseconds / 1000), nanos: Math.floor(milliseconds % 1000) * 1_000_000 };
}

function now(): { readonly seconds: number; readonly nanos: number } {
  const at = performance.timeOrigin + performance.now();
  return { seconds: Math.floor(at / 1000), nanos: Math.floor((at % 1000) * 1e6) };
}

function canonical(tag: string): string {
  const { domain, path, tag: version = DEFAULT_TAG } = parseReference(tag);
  return `${domain}/${path}:${version}`;
}
