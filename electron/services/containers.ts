import type Docker from "dockerode";
import type { ContainerCreateOptions, ContainerInspectInfo } from "dockerode";
import type { CompleteContainerForm } from "../ipc/contract/container-form.ts";
import type { ContainerConfiguration, ContainerStart, CreatedContainer, Reconfiguration } from "../ipc/contract/containers.ts";
import { overlayRequest, toCreateOptions } from "./create-options.ts";
import { dial, listText } from "./docker-client.ts";
import { toIpcError } from "./docker-errors.ts";
import type { EngineConnection } from "./connection.ts";
import { ipcError, isIpcError } from "./ipc-error.ts";
import type { IpcError } from "./ipc-error.ts";
import { findPortOwner } from "./ports.ts";
import { isUnknownPath } from "./registry-requests.ts";

type Filters = Record<string, string[]>;

/** The lifecycle of containers. Every method throws what the connection's `toIpcError` makes of it, at the border. */
export interface Containers {
  /** All containers as the daemon's JSON, an array of dockerode's `ContainerInfo`. */
  list(filters: Filters | undefined, signal?: AbortSignal): Promise<string>;
  inspect(id: string, signal?: AbortSignal): Promise<ContainerInspectInfo>;
  create(form: CompleteContainerForm, signal?: AbortSignal): Promise<CreatedContainer>;
  /** Create and start; leaves nothing behind when the start fails. */
  run(form: CompleteContainerForm, signal?: AbortSignal): Promise<CreatedContainer>;
  start(id: string): Promise<void>;
  stop(id: string, timeoutSeconds?: number): Promise<void>;
  restart(id: string, timeoutSeconds?: number): Promise<void>;
  pause(id: string): Promise<void>;
  unpause(id: string): Promise<void>;
  kill(id: string, signal: string): Promise<void>;
  remove(id: string, options: { force: boolean; volumes: boolean }): Promise<void>;
  rename(id: string, name: string): Promise<void>;
  /** @throws IpcError `notImplemented` on an engine that is not Slipway's, as the three below */
  starts(id: string, signal?: AbortSignal): Promise<ContainerStart[]>;
  configuration(id: string, signal?: AbortSignal): Promise<ContainerConfiguration>;
  reconfigure(id: string, form: CompleteContainerForm, dryRun: boolean, signal?: AbortSignal): Promise<Reconfiguration>;
  undoReconfiguration(id: string, dryRun: boolean, signal?: AbortSignal): Promise<Reconfiguration>;
}

export function createContainers(connection: EngineConnection): Containers {
  const { docker, endpoint } = connection;

  async function create(form: CompleteContainerForm, signal?: AbortSignal): Promise<CreatedContainer> {
    const answer = await dial<{ Id: string; Warnings?: string[] | null }>(docker, {
      path: "/containers/create?",
      method: "POST",
      query: { ...(form.name === undefined ? {} : { name: form.name }), ...(form.platform === undefined ? {} : { platform: form.platform }) },
      body: toCreateOptions(form),
      okStatuses: [200, 201],
      signal,
    });
    return { id: answer.Id, warnings: answer.Warnings ?? [] };
  }

  async function start(id: string): Promise<void> {
    try {
      await docker.getContainer(id).start();
    } catch (error) {
      throw await withPortOwner(toIpcError(error, endpoint), docker);
    }
  }

  /** A call below `/slipway/containers/ID/reconfigure`. */
  async function reconfiguring<T>(id: string, method: "GET" | "POST", request: { path?: string; query?: object; body?: object; signal?: AbortSignal | undefined }): Promise<T> {
    try {
      return await dial<T>(docker, { path: `/slipway/containers/${id.replace(/^\//, "")}/reconfigure${request.path ?? ""}?`, method, query: request.query ?? {}, ...(request.body && { body: request.body }), okStatuses: [200], signal: request.signal });
    } catch (error) {
      if (error instanceof Error && "statusCode" in error && error.statusCode === 404 && /page not found/.test(error.message)) {
        throw ipcError("notImplemented", "This engine cannot change the configuration of a container that exists. Slipway’s own engine can.");
      }
      throw await withPortOwner(toIpcError(error, endpoint), docker);
    }
  }

  return {
    list: (filters, signal) => listText(docker, "/containers/json?", { all: true, ...(filters === undefined ? {} : { filters }) }, signal),
    inspect: (id, signal) => docker.getContainer(id).inspect(signal === undefined ? {} : { abortSignal: signal }),
    create,
    async run(form, signal) {
      const created = await create(form, signal);
      try {
        await start(created.id);
      } catch (error) {
        // The start's error is the one to tell; a container that cannot be removed stays visible in the list.
        await docker.getContainer(created.id).remove({ force: true, v: true }).catch(() => undefined);
        throw error;
      }
      return created;
    },
    start: (id) => ignoreNotModified(start(id), connection),
    stop: (id, timeout) => ignoreNotModified(docker.getContainer(id).stop(timeout === undefined ? {} : { t: timeout }), connection),
    async restart(id, timeout) {
      try {
        await docker.getContainer(id).restart(timeout === undefined ? {} : { t: timeout });
      } catch (error) {
        throw await withPortOwner(toIpcError(error, endpoint), docker);
      }
    },
    pause: (id) => discard(docker.getContainer(id).pause()),
    unpause: (id) => discard(docker.getContainer(id).unpause()),
    kill: (id, signal) => discard(docker.getContainer(id).kill({ signal })),
    remove: (id, { force, volumes }) => discard(docker.getContainer(id).remove({ force, v: volumes })),
    rename: (id, name) => discard(docker.getContainer(id).rename({ name })),
    async starts(id, signal) {
      try {
        return (await dial<EngineStart[]>(docker, { path: `/slipway/containers/${id.replace(/^\//, "")}/starts`, method: "GET", okStatuses: [200], signal })).map(toStart);
      } catch (error) {
        if (isUnknownPath(error)) throw ipcError("notImplemented", "This engine does not measure its starts: only Slipway's own does.");
        throw toIpcError(error, endpoint);
      }
    },
    async configuration(id, signal) {
      const { Request: request, Undo: undo } = await reconfiguring<EngineConfiguration>(id, "GET", { signal });
      return { request, undo: undo === null ? null : toReconfiguration(undo) };
    },
    async reconfigure(id, form, dryRun, signal) {
      const { Request: current } = await reconfiguring<EngineConfiguration>(id, "GET", { signal });
      const query = { ...(dryRun ? { "dry-run": 1 } : {}), ...(form.name === undefined ? {} : { name: form.name }) };
      return toReconfiguration(await reconfiguring<EngineReconfiguration>(id, "POST", { query, body: overlayRequest(current, form), signal }));
    },
    undoReconfiguration: async (id, dryRun, signal) => toReconfiguration(await reconfiguring<EngineReconfiguration>(id, "POST", { path: "/undo", query: dryRun ? { "dry-run": 1 } : {}, signal })),
  };
}

interface EngineStart {
  readonly StartedAt: string;
  readonly ByPolicy: boolean;
  readonly Outcome: ContainerStart["outcome"];
  readonly Milliseconds: number;
  readonly Error: string;
  readonly Spans: readonly { readonly Step: ContainerStart["spans"][number]["step"]; readonly At: number; readonly Milliseconds: number | null; readonly Failed: boolean }[];
  readonly Health: { readonly Status: "starting" | "healthy" | "unhealthy"; readonly Milliseconds: number | null } | null;
  readonly Ended: { readonly ExitCode: number; readonly Milliseconds: number } | null;
}

function toStart(start: EngineStart): ContainerStart {
  return {
    at: Date.parse(start.StartedAt),
    byPolicy: start.ByPolicy,
    outcome: start.Outcome,
    milliseconds: start.Milliseconds,
    error: start.Error,
    spans: start.Spans.map(({ Step, At, Milliseconds, Failed }) => ({ step: Step, at: At, milliseconds: Milliseconds, failed: Failed })),
    health: start.Health && { status: start.Health.Status, milliseconds: start.Health.Milliseconds },
    ended: start.Ended && { exitCode: start.Ended.ExitCode, milliseconds: start.Ended.Milliseconds },
  };
}

interface EngineReconfiguration {
  readonly Changes: readonly { readonly Setting: string; readonly Before: unknown; readonly After: unknown; readonly Effect: "live" | "restart" | "start" }[];
  readonly Restarts: boolean;
  readonly Warnings: readonly string[];
}

interface EngineConfiguration {
  readonly Request: ContainerCreateOptions;
  readonly Undo: EngineReconfiguration | null;
}

function toReconfiguration({ Changes, Restarts, Warnings }: EngineReconfiguration): Reconfiguration {
  return { changes: Changes.map(({ Setting, Before, After, Effect }) => ({ setting: Setting, before: Before, after: After, effect: Effect })), restarts: Restarts, warnings: [...Warnings] };
}

/** Says who holds the port, which the daemon rarely knows. */
async function withPortOwner(error: IpcError, docker: Docker): Promise<IpcError> {
  const index = error.data.hints.findIndex((hint) => hint.type === "portInUse");
  const hint = error.data.hints[index];
  if (hint?.type !== "portInUse" || hint.owner !== undefined) return error;
  const owner = await findPortOwner(docker, { port: hint.port, protocol: hint.protocol });
  if (owner === undefined) return error;
  return ipcError(error.code, error.message, { ...error.data, hints: error.data.hints.with(index, { ...hint, owner }) });
}

async function ignoreNotModified(work: Promise<unknown>, connection: EngineConnection): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!isIpcError(toIpcError(error, connection.endpoint), "notModified")) throw error;
  }
}

async function discard(work: Promise<unknown>): Promise<void> {
  await work;
}
