import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { IoOptions } from "../../base/abort.ts";
import { EngineError } from "../../base/errors.ts";
import type { RunMount } from "../../dockerfile/plan/steps.ts";
import type { SpecMountInput } from "../../runtime/spec/input.ts";
import { mountsBelow } from "../../sys/mount.ts";
import type { WorkerPool } from "../../sys/workers.ts";
import { forwardAgent } from "./agent-forward.ts";
import type { CacheMountRequest } from "./cache-mounts.ts";
import { discardedBind } from "./discarded-bind.ts";
import { MemoryFiles } from "./memory-files.ts";
import type { MountTarget } from "./mount-points.ts";
import type { RunRequest } from "./run.ts";

/** A mount of a step that is ready but for its place in the root file system. */
export interface ReadyMount extends MountTarget {
  /** A host path or a tmpfs; of a cache the path is missing: each process takes its own, in the order of {@link cacheRequests}. */
  readonly spec: Omit<SpecMountInput, "destination" | "type" | "source"> & { readonly type: "bind" | "tmpfs" | "cache"; readonly source: string };
}

/** The mounts of a step, and what its processes find in their environment for them. */
export interface ReadyMounts {
  readonly mounts: readonly ReadyMount[];
  /** `NAME=value`. */
  readonly env: readonly string[];
}

/** Where a step may put what its mounts need. */
export interface MountPlace {
  /** In the run directory. */
  readonly directory: string;
  /** On a disk; made when it is needed. */
  readonly scratch: string;
}

/** What nobody should find in a mount that holds no programs. */
const PLAIN = ["nosuid", "nodev", "noexec"];

/**
 * Prepares what a step mounts: secrets in memory, agent sockets, scripts, binds whose writes are thrown away.
 * @param resources takes over what has to be undone
 * @throws EngineError `invalidArgument` for a secret or an agent that is required and missing, or a source that does not exist
 */
export async function readyMounts(workers: WorkerPool, request: RunRequest, place: MountPlace, resources: AsyncDisposableStack, options: IoOptions = {}): Promise<ReadyMounts> {
  const files = resources.use(new MemoryFiles(join(place.directory, "memory")));
  const mounts: ReadyMount[] = [];
  const env: string[] = [];
  for (const { path, content } of request.operation.files) mounts.push(bound(path, "file", files.add(content, { mode: 0o555, uid: 0, gid: 0 }), ["nosuid", "nodev"]));
  for (const [index, mount] of request.operation.mounts.entries()) {
    switch (mount.type) {
      case "bind":
        mounts.push(await bindMount(workers, request, place, resources, { mount, index }, options));
        break;
      case "cache":
        mounts.push({ path: mount.target, kind: "directory", spec: { type: "cache", source: "", readWrite: !mount.readOnly } });
        break;
      case "tmpfs":
        mounts.push({ path: mount.target, kind: "directory", spec: { type: "tmpfs", source: "", readWrite: true, tmpfs: { options: "exec,dev", sizeBytes: mount.size } } });
        break;
      case "secret":
        await addSecret(request, mount, files, mounts, env);
        break;
      case "ssh":
        await addAgent(request, mount, join(place.directory, `agent.${index}`), resources, mounts, env);
        break;
    }
  }
  return { mounts, env };
}

/** The caches of a step, in the order of its mounts. */
export function cacheRequests({ operation, sources, cacheOrigins }: RunRequest): CacheMountRequest[] {
  return operation.mounts.flatMap((mount, index) => (mount.type === "cache" ? [{ ...mount, source: sources.get(index), origin: cacheOrigins?.get(index) }] : []));
}

/** A read-only bind. */
function bound(path: string, kind: MountTarget["kind"], source: string, options: readonly string[]): ReadyMount {
  return { path, kind, spec: { type: "bind", source, readWrite: false, options } };
}

type Typed<T extends RunMount["type"]> = RunMount & { readonly type: T };

async function bindMount(workers: WorkerPool, request: RunRequest, place: MountPlace, resources: AsyncDisposableStack, { mount, index }: { readonly mount: Typed<"bind">; readonly index: number }, options: IoOptions): Promise<ReadyMount> {
  const source = request.sources.get(index);
  const stats = source === undefined ? undefined : statSync(source, { throwIfNoEntry: false });
  if (source === undefined || stats === undefined) throw new EngineError("invalidArgument", `the bind mount on ${mount.target} has no source: ${JSON.stringify(mount.source)} was not found`);
  const kind = stats.isDirectory() ? "directory" : "file";
  if (!mount.readWrite) {
    // What is mounted further down would stay writable, unless asked for: from Linux 5.12 on.
    const options = mountsBelow(source).some(({ target }) => target !== source) ? ["rro"] : [];
    return bound(mount.target, kind, source, options);
  }
  const target = join(place.directory, `bind.${index}`);
  if (kind === "directory") mkdirSync(target);
  const shown = await discardedBind(workers, source, { target, scratch: join(place.scratch, `bind.${index}`) }, resources, options);
  return { path: mount.target, kind, spec: { type: "bind", source: shown, readWrite: true } };
}

async function addSecret(request: RunRequest, { id, target, env: variable, required, ...access }: Typed<"secret">, files: MemoryFiles, mounts: ReadyMount[], env: string[]): Promise<void> {
  const value = await request.secrets.get(id);
  if (value === undefined) {
    if (required) throw new EngineError("invalidArgument", `secret ${id}: not found: the step requires it, pass it with --secret id=${id},src=FILE`);
    return;
  }
  if (target !== undefined) mounts.push(bound(target, "file", files.add(value, access), PLAIN));
  if (variable === undefined) return;
  if (value.includes(0)) throw new EngineError("invalidArgument", `secret ${id} has a zero byte and cannot be the value of the variable ${variable}: mount it as a file`);
  env.push(`${variable}=${Buffer.from(value).toString("utf8")}`);
}

async function addAgent(request: RunRequest, { id, target, required, ...access }: Typed<"ssh">, path: string, resources: AsyncDisposableStack, mounts: ReadyMount[], env: string[]): Promise<void> {
  const agent = await request.ssh.get(id);
  if (agent === undefined) {
    if (required) throw new EngineError("invalidArgument", `no ssh agent ${JSON.stringify(id)} was forwarded: the step requires it, pass it with --ssh ${id}`);
    return;
  }
  resources.use(await forwardAgent(agent, path, access));
  mounts.push({ path: target, kind: "file", spec: { type: "bind", source: path, readWrite: true, options: PLAIN } });
  // The first one is the one that programs use.
  const given = [...request.operation.env, ...env].some((entry) => entry.startsWith("SSH_AUTH_SOCK="));
  if (!given) env.push(`SSH_AUTH_SOCK=${target}`);
}
