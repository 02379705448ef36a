import type Docker from "dockerode";
import type { ContainerCreateOptions, ContainerInspectInfo } from "dockerode";
import type { CompleteContainerForm, CreatedContainer } from "../ipc/contract/containers.ts";
import { dial, listText } from "./docker-client.ts";
import { toIpcError } from "./docker-errors.ts";
import type { EngineConnection } from "./connection.ts";
import { ipcError, isIpcError } from "./ipc-error.ts";
import type { IpcError } from "./ipc-error.ts";
import { findPortOwner } from "./ports.ts";

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
  };
}

/** The request body that `docker run` would send for this form. Pure. */
export function toCreateOptions(form: CompleteContainerForm): ContainerCreateOptions {
  const exposed: Record<string, object> = {};
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {};
  for (const { hostIp, hostPort, containerPort, protocol } of form.ports) {
    const key = `${containerPort}/${protocol}`;
    exposed[key] = {};
    (bindings[key] ??= []).push({ HostIp: hostIp ?? "", HostPort: hostPort === undefined ? "" : String(hostPort) });
  }
  return {
    Image: form.image,
    ...(form.command === undefined || form.command.length === 0 ? {} : { Cmd: form.command }),
    ...(form.entrypoint === undefined ? {} : { Entrypoint: form.entrypoint }),
    Env: form.env.map(({ name, value }) => `${name}=${value}`),
    Labels: form.labels,
    ExposedPorts: exposed,
    Tty: form.tty,
    OpenStdin: form.interactive,
    AttachStdin: false,
    AttachStdout: false,
    AttachStderr: false,
    ...(form.user === undefined ? {} : { User: form.user }),
    ...(form.workingDir === undefined ? {} : { WorkingDir: form.workingDir }),
    ...(form.hostname === undefined ? {} : { Hostname: form.hostname }),
    HostConfig: {
      PortBindings: bindings,
      PublishAllPorts: form.publishAllPorts,
      Mounts: form.volumes.map(toMount),
      RestartPolicy: { Name: form.restartPolicy.name, MaximumRetryCount: form.restartPolicy.name === "on-failure" ? form.restartPolicy.maximumRetryCount : 0 },
      AutoRemove: form.autoRemove,
      Init: form.init,
      ReadonlyRootfs: form.readOnlyRootfs,
      Privileged: form.privileged,
      ...(form.network === undefined ? {} : { NetworkMode: form.network }),
      ...(form.memoryBytes === undefined ? {} : { Memory: form.memoryBytes }),
      ...(form.cpus === undefined ? {} : { NanoCpus: Math.round(form.cpus * 1e9) }),
    },
  };
}

function toMount(volume: CompleteContainerForm["volumes"][number]): Docker.MountSettings {
  switch (volume.type) {
    case "bind":
      return { Type: "bind", Source: volume.source, Target: volume.target, ReadOnly: volume.readOnly };
    case "volume":
      return { Type: "volume", Source: volume.source ?? "", Target: volume.target, ReadOnly: volume.readOnly };
    case "tmpfs":
      return {
        Type: "tmpfs",
        Source: "",
        Target: volume.target,
        ...(volume.sizeBytes === undefined ? {} : { TmpfsOptions: { SizeBytes: volume.sizeBytes, Mode: 0o1777 } }),
      };
  }
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
