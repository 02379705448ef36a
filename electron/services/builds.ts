/** Builds through the engine's own interface, `/slipway/build`. A build belongs to the host, not to the window that began it. */
import type {
  BuildBatch, BuildEvent, BuildForecast, BuildListEvent, BuildStatus, BuildSummary, CompleteBuildForm, DockerfileDescription, StepOutcome,
} from "../ipc/contract/builds.ts";
import type { TerminalEvent } from "../ipc/contract/terminal.ts";
import { agentSocket, readSecrets } from "./build-secrets.ts";
import { coalesce } from "./coalesce.ts";
import type { EngineConnection } from "./connection.ts";
import type { RegistryAuth } from "./credentials/registry-auth.ts";
import type { Credit } from "./credit.ts";
import { dial } from "./docker-client.ts";
import { fromDaemonSentence } from "./docker-errors.ts";
import { openFailedStep } from "./failed-step.ts";
import { ipcError } from "./ipc-error.ts";
import { jsonLines } from "./json-lines.ts";
import type { TerminalInput } from "./terminal.ts";

const BATCH_INTERVAL_MS = 32;
const BATCH_BYTES = 128 * 1024;
/** What an event costs beside its text. */
const EVENT_BYTES = 120;
const CHANGES_INTERVAL_MS = 200;
const CHANGES_LIMIT = 1000;

export interface Builds {
  watch(signal: AbortSignal): AsyncGenerator<BuildListEvent, void, void>;
  follow(id: string, credit: Credit, signal: AbortSignal): AsyncGenerator<BuildBatch, void, void>;
  /** Resolves once the engine has begun; the build goes on without the caller. */
  start(form: CompleteBuildForm): Promise<{ id: string }>;
  plan(form: CompleteBuildForm, signal: AbortSignal): Promise<BuildForecast>;
  cancel(id: string): Promise<void>;
  retry(id: string, dockerfileText: string | undefined): Promise<{ id: string }>;
  dismiss(id: string): Promise<void>;
  remove(id: string): Promise<void>;
  /** @param onReady receives the input side when the process runs */
  shell(request: FailedShellRequest, credit: Credit, onReady: (input: TerminalInput) => void, signal: AbortSignal): AsyncGenerator<TerminalEvent, void, void>;
  describe(text: string, signal: AbortSignal): Promise<DockerfileDescription>;
}

export interface FailedShellRequest {
  id: string;
  command: string[];
  columns: number;
  rows: number;
}

/** The part of the engine's record that a summary needs. */
export interface RawBuild {
  id: string;
  title: string;
  status: BuildStatus;
  startedAt: number;
  endedAt: number | null;
  error: string | null;
  imageId: string | null;
  tags: string[];
  target: string | null;
  contextPath: string | null;
  dockerfile: string;
  steps: { outcome: StepOutcome | null }[];
  warnings: unknown[];
  failedStep: number | null;
}

interface RawChange {
  id?: string;
  record?: RawBuild | null;
}

export function createBuilds(connection: EngineConnection, auth: RegistryAuth): Builds {
  const { docker } = connection;
  const post = (path: string): Promise<void> => dial<void>(docker, { path: `/slipway/builds/${path}`, method: "POST", okStatuses: [200, 204] });
  return {
    watch: (signal) => watch(connection, signal),
    follow: (id, credit, signal) => follow(connection, id, credit, signal),
    start: async (form) => begin(connection, "/slipway/build", { ...toRequest(form), ...(await privateParts(connection, form)) }, await auth.forBuild()),
    plan: async (form, signal) => dial<BuildForecast>(docker, { path: "/slipway/build/plan", method: "POST", body: toRequest(form), okStatuses: [200], headers: await auth.forBuild(signal), signal }),
    cancel: (id) => post(`${id}/cancel`),
    retry: async (id, dockerfileText) => begin(connection, `/slipway/builds/${id}/retry`, dockerfileText === undefined ? {} : { dockerfileText }, await auth.forBuild()),
    dismiss: (id) => post(`${id}/dismiss`),
    remove: (id) => dial<void>(docker, { path: `/slipway/builds/${id}`, method: "DELETE", okStatuses: [200, 204] }),
    shell: (request, credit, onReady, signal) => openFailedStep(connection, request, credit, onReady, signal),
    describe: (text, signal) => dial<DockerfileDescription>(docker, { path: "/slipway/dockerfile", method: "POST", body: { text }, okStatuses: [200], signal }),
  };
}

async function* watch({ docker }: EngineConnection, signal: AbortSignal): AsyncGenerator<BuildListEvent, void, void> {
  const scope = new AbortController();
  const combined = AbortSignal.any([signal, scope.signal]);
  try {
    let stream: NodeJS.ReadableStream;
    try {
      stream = await dial<NodeJS.ReadableStream>(docker, { path: "/slipway/build/changes", method: "GET", okStatuses: [200], stream: true, signal: combined });
    } catch (error) {
      if (error instanceof Error && "statusCode" in error && error.statusCode === 404) return yield { type: "unsupported" };
      throw error;
    }
    const lines = jsonLines(stream) as AsyncGenerator<RawChange, void, void>;
    // The first line says that changes are heard from now on: what is listed after it cannot be missed.
    await lines.next();
    const list = await dial<RawBuild[]>(docker, { path: "/slipway/builds", method: "GET", okStatuses: [200], signal: combined });
    yield { type: "list", builds: list.map(toSummary) };
    for await (const changes of coalesce(lines, { intervalMs: CHANGES_INTERVAL_MS, limit: CHANGES_LIMIT, cost: () => 1, signal: combined })) {
      const last = new Map(changes.flatMap((change) => (change.id === undefined ? [] : [[change.id, change.record ?? null] as const])));
      for (const [id, record] of last) yield record === null ? { type: "removed", id } : { type: "changed", build: toSummary(record) };
    }
  } finally {
    scope.abort();
  }
}

/** A record as the list shows it. */
export function toSummary(build: RawBuild): BuildSummary {
  const { id, title, status, startedAt, endedAt, error, imageId, tags, target, contextPath, dockerfile, failedStep, steps, warnings } = build;
  const count = (outcome: StepOutcome): number => steps.reduce((sum, step) => sum + (step.outcome === outcome ? 1 : 0), 0);
  return { id, title, status, startedAt, endedAt, error, imageId, tags, target, contextPath, dockerfile, failedStep, steps: steps.length, cached: count("cached"), executed: count("executed"), warnings: warnings.length };
}

async function* follow({ docker }: EngineConnection, id: string, credit: Credit, signal: AbortSignal): AsyncGenerator<BuildBatch, void, void> {
  const scope = new AbortController();
  const combined = AbortSignal.any([signal, scope.signal]);
  try {
    const stream = await dial<NodeJS.ReadableStream>(docker, { path: `/slipway/builds/${id}/events?`, method: "GET", query: { follow: 1 }, okStatuses: [200], stream: true, signal: combined });
    const lines = jsonLines(stream) as AsyncGenerator<BuildEvent, void, void>;
    for await (const events of coalesce(lines, { intervalMs: BATCH_INTERVAL_MS, limit: BATCH_BYTES, cost: costOf, signal: combined })) {
      const bytes = events.reduce((sum, event) => sum + costOf(event), 0);
      await credit.available(combined);
      credit.spend(bytes);
      yield { events, bytes };
    }
  } finally {
    scope.abort();
  }
}

function costOf(event: BuildEvent): number {
  return EVENT_BYTES + (event.type === "stepOutput" ? event.text.length : event.type === "planned" ? event.steps.length * 300 : 0);
}

/** The engine's words for a form, without what is private: no step's key depends on it. */
export function toRequest({ context, dockerfile, target, tags, args, labels, network, extraHosts, platform, noCache, pull }: CompleteBuildForm): object {
  return {
    context, tags, noCache, pull, keepFailed: true,
    args: byName(args),
    labels: byName(labels),
    extraHosts: extraHosts.map(({ name, address }) => `${name}:${address}`),
    ...(network === undefined ? {} : { network }),
    ...(dockerfile === undefined ? {} : { dockerfile }),
    ...(target === undefined ? {} : { target }),
    ...(platform === undefined ? {} : { platform }),
  };
}

function byName(rows: CompleteBuildForm["args"]): Record<string, string> {
  return Object.fromEntries(rows.map(({ name, value }) => [name, value]));
}

/** What a build is lent, and no plan, record or log is told: secrets and the SSH agent. @throws IpcError as `readSecrets` and `agentSocket` */
async function privateParts({ endpoint }: EngineConnection, { secrets, ssh }: CompleteBuildForm): Promise<object> {
  if (ssh && endpoint.type !== "unix") throw ipcError("notImplemented", `The engine at ${endpoint.url} runs on another machine, which cannot reach the SSH agent of this one.`);
  return { secrets: await readSecrets(secrets), ...(ssh ? { ssh: { default: agentSocket() } } : {}) };
}

/** The engine ends a build whose caller leaves, so the stream is read to its end here, whether a window looks or not. */
async function begin({ docker }: EngineConnection, path: string, body: object, headers: Record<string, string>): Promise<{ id: string }> {
  const stream = await dial<NodeJS.ReadableStream>(docker, { path, method: "POST", body, okStatuses: [200], headers, stream: true });
  const lines = jsonLines(stream) as AsyncGenerator<BuildEvent, void, void>;
  const { value: first } = await lines.next();
  if (first?.type !== "started") throw first?.type === "ended" && first.outcome !== "built" ? fromDaemonSentence(first.error) : ipcError("dataLoss", "The engine did not say which build it began.");
  void drain(lines);
  return { id: first.buildId };
}

async function drain(lines: AsyncGenerator<BuildEvent, void, void>): Promise<void> {
  try {
    for await (const _ of lines);
  } catch {
    // The connection is gone, and with it the build: its record says so.
  }
}
