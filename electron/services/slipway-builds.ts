/** Builds through our own engine's interface, `/slipway/build`. */
import type { BuildEvent, BuildForecast, BuildListEvent, BuildRecord, BuildSummary, CompleteBuildForm, DockerfileDescription, StepOutcome } from "../ipc/contract/builds.ts";
import type { TerminalEvent } from "../ipc/contract/terminal.ts";
import { agentSocket, readSecrets } from "./build-secrets.ts";
import type { Builder } from "./builder.ts";
import { coalesce } from "./coalesce.ts";
import type { EngineConnection } from "./connection.ts";
import type { Credit } from "./credit.ts";
import type { RegistryAuth } from "./credentials/registry-auth.ts";
import { dial } from "./docker-client.ts";
import { fromDaemonSentence } from "./docker-errors.ts";
import { openFailedStep, type FailedShellRequest } from "./failed-step.ts";
import { ipcError } from "./ipc-error.ts";
import { jsonLines } from "./json-lines.ts";
import type { TerminalInput } from "./terminal.ts";

const CHANGES_INTERVAL_MS = 200;
const CHANGES_LIMIT = 1000;

/** Our own engine plans builds, too, and keeps what a failed step left. */
export interface SlipwayBuilder extends Builder {
  plan(form: CompleteBuildForm, signal: AbortSignal): Promise<BuildForecast>;
  retry(id: string, dockerfileText: string | undefined): Promise<{ id: string }>;
  dismiss(id: string): Promise<void>;
  /** @param onReady receives the input side when the process runs */
  shell(request: FailedShellRequest, credit: Credit, onReady: (input: TerminalInput) => void, signal: AbortSignal): AsyncGenerator<TerminalEvent, void, void>;
}

interface RawChange {
  id?: string;
  record?: BuildRecord | null;
}

export function createSlipwayBuilds(connection: EngineConnection, auth: RegistryAuth): SlipwayBuilder {
  const { docker } = connection;
  const post = (path: string): Promise<void> => dial<void>(docker, { path: `/slipway/builds/${path}`, method: "POST", okStatuses: [200, 204] });
  return {
    changes: (signal) => changes(connection, signal),
    events: (id, signal) => events(connection, id, signal),
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

async function* changes({ docker }: EngineConnection, signal: AbortSignal): AsyncGenerator<BuildListEvent, void, void> {
  const scope = new AbortController();
  const combined = AbortSignal.any([signal, scope.signal]);
  try {
    const stream = await dial<NodeJS.ReadableStream>(docker, { path: "/slipway/build/changes", method: "GET", okStatuses: [200], stream: true, signal: combined });
    const lines = jsonLines(stream) as AsyncGenerator<RawChange, void, void>;
    // The first line says that changes are heard from now on: what is listed after it cannot be missed.
    await lines.next();
    const list = await dial<BuildRecord[]>(docker, { path: "/slipway/builds", method: "GET", okStatuses: [200], signal: combined });
    yield { type: "list", keeper: "engine", builds: list.map(toSummary) };
    for await (const batch of coalesce(lines, { intervalMs: CHANGES_INTERVAL_MS, limit: CHANGES_LIMIT, cost: () => 1, signal: combined })) {
      const last = new Map(batch.flatMap((change) => (change.id === undefined ? [] : [[change.id, change.record ?? null] as const])));
      for (const [id, record] of last) yield record === null ? { type: "removed", id } : { type: "changed", build: toSummary(record) };
    }
  } finally {
    scope.abort();
  }
}

/** A record as the list shows it. */
export function toSummary(build: BuildRecord): BuildSummary {
  const { id, title, status, startedAt, endedAt, error, imageId, tags, target, contextPath, dockerfile, failedStep, steps, warnings } = build;
  const count = (outcome: StepOutcome): number => steps.reduce((sum, step) => sum + (step.outcome === outcome ? 1 : 0), 0);
  return { id, title, status, startedAt, endedAt, error, imageId, tags, target, contextPath, dockerfile, failedStep, steps: steps.length, cached: count("cached"), executed: count("executed"), warnings: warnings.length };
}

async function* events({ docker }: EngineConnection, id: string, signal: AbortSignal): AsyncGenerator<BuildEvent, void, void> {
  const stream = await dial<NodeJS.ReadableStream>(docker, { path: `/slipway/builds/${id}/events?`, method: "GET", query: { follow: 1 }, okStatuses: [200], stream: true, signal });
  yield* jsonLines(stream) as AsyncGenerator<BuildEvent, void, void>;
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
