/** What Docker's classic builder says ("Step 2/5 : RUN make", " ---> Using cache", output), as the events of our own engine. */
import type { BuildEvent, BuildStepInfo } from "../../ipc/contract/builds.ts";
import { stepType } from "./plan.ts";

/** A message of the stream of `POST /build`. */
export interface ClassicLine {
  readonly stream?: string;
  readonly status?: string;
  readonly id?: string;
  readonly progressDetail?: { readonly current?: number; readonly total?: number };
  readonly aux?: { readonly ID?: string };
  readonly error?: string;
  readonly errorDetail?: { readonly code?: number; readonly message?: string };
}

const STEP = /^Step (\d+)\/(\d+) : ([^\n]*)\n?$/;
const RESULT = /^ ---> ([0-9a-f]{12})\n$/;
const NOISE = /^(?:\n| ---> Running in [0-9a-f]{12}\n|Removing intermediate container [0-9a-f]{12}\n| ---> \[Warning\] [^\n]*\n|Successfully built [0-9a-f]{12}\n)$/;
/** Standard error arrives in red. */
const RED = /^\x1b\[91m([^]*)\x1b\[0m$/;

interface Running {
  readonly number: number;
  readonly startedAt: number;
  cached: boolean;
  result: string | null;
  /** Whether the step has said anything: right behind its title comes a line end. */
  begun: boolean;
}

/**
 * Follows one build. The stream tells the end of a step only by the beginning of the next, and nothing of sizes, reasons or processor time.
 * A command may print what looks like the builder's own words: a step counts only when it is the next one of as many as there are.
 */
export class ClassicEvents {
  readonly #emit: (event: BuildEvent) => void;
  readonly #now: () => number;
  #steps: BuildStepInfo[];
  #total: number | undefined;
  #running: Running | undefined;
  #imageId: string | undefined;
  readonly #tags: string[] = [];

  /** @param plan the steps as the Dockerfile has them; empty where nobody could read it */
  constructor(plan: readonly BuildStepInfo[], emit: (event: BuildEvent) => void, now: () => number = Date.now) {
    this.#steps = [...plan];
    this.#emit = emit;
    this.#now = now;
    if (plan.length > 0) emit({ type: "planned", steps: [...plan], skippedStages: [] });
  }

  /** The error that the stream tells, which is the build's. */
  error: { readonly message: string; readonly details: Record<string, unknown> } | undefined;

  get imageId(): string | undefined {
    return this.#imageId;
  }

  get tags(): string[] {
    return this.#tags;
  }

  take(line: ClassicLine): void {
    const problem = line.errorDetail?.message ?? line.error;
    if (problem !== undefined) this.#fail(problem, line.errorDetail?.code);
    else if (line.aux?.ID !== undefined) this.#imageId = line.aux.ID;
    else if (line.status !== undefined) this.#status(line.status, line);
    else if (line.stream !== undefined) this.#say(line.stream);
  }

  /** Ends the step that runs: with the build, or because nobody wants it any more. */
  end(outcome: "executed" | "failed" | "cancelled"): void {
    const step = this.#running;
    this.#running = undefined;
    if (step === undefined) return;
    const durationMs = Math.max(0, this.#now() - step.startedAt);
    this.#emit({ type: "stepEnded", step: step.number, outcome: outcome === "executed" && step.cached ? "cached" : outcome, reason: null, statistics: { startedAt: step.startedAt, durationMs, cpuMs: null, layerBytes: null }, result: step.result });
  }

  #say(text: string): void {
    const step = STEP.exec(text);
    if (step !== null && this.#begin(Number(step[1]), Number(step[2]), step[3] ?? "")) return;
    const running = this.#running;
    if (running === undefined) return;
    const result = RESULT.exec(text);
    if (result !== null) running.result = result[1] ?? null;
    else if (text === " ---> Using cache\n") running.cached = true;
    else if (running.begun && text.startsWith("Successfully tagged ") && this.#imageId !== undefined) this.#tags.push(text.slice("Successfully tagged ".length).trim());
    else if (!NOISE.test(text) || (text === "\n" && running.begun)) {
      const red = RED.exec(text);
      this.#emit({ type: "stepOutput", step: running.number, stream: red === null ? "stdout" : "stderr", text: red?.[1] ?? text });
    }
    running.begun = true;
  }

  #begin(number: number, total: number, text: string): boolean {
    if (number !== (this.#running?.number ?? 0) + 1 || number > total || (this.#total !== undefined && total !== this.#total)) return false;
    this.end("executed");
    // What was read before may be another file than the one that was sent.
    if (this.#total === undefined && total !== this.#steps.length) this.#steps = [];
    this.#total = total;
    if (this.#steps[number - 1] === undefined) {
      this.#steps.push(this.#stepOf(number, text));
      this.#emit({ type: "planned", steps: [...this.#steps], skippedStages: [] });
    }
    const startedAt = this.#now();
    this.#running = { number, startedAt, cached: false, result: null, begun: false };
    this.#emit({ type: "stepStarted", step: number, at: startedAt });
    return true;
  }

  #stepOf(number: number, text: string): BuildStepInfo {
    const name = /^\S*/.exec(text)?.[0].toUpperCase() ?? "";
    const before = this.#steps.at(-1);
    const stage = name === "FROM" && this.#steps.some(({ type }) => type === "from") ? (before?.stage ?? 0) + 1 : (before?.stage ?? 0);
    const stageName = name === "FROM" ? (/\sAS\s+(\S+)$/i.exec(text)?.[1] ?? String(stage)) : (before?.stageName ?? String(stage));
    const nowhere = { line: 1, column: 1, offset: 0 };
    return { number, fromTrigger: false, stage, stageName, text, range: { start: nowhere, end: nowhere }, type: stepType(name) };
  }

  #status(status: string, { id, progressDetail }: ClassicLine): void {
    const step = this.#running?.number;
    if (step === undefined) return;
    const progress = progressDetail?.current === undefined ? undefined : { current: progressDetail.current, total: progressDetail.total ?? 0 };
    this.#emit({ type: "stepStatus", step, status, ...(id !== undefined && { id }), ...(progress !== undefined && { progress }) });
  }

  #fail(message: string, code: number | undefined): void {
    const step = this.#running?.number;
    const exitCode = code ?? (/returned a non-zero code: (\d+)$/.exec(message)?.[1]);
    this.error = { message, details: step === undefined || exitCode === undefined ? {} : { buildFailed: true, step, command: /^The command '([^]*)' returned/.exec(message)?.[1] ?? "", exitCode: Number(exitCode) } };
    this.end("failed");
  }
}
