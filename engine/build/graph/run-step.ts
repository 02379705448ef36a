import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { EngineError } from "../../base/errors.ts";
import type { RunMount, RunOperation } from "../../dockerfile/plan/steps.ts";
import { resolveInRoot } from "../../sys/rooted-path.ts";
import type { StepFailureDetails } from "../build.ts";
import { cacheKey } from "../cache/build-cache.ts";
import { hashValues } from "../cache/inputs.ts";
import { copyInto } from "../files/copy/copy.ts";
import type { Selected } from "../files/files.ts";
import type { Job, PlacedStep, StageState } from "./job.ts";
import type { Origin } from "./origins.ts";
import { operationHash } from "./step.ts";
import type { Layered } from "./step.ts";

/** A mount that shows files from elsewhere. */
interface Source {
  readonly index: number;
  readonly mount: RunMount & { readonly type: "bind" | "cache" };
  readonly origin: Origin;
}

/** RUN: a process whose changes are the layer. */
export async function layeredRun(job: Job, placed: PlacedStep, operation: RunOperation, state: StageState): Promise<Layered> {
  const { step } = placed;
  const sources = await openSources(job, operation);
  const env = environment(operation);
  const { args, cwd, user, network, security, files } = operation;
  const what = { args, cwd, user, network: network ?? job.request.network, security, files, mounts: operation.mounts.map(mountKey), hosts: job.request.extraHosts };
  const identities = sources.map(({ origin }) => origin.identity);
  const selections = new Map<number, Selected>();
  return {
    definition: identities.includes(null) ? null : cacheKey("run", state.parent, env, what, identities),
    async inputs() {
      for (const { index, mount, origin } of sources) selections.set(index, await selectSource(origin, mount, job));
      const digests = [...selections.values()].map(({ digest }) => digest);
      return {
        key: cacheKey("run-content", state.parent, env, what, digests),
        inputs: { parent: state.parent, base: state.base, text: step.text, args: hashValues(step.arguments), env: hashValues(env), operation: operationHash(what), files: digests },
        manifest: selections.size === 0 ? null : [...selections.values()].map(({ manifest }) => manifest).join(""),
      };
    },
    async make(layer) {
      const paths = new Map<number, string>();
      for (const source of sources) paths.set(source.index, await sourcePath(job, layer, source, selections.get(source.index)!));
      const { exitCode, cpuMs, root } = await job.dependencies.runner.run({
        parent: state.snapshot, operation, sources: paths, cacheOrigins: cacheOrigins(sources, selections), network: networkOf(job, operation), extraHosts: job.request.extraHosts, limits: job.request.limits,
        secrets: job.request.secrets, ssh: job.request.ssh, latestTime: job.latestTime,
        onOutput: outputSink(job, placed.info.number),
      }, { signal: job.signal });
      if (exitCode !== 0) {
        await job.failed(placed.info, root);
        throw failure(placed, operation, exitCode);
      }
      const { bytes } = await root.commit(layer, { signal: job.signal });
      return { snapshot: layer, size: bytes, cpuMs };
    },
  };
}

function failure({ info }: PlacedStep, { args }: RunOperation, exitCode: number): EngineError {
  const command = args.join(" ");
  const details: StepFailureDetails = { buildFailed: true, step: info.number, command, exitCode };
  return new EngineError("invalidArgument", `The command '${command}' returned a non-zero code: ${exitCode}`, { details: { ...details } });
}

function networkOf({ request }: Job, { network }: RunOperation): "default" | "none" | "host" {
  const name = network === undefined || network === "default" ? request.network : network;
  if (name === "none" || name === "host") return name;
  if (name === "default" || name === "bridge" || name === "") return "default";
  throw new EngineError("invalidArgument", `the network ${JSON.stringify(name)} cannot be used for a build: use default, none or host`);
}

/** The variables that count for the result. */
function environment({ env, uncachedEnv }: RunOperation): Record<string, string> {
  const pairs = env.map((entry) => [entry.slice(0, entry.indexOf("=")), entry.slice(entry.indexOf("=") + 1)] as const);
  return Object.fromEntries(pairs.filter(([name]) => !uncachedEnv.includes(name)));
}

/** What of a mount counts for the result; its files count by digest. */
function mountKey(mount: RunMount): unknown {
  switch (mount.type) {
    case "bind": return ["bind", mount.source, mount.target, mount.readWrite];
    case "cache": return ["cache", mount.id, mount.target, mount.readOnly, mount.sharing];
    case "tmpfs": return ["tmpfs", mount.target, mount.size ?? null];
    case "secret": return ["secret", mount.id, mount.target ?? null, mount.env ?? null, mount.required, mount.mode, mount.uid, mount.gid];
    case "ssh": return ["ssh", mount.id, mount.target, mount.required, mount.mode, mount.uid, mount.gid];
  }
}

/** What new caches are filled from: another origin makes another cache. */
function cacheOrigins(sources: readonly Source[], selections: ReadonlyMap<number, Selected>): ReadonlyMap<number, string> {
  const caches = sources.filter(({ mount }) => mount.type === "cache");
  return new Map(caches.map(({ index, origin }) => [index, origin.identity ?? selections.get(index)!.digest]));
}

/** Opens where bind mounts and what fills new caches come from. */
async function openSources(job: Job, { mounts }: RunOperation): Promise<Source[]> {
  const found: Source[] = [];
  for (const [index, mount] of mounts.entries()) {
    if ((mount.type === "bind" || mount.type === "cache") && mount.from !== undefined) found.push({ index, mount, origin: await job.origins.open(mount.from, { signal: job.signal }) });
  }
  return found;
}

function selectSource({ tree }: Origin, mount: Source["mount"], job: Job): Promise<Selected> {
  return tree.select({ pattern: mount.source === "" ? "/" : mount.source, excludes: [], parents: false }, { signal: job.signal });
}

/**
 * Where a mount's files lie. Root file systems are shown where they are mounted; of a context, a copy is made that holds what the ignore rules leave
 * and cannot change while the process runs.
 */
async function sourcePath(job: Job, layer: string, { index, mount, origin }: Source, selected: Selected): Promise<string> {
  if (origin.directory !== null) return resolveInRoot(origin.directory, mount.source);
  const directory = join(job.directory, `bind-${layer.slice("build:".length)}-${index}`);
  await mkdir(directory, { recursive: true });
  const name = selected.isDirectory ? "/" : "/file";
  await copyInto(job.dependencies.workers, {
    selected: [selected], destination: name, lowerDirectories: [], directory, owner: { uid: 0, gid: 0 }, chmod: undefined, userNamespace: job.dependencies.userNamespace, latestTime: undefined, unpack: [false],
  }, { signal: job.signal });
  return selected.isDirectory ? directory : join(directory, "file");
}

/** Decodes output as it comes, whole characters at a time. */
function outputSink(job: Job, step: number): (stream: "stdout" | "stderr", data: Uint8Array) => void {
  const decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
  return (stream, data) => {
    const text = decoders[stream].decode(data, { stream: true });
    if (text !== "") job.emit({ type: "stepOutput", step, stream, text });
  };
}
