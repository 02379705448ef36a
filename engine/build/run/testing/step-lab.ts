import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { IoOptions } from "../../../base/abort.ts";
import type { SnapshotKey } from "../../../base/ids.ts";
import type { RunMount, RunOperation } from "../../../dockerfile/plan/steps.ts";
import { BridgeNetworks } from "../../../networks/bridge-networks.ts";
import { listLinks } from "../../../networks/links.ts";
import { OciRuntime } from "../../../runtime/oci-runtime.ts";
import { makeBusyboxRoot, taskLeftovers } from "../../../runtime/testing/busybox-root.ts";
import { OverlaySnapshotter } from "../../../snapshots/overlay-snapshotter.ts";
import { Database } from "../../../store/database.ts";
import { inUserNamespace } from "../../../sys/identity.ts";
import { MS, mount, mountsBelow, unmount } from "../../../sys/mount.ts";
import { NetlinkSocket } from "../../../sys/netlink.ts";
import { WorkerPool } from "../../../sys/workers.ts";
import { LocalCacheMounts } from "../cache-mounts.ts";
import type { RunRequest, RunResult, StepRoot } from "../run.ts";
import { ProcessStepRunner } from "../step-runner.ts";

/** What a test says about a step; the rest is as a Dockerfile without options has it. */
export type StepRequest = Partial<Omit<RunRequest, "operation" | "onOutput">> & Partial<Omit<RunOperation, "type">> & {
  /** For `sh -c`. */
  readonly script?: string;
  readonly onOutput?: RunRequest["onOutput"];
};

export interface StepOutput {
  readonly stdout: string;
  readonly stderr: string;
}

/** A step runner on real parts in a directory of its own, with a busybox root as its base. */
export class StepLab {
  readonly directory: string;
  readonly root: string;
  readonly run: string;
  readonly runner: ProcessStepRunner;
  readonly cacheMounts: LocalCacheMounts;
  readonly snapshots: OverlaySnapshotter;
  readonly networks: BridgeNetworks;
  readonly runtime: OciRuntime;
  readonly workers: WorkerPool;
  readonly database: Database;
  /** A committed snapshot of busybox, /etc/passwd and /etc/group. */
  readonly base = "base" as SnapshotKey;
  /** What the runner reported that nobody waited for. */
  readonly errors: string[];
  readonly #roots: StepRoot[] = [];

  private constructor(directory: string, parts: Pick<StepLab, "runner" | "cacheMounts" | "snapshots" | "networks" | "runtime" | "workers" | "database" | "errors">) {
    this.directory = directory;
    [this.root, this.run] = [join(directory, "root"), join(directory, "run")];
    this.runner = parts.runner;
    this.cacheMounts = parts.cacheMounts;
    this.snapshots = parts.snapshots;
    this.networks = parts.networks;
    this.runtime = parts.runtime;
    this.workers = parts.workers;
    this.database = parts.database;
    this.errors = parts.errors;
  }

  /** @param directory of a lab before, whose state is taken over as a new engine does it */
  static async open(options: { readonly directory?: string; readonly runtime?: "runc" | "crun" | undefined } = {}): Promise<StepLab> {
    const directory = options.directory ?? mkdtempSync("/var/tmp/slipway-steps-");
    const [root, run] = [join(directory, "root"), join(directory, "run")];
    for (const path of [root, run]) mkdirSync(path, { recursive: true });
    // As strict as /run of most machines.
    if (options.directory === undefined) mount("tmpfs", run, "tmpfs", MS.NOSUID | MS.NODEV | MS.NOEXEC, "mode=711");
    const database = Database.open(join(root, "engine.db"));
    const workers = new WorkerPool();
    const snapshots = new OverlaySnapshotter({ root, database, userNamespace: inUserNamespace(), workers });
    const runtime = await OciRuntime.open({ run, runtime: options.runtime });
    const networks = BridgeNetworks.open({ root, run, database });
    const cacheMounts = await LocalCacheMounts.open({ root, workers });
    const errors: string[] = [];
    const runner = new ProcessStepRunner({ root, run, runtime, snapshots, networks, workers, cacheMounts, onError: (what, error) => void errors.push(`${what}: ${String(error)}`) });
    await snapshots.recover();
    await networks.recover(new Set());
    await runner.recover();
    const lab = new StepLab(directory, { runner, cacheMounts, snapshots, networks, runtime, workers, database, errors });
    if (!snapshots.has(lab.base)) await lab.layer(lab.base, null, fillBase);
    return lab;
  }

  /** Makes a committed snapshot. */
  async layer(key: string, parent: SnapshotKey | null, fill: (directory: string) => void): Promise<SnapshotKey> {
    const draft = await this.snapshots.draft();
    fill(draft.directory);
    await draft.commit(key as SnapshotKey, parent, 0);
    return key as SnapshotKey;
  }

  request({ script, onOutput = () => {}, ...step }: StepRequest): RunRequest {
    const { args, env = ["PATH=/bin"], uncachedEnv = [], cwd = "/", user = "", mounts = [], security = "sandbox", files = [], network = "none", ...request } = step;
    const operation: RunOperation = { type: "run", args: args ?? ["/bin/sh", "-c", script ?? "true"], env, uncachedEnv, cwd, user, mounts, network: undefined, security, files };
    return { parent: this.base, sources: new Map(), extraHosts: [], limits: {}, secrets: new Map(), ssh: new Map(), latestTime: undefined, ...request, operation, network, onOutput };
  }

  async start(step: StepRequest, options: IoOptions = {}): Promise<RunResult> {
    const result = await this.runner.run(this.request(step), options);
    this.#roots.push(result.root);
    return result;
  }

  /** Runs a step, with its output; the root is still to be ended. */
  async output(step: StepRequest, options: IoOptions = {}): Promise<RunResult & StepOutput> {
    const parts = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] };
    const result = await this.start({ ...step, onOutput: (stream, data) => void parts[stream].push(data) }, options);
    return { ...result, stdout: Buffer.concat(parts.stdout).toString(), stderr: Buffer.concat(parts.stderr).toString() };
  }

  /** Runs a step that is to succeed, and gives up its root: what it said. */
  async say(step: StepRequest): Promise<string> {
    const { exitCode, stdout, stderr, root } = await this.output(step);
    await root[Symbol.asyncDispose]();
    if (exitCode !== 0) throw new Error(`exit code ${exitCode}: ${stdout}${stderr}`);
    return stdout;
  }

  /** Names in the layer that a step makes, sorted, directories with a slash. */
  async layerOf(step: StepRequest): Promise<string[]> {
    const { root, exitCode, stderr } = await this.output(step);
    if (exitCode !== 0) throw new Error(`exit code ${exitCode}: ${stderr}`);
    const key = `layer-${Math.random()}` as SnapshotKey;
    await root.commit(key);
    const [directory] = this.snapshots.layerDirectories(key);
    return readdirSync(directory!, { recursive: true, withFileTypes: true }).map((entry) => `${join(entry.parentPath, entry.name).slice(directory!.length)}${entry.isDirectory() ? "/" : ""}`).sort();
  }

  /** Everything that steps have left on this machine. The kernel removes devices a moment after their network namespace: to be polled. */
  leftovers(): string[] {
    using netlink = new NetlinkSocket();
    const links = listLinks(netlink);
    const bridge = links.find(({ alias }) => alias === `slipway ${this.root}`);
    const names = (path: string): string[] => {
      try {
        return readdirSync(path).map((name) => `${path}/${name}`);
      } catch {
        return [];
      }
    };
    const cgroups = readFileSync("/proc/self/mountinfo", "utf8").split("\n").filter((line) => / - cgroup2? /.test(line)).flatMap((line) => names(`${line.split(" ")[4]}/slipway`));
    return [
      ...taskLeftovers(this.run),
      ...mountsBelow(this.directory).filter(({ target }) => target !== this.run).map(({ target }) => `mount ${target}`),
      ...this.processes().map((pid) => `process ${pid}`),
      ...["steps", "netns"].flatMap((name) => names(join(this.run, name))),
      ...names(join(this.root, "build", "steps")),
      ...names(join(this.root, "build", "cache-mounts")).filter((path) => path.includes("/.")),
      ...this.snapshots.list().filter(({ kind }) => kind === "active").map(({ key }) => `snapshot ${key}`),
      ...this.cacheMounts.list().filter(({ inUse }) => inUse).map(({ key }) => `cache in use ${key}`),
      ...cgroups.filter((path) => seenTasks.has(path.slice(path.lastIndexOf("/") + 1))),
      ...links.filter(({ master }) => bridge !== undefined && master === bridge.index).map(({ name }) => `link ${name}`),
      ...this.errors,
    ];
  }

  /** After each test: what steps made is gone. Roots that a failed test kept end here, so that the next one starts afresh. */
  async expectNothingLeft(): Promise<void> {
    // Measurements use the lab outside of tests.
    const { expect } = await import("vitest");
    try {
      await expect.poll(() => this.leftovers(), { timeout: 20_000 }).toEqual([]);
    } finally {
      for (const root of this.#roots.splice(0)) await root[Symbol.asyncDispose]();
      this.errors.length = 0;
    }
  }

  /** Processes that have to do with this lab: conmon, the runtime, what they started. */
  processes(): string[] {
    for (const name of readdirSync(join(this.run, "tasks"))) seenTasks.add(name);
    return readdirSync("/proc").filter((pid) => {
      if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return false;
      try {
        const root = readFileSync(`/proc/${pid}/mountinfo`, "utf8").split("\n").find((line) => line.split(" ")[4] === "/");
        return root?.includes(this.directory) === true || readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(this.run);
      } catch {
        return false;
      }
    });
  }

  /** Ends the lab as an engine that stops; its files stay with `keep`. */
  async close({ keep = false } = {}): Promise<void> {
    await this.runner.close();
    await this.runtime.close();
    await this.networks.close({ removeAll: true });
    await this.workers[Symbol.asyncDispose]();
    this.database[Symbol.dispose]();
    if (!keep) removeLab(this.directory);
  }
}

/** Removes a closed lab's files; fine when they are gone. */
export function removeLab(directory: string): void {
  for (const { target } of mountsBelow(directory)) unmount(target, { detach: true });
  rmSync(directory, { recursive: true, force: true });
}

/** Ids of all tasks that any look at leftovers has met: cgroups are shared with other engines. */
const seenTasks = new Set<string>();

function fillBase(directory: string): void {
  makeBusyboxRoot(directory);
  writeFileSync(join(directory, "etc/passwd"), "root:x:0:0:root:/root:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/sh\n");
  writeFileSync(join(directory, "etc/group"), "root:x:0:\nalice:x:1000:\nstaff:x:50:alice\n");
}

/** Mounts as a Dockerfile without their options has them. */
export const mountOf = {
  bind: (target: string, more: { readonly readWrite?: boolean } = {}): RunMount => ({ type: "bind", from: { type: "context" }, source: "/", target, readWrite: false, ...more }),
  cache: (target: string, more: Partial<RunMount & { type: "cache" }> = {}): RunMount => ({ type: "cache", id: target, target, readOnly: false, sharing: "shared", from: undefined, source: "", mode: 0o755, uid: 0, gid: 0, ...more }),
  tmpfs: (target: string, size?: number): RunMount => ({ type: "tmpfs", target, size }),
  secret: (id: string, more: Partial<RunMount & { type: "secret" }> = {}): RunMount => ({ type: "secret", id, target: `/run/secrets/${id}`, env: undefined, required: false, mode: 0o400, uid: 0, gid: 0, ...more }),
  ssh: (more: Partial<RunMount & { type: "ssh" }> = {}): RunMount => ({ type: "ssh", id: "default", target: "/run/buildkit/ssh_agent.0", required: false, mode: 0o600, uid: 0, gid: 0, ...more }),
};
