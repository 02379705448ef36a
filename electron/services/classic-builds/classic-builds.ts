/** Builds on an engine that is not ours, through Docker's own `POST /build`: this host packs the context, reads what the classic builder says, and keeps the history. */
import { randomBytes } from "node:crypto";
import { basename } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { describeDockerfile } from "../../../engine/dockerfile/describe/describe.ts";
import type { BuildEvent, BuildListEvent, CompleteBuildForm } from "../../ipc/contract/builds.ts";
import type { Builder } from "../builder.ts";
import type { EngineConnection } from "../connection.ts";
import type { RegistryAuth } from "../credentials/registry-auth.ts";
import { dial } from "../docker-client.ts";
import { toIpcError } from "../docker-errors.ts";
import { ipcError } from "../ipc-error.ts";
import { jsonLines } from "../json-lines.ts";
import { openContext, packContext, type BuildContext } from "./build-context.ts";
import { ClassicEvents, type ClassicLine } from "./classic-events.ts";
import type { KeptBuilds } from "./kept-builds.ts";
import { planClassic } from "./plan.ts";

export function createClassicBuilds(connection: EngineConnection, auth: RegistryAuth, kept: KeptBuilds): Builder {
  return {
    changes(signal) {
      const stream = new PassThrough({ objectMode: true });
      // Nothing is missed: the list is what there is before the first change.
      stream.write({ type: "list", keeper: "host", builds: kept.list() } satisfies BuildListEvent);
      return listen(stream, kept.onChange((event) => void stream.write(event)), signal);
    },
    events(id, signal) {
      const stream = new PassThrough({ objectMode: true });
      const stop = kept.follow(id, (event) => {
        if (stream.writableEnded) return;
        stream.write(event);
        if (event.type === "ended") stream.end();
      });
      return listen(stream, stop, signal);
    },
    async start(form) {
      refuse(form);
      const context = isAddress(form.context) ? undefined : await openContext(form.context, form.dockerfile);
      const headers = await auth.forBuild();
      const id = randomBytes(16).toString("hex");
      const title = form.tags[0] ?? basename(form.context.replace(/\/+$/, ""));
      const startedAt = Date.now();
      const signal = kept.begin({
        id, title, status: "running", startedAt, endedAt: null, error: null, imageId: null, tags: form.tags, target: form.target ?? null, contextPath: form.context, dockerfile: form.dockerfile ?? "Dockerfile",
        steps: 0, cached: 0, executed: 0, warnings: 0, failedStep: null,
      });
      kept.tell(id, { type: "started", buildId: id, at: startedAt, title });
      void run(connection, { form, context, headers, tell: (event) => kept.tell(id, event), signal });
      return { id };
    },
    describe: async (text) => describeDockerfile(text),
    cancel: async (id) => kept.cancel(id),
    remove: async (id) => kept.remove(id),
  };
}

async function* listen<T>(stream: PassThrough, stop: () => void, signal: AbortSignal): AsyncGenerator<T, void, void> {
  const end = (): void => void stream.destroy();
  signal.addEventListener("abort", end, { once: true });
  try {
    for await (const item of stream) yield item as T;
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener("abort", end);
    stop();
  }
}

function isAddress(context: string): boolean {
  return !context.startsWith("/");
}

/** What the classic interface has no word for. @throws IpcError `notImplemented` */
function refuse({ secrets, ssh }: CompleteBuildForm): void {
  const [secret] = secrets;
  if (secret !== undefined) throw ipcError("notImplemented", `The secret ${secret.id} cannot be given to this engine: its classic builder has no build secrets. Take it out, or build on Slipway’s own engine.`);
  if (ssh) throw ipcError("notImplemented", "The SSH agent cannot be lent to this engine: its classic builder has no word for it. Take it out, or build on Slipway’s own engine.");
}

interface Running {
  readonly form: CompleteBuildForm;
  /** Undefined for an address, which the engine fetches itself. */
  readonly context: BuildContext | undefined;
  readonly headers: Record<string, string>;
  readonly tell: (event: BuildEvent) => void;
  readonly signal: AbortSignal;
}

/** Builds, and tells how it ended; throws nothing. */
async function run({ docker, endpoint }: EngineConnection, { form, context, headers, tell, signal }: Running): Promise<void> {
  const scope = new AbortController();
  const combined = AbortSignal.any([signal, scope.signal]);
  const events = new ClassicEvents(context === undefined ? [] : planClassic(context.dockerfileText, form.target, byName(form.labels)), tell);
  const fail = (error: string, details: Record<string, unknown> = {}): void => {
    const outcome = signal.aborted ? "cancelled" : "failed";
    events.end(outcome);
    tell({ type: "ended", at: Date.now(), outcome, error: signal.aborted ? "The build was cancelled." : error, details });
  };
  let broken: unknown;
  let body: Readable | undefined;
  if (context !== undefined) {
    let progress = { bytes: 0, files: 0 };
    body = Readable.from(packContext(context, (now) => tell({ type: "context", ...(progress = now), done: false })), { objectMode: false });
    body.once("end", () => tell({ type: "context", ...progress, done: true }));
    body.once("error", (error) => {
      broken = error;
      scope.abort();
    });
  }
  try {
    const stream = await dial<NodeJS.ReadableStream>(docker, { path: `/build?${buildQuery(form, context)}`, method: "POST", okStatuses: [200], stream: true, headers: { ...headers, "Content-Type": "application/x-tar" }, signal: combined, ...(body === undefined ? {} : { file: body }) });
    for await (const line of jsonLines(stream) as AsyncGenerator<ClassicLine, void, void>) events.take(line);
    if (events.error !== undefined) return fail(events.error.message, events.error.details);
    if (events.imageId === undefined) return fail("The engine ended the build without an image, and without saying why.");
    events.end("executed");
    tell({ type: "ended", at: Date.now(), outcome: "built", imageId: events.imageId, tags: events.tags });
  } catch (error) {
    fail(toIpcError(broken ?? error, endpoint).message);
  } finally {
    body?.destroy();
  }
}

function byName(rows: CompleteBuildForm["args"]): Record<string, string> {
  return Object.fromEntries(rows.map(({ name, value }) => [name, value]));
}

function buildQuery({ target, tags, args, labels, platform, noCache, pull, network, extraHosts, context: address, dockerfile }: CompleteBuildForm, context: BuildContext | undefined): URLSearchParams {
  const query = new URLSearchParams({ rm: "1", forcerm: "1", buildargs: JSON.stringify(byName(args)), labels: JSON.stringify(byName(labels)) });
  for (const tag of tags) query.append("t", tag);
  for (const { name, address: host } of extraHosts) query.append("extrahosts", `${name}:${host}`);
  const set = (name: string, value: string | undefined): void => {
    if (value !== undefined) query.set(name, value);
  };
  set("dockerfile", context?.dockerfile ?? dockerfile);
  set("remote", context === undefined ? address : undefined);
  set("target", target);
  set("platform", platform);
  set("networkmode", network);
  set("nocache", noCache ? "1" : undefined);
  set("pull", pull ? "1" : undefined);
  return query;
}
