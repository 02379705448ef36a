import type { BuildEvent, CacheReason, StepInfo } from "../../build/build.ts";
import { progressJson } from "../images/transfer.ts";

/** Output of steps that wait for their turn is held up to this many characters each; the build's log has all of it. */
const MAX_HELD = 4 << 20;

interface StepLines {
  readonly info: StepInfo;
  begun: boolean;
  ended: boolean;
  held: object[];
  size: number;
}

/**
 * Tells a build as Docker's classic builder does: `Step 2/5 : RUN make`, its output, ` ---> ` and what it made. Steps that run at the same time are
 * told one after the other, in the order of the file: the first that has not ended is live, the others wait.
 */
export class ClassicStream {
  readonly #send: (line: object) => void;
  #order: StepLines[] = [];
  #total = 0;
  readonly #steps = new Map<number, StepLines>();
  readonly #warnings: string[] = [];
  #buildId = "";

  /** @param send takes one JSON message of Docker's stream */
  constructor(send: (line: object) => void) {
    this.#send = send;
  }

  readonly sink = (event: BuildEvent): void => {
    switch (event.type) {
      case "planned":
        return this.#plan(event.steps);
      case "warning":
        return void this.#warnings.push(`[Warning] ${event.diagnostic.rule}: ${event.diagnostic.message} (line ${event.diagnostic.range.start.line})\n`);
      case "stepStarted":
        return this.#say(event.step);
      case "started":
        return void (this.#buildId = event.buildId);
      case "stepMissed":
        return this.#missed(event.step, event.reason);
      case "stepStatus":
        return this.#say(event.step, progressJson({ id: event.id, status: event.status, progressDetail: event.progress }));
      case "stepOutput":
        return this.#say(event.step, stream(event.text));
      case "stepEnded": {
        const step = this.#steps.get(event.step);
        if (step === undefined) return;
        if (event.outcome === "cached" && step.info.type !== "from") this.#say(event.step, stream(" ---> Using cache\n"));
        if (event.result !== null) this.#say(event.step, stream(` ---> ${event.result}\n`));
        step.ended = true;
        return this.#advance();
      }
      case "ended":
        return this.#end(event);
      default:
        return;
    }
  };

  /** Docker names a container here; this names the build, whose record has the step. */
  #missed(number: number, reason: CacheReason): void {
    const why = reasonText(reason);
    if (why !== "") this.#say(number, stream(` ---> Not cached: ${why}\n`));
    if (this.#steps.get(number)?.info.type === "run") this.#say(number, stream(` ---> Running in ${this.#buildId.slice(0, 12)}\n`));
  }

  #plan(infos: readonly StepInfo[]): void {
    this.#total = infos.filter(({ fromTrigger }) => !fromTrigger).length;
    for (const info of infos) if (!this.#steps.has(info.number)) this.#steps.set(info.number, { info, begun: false, ended: false, held: [], size: 0 });
    const rank = ({ info }: StepLines): number => (info.fromTrigger ? 1 : info.type === "from" ? 0 : 2);
    const told = this.#order.filter(({ ended }) => ended);
    const left = [...this.#steps.values()].filter((step) => !told.includes(step)).sort((a, b) => a.info.stage - b.info.stage || rank(a) - rank(b) || a.info.number - b.info.number);
    this.#order = [...told, ...left];
  }

  /** The step that is told live; undefined when all were. */
  get #front(): StepLines | undefined {
    return this.#order.find(({ ended, held }) => !ended || held.length > 0);
  }

  #say(number: number, line?: object): void {
    const step = this.#steps.get(number);
    if (step === undefined) return;
    const lines: object[] = line === undefined ? [] : [line];
    if (!step.begun) {
      step.begun = true;
      lines.unshift(stream(step.info.fromTrigger ? `# Executing build trigger : ${step.info.text}` : `Step ${step.info.number}/${this.#total} : ${step.info.text}`), stream("\n"));
    }
    if (step === this.#front && step.held.length === 0) return lines.forEach((next) => this.#send(next));
    for (const next of lines) {
      if (step.size > MAX_HELD) return;
      step.size += JSON.stringify(next).length;
      step.held.push(step.size > MAX_HELD ? stream("[output left out: the build's log has it]\n") : next);
    }
  }

  /** Tells what waited, up to the first step that has not ended. */
  #advance(): void {
    for (let front = this.#front; front !== undefined; front = this.#front) {
      for (const line of front.held.splice(0)) this.#send(line);
      if (!front.ended) return;
    }
  }

  #end(event: BuildEvent & { type: "ended" }): void {
    for (const step of this.#order) for (const line of step.held.splice(0)) this.#send(line);
    for (const warning of this.#warnings) this.#send(stream(warning));
    if (event.outcome === "built") {
      this.#send({ aux: { ID: event.imageId } });
      this.#send(stream(`Successfully built ${event.imageId.slice("sha256:".length, "sha256:".length + 12)}\n`));
      for (const tag of event.tags) this.#send(stream(`Successfully tagged ${tag}\n`));
      return;
    }
    const { exitCode: code, frame } = event.details;
    if (typeof frame === "string") this.#send(stream(`${frame}\n`));
    this.#send({ errorDetail: { ...(typeof code === "number" ? { code } : {}), message: event.error }, error: event.error });
  }
}

function stream(text: string): object {
  return { stream: text };
}

/** Why a step runs, in a few words; empty where there is nothing to say. */
export function reasonText(reason: CacheReason): string {
  switch (reason.type) {
    case "new":
    case "disabled":
      return "";
    case "removed":
      return "its result was removed";
    case "base":
      return `the base image changed from ${reason.before} to ${reason.now}`;
    case "earlierStep":
      return `step ${reason.step} changed`;
    case "instruction":
      return "the instruction changed";
    case "argument":
      return `the build argument ${reason.name} changed`;
    case "environment":
      return `the variable ${reason.name} changed`;
    case "files": {
      const [first] = [...reason.changed.map((path) => `${path} changed`), ...reason.added.map((path) => `${path} is new`), ...reason.removed.map((path) => `${path} was removed`)];
      return first === undefined ? "files changed" : `${first}${reason.total > 1 ? ` and ${reason.total - 1} more` : ""}`;
    }
  }
}
