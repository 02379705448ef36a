import { closeSync, constants, existsSync, openSync, readdirSync, readFileSync, rmdirSync, writeSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { EngineError, isSystemError } from "../../base/errors.ts";
import { sleep } from "../../base/abort.ts";
import type { CgroupLayout, Controller } from "./layout.ts";

/** The cgroups of containers: reads and writes cgroupfs directly, which is far cheaper than a runtime process. */
export class Cgroups {
  readonly layout: CgroupLayout;
  /** The list of processes of our own cgroup. */
  readonly #own: string | undefined;

  constructor(layout: CgroupLayout) {
    this.layout = layout;
    this.#own = ownProcesses(layout);
  }

  /** The specification's `cgroupsPath` of a container; undefined where no cgroup can be made. */
  path(id: string): string | undefined {
    return this.layout.parent === null ? undefined : join(this.layout.parent, id);
  }

  /** The directory of a container's cgroup that has `controller`'s files; undefined when there is none. */
  directory(id: string, controller: Controller | "cpuacct" | "unified"): string | undefined {
    const path = this.path(id);
    if (path === undefined) return undefined;
    const mount = this.layout.mounts.get(this.layout.version === 2 ? "unified" : controller);
    return mount === undefined ? undefined : join(mount, path);
  }

  /**
   * Makes the next processes that are put into a cgroup soon not wait for it. The kernel lets the first such move wait until all processors
   * have passed a quiet state, 10 to 25 ms, and those right after it not at all: moving ourselves to where we are already is such a first one.
   */
  warm(): void {
    if (this.layout.parent !== null && this.#own !== undefined) void writeFile(this.#own, "0").catch(() => {});
  }

  /** Pids in the container's cgroup and the cgroups below it; undefined when the container has none. */
  processes(id: string): number[] | undefined {
    const top = this.#anyDirectory(id);
    if (top === undefined) return undefined;
    const pids: number[] = [];
    const visit = (directory: string): void => {
      const listed = readOptional(join(directory, "cgroup.procs"));
      if (listed === undefined) return;
      for (const line of listed.split("\n")) if (line !== "" && line !== "0") pids.push(Number(line));
      for (const child of subdirectories(directory)) visit(join(directory, child));
    };
    visit(top);
    return pids;
  }

  /** Whether containers' cgroups have the control file `file`: the parent has the same ones. */
  offers(controller: Controller, file: string): boolean {
    const directory = this.directory("", controller);
    return directory !== undefined && existsSync(join(directory, file));
  }

  /** Sends `signal` to every process of the container. @returns false when it has no cgroup */
  signalAll(id: string, signal: number): boolean {
    const unified = this.layout.version === 2 ? this.directory(id, "unified") : undefined;
    if (signal === 9 && unified !== undefined && writeOptional(join(unified, "cgroup.kill"), "1")) return true;
    const pids = this.processes(id);
    if (pids === undefined) return false;
    for (const pid of pids) {
      try {
        process.kill(pid, signal);
      } catch (error) {
        if (!isSystemError(error, "ESRCH")) throw error;
      }
    }
    return true;
  }

  /** Whether the container is frozen, or (version 1) about to be: a signal makes it `FREEZING` for a moment. */
  isFrozen(id: string): boolean {
    return ["FROZEN", "FREEZING"].includes(this.#freezerState(id));
  }

  #freezerState(id: string): string {
    const directory = this.directory(id, "freezer");
    if (directory === undefined) return "THAWED";
    if (this.layout.version === 1) return readOptional(join(directory, "freezer.state"))?.trim() ?? "THAWED";
    return /^frozen 1$/m.test(readOptional(join(directory, "cgroup.events")) ?? "") ? "FROZEN" : "THAWED";
  }

  /**
   * Freezes or thaws the container and waits until it is so.
   * @throws EngineError `notImplemented` without a freezer, `notFound`, `deadlineExceeded`
   */
  async freeze(id: string, frozen: boolean): Promise<void> {
    const directory = this.directory(id, "freezer");
    if (directory === undefined || !this.layout.controllers.has("freezer")) {
      throw new EngineError("notImplemented", "this host gives the engine no cgroup freezer, so containers cannot be paused; cgroup v2 with delegation offers one");
    }
    const v2 = this.layout.version === 2;
    const file = join(directory, v2 ? "cgroup.freeze" : "freezer.state");
    const wanted = frozen ? "FROZEN" : "THAWED";
    const value = v2 ? (frozen ? "1" : "0") : wanted;
    for (let round = 0; round < 200; round++) {
      // Version 1 may stay FREEZING when a process forks or executes just then, until it is thawed and asked again.
      if (!v2 && frozen && round % 20 === 19) writeOptional(file, "THAWED");
      if (!writeOptional(file, value)) throw new EngineError("notFound", `the cgroup of container ${id} is gone`);
      if (this.#freezerState(id) === wanted) return;
      await sleep(round < 10 ? 1 : 10);
    }
    if (frozen) writeOptional(file, v2 ? "0" : "THAWED");
    throw new EngineError("deadlineExceeded", `container ${id} did not ${frozen ? "freeze" : "thaw"} within 2 seconds`);
  }

  /** How often the kernel killed in this cgroup for want of memory. */
  oomKills(id: string): number {
    const directory = this.directory(id, "memory");
    if (directory === undefined) return 0;
    const text = readOptional(join(directory, this.layout.version === 2 ? "memory.events" : "memory.oom_control")) ?? "";
    return Number(/^oom_kill (\d+)$/m.exec(text)?.[1] ?? 0);
  }

  /** Writes a control file. @returns false when the controller or the container's cgroup is absent */
  write(id: string, controller: Controller, file: string, value: string): boolean {
    const directory = this.directory(id, controller);
    return directory !== undefined && writeOptional(join(directory, file), value);
  }

  /** Reads a control file; undefined when absent. */
  read(id: string, controller: Controller | "cpuacct", file: string): string | undefined {
    const directory = this.directory(id, controller);
    return directory === undefined ? undefined : readOptional(join(directory, file));
  }

  /** Kills what is left in the container's cgroups and removes them. Idempotent. */
  async remove(id: string): Promise<void> {
    const path = this.path(id);
    if (path === undefined) return;
    const roots = new Set(this.layout.mounts.values());
    for (let round = 0; ; round++) {
      let busy = false;
      for (const root of roots) busy = !removeCgroup(join(root, path)) || busy;
      if (!busy) return;
      if (round === 0) this.signalAll(id, 9);
      if (round > 200) throw new EngineError("unavailable", `processes of container ${id} do not end: its cgroup ${path} stays`);
      await sleep(round < 20 ? 1 : 10);
    }
  }

  #anyDirectory(id: string): string | undefined {
    if (this.layout.version === 2) return this.directory(id, "unified");
    for (const controller of this.layout.controllers) return this.directory(id, controller);
    return undefined;
  }
}

function ownProcesses({ version, mounts }: CgroupLayout): string | undefined {
  const name = version === 2 ? "unified" : [...mounts.keys()].find((name) => name !== "unified");
  const mount = name === undefined ? undefined : mounts.get(name);
  if (name === undefined || mount === undefined) return undefined;
  for (const line of readFileSync("/proc/self/cgroup", "utf8").split("\n")) {
    const [, controllers = "", path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (path !== undefined && (version === 2 ? controllers === "" : controllers.split(",").includes(name))) return join(mount, path, "cgroup.procs");
  }
  return undefined;
}

/** Removes a cgroup and the ones below it; false when processes hold it. */
function removeCgroup(directory: string): boolean {
  try {
    rmdirSync(directory);
    return true;
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return true;
    if (!isSystemError(error, "EBUSY")) throw error;
  }
  for (const child of subdirectories(directory)) if (!removeCgroup(join(directory, child))) return false;
  try {
    rmdirSync(directory);
    return true;
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return true;
    if (isSystemError(error, "EBUSY")) return false;
    throw error;
  }
}

function subdirectories(directory: string): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ENODEV")) return [];
    throw error;
  }
}

function readOptional(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ENODEV", "EOPNOTSUPP")) return undefined;
    throw error;
  }
}

/** Writes without creating: in a cgroup that is gone no file may appear. */
function writeOptional(path: string, value: string): boolean {
  let fd: number;
  try {
    fd = openSync(path, constants.O_WRONLY);
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ENODEV", "EACCES")) return false;
    throw error;
  }
  try {
    writeSync(fd, value);
    return true;
  } catch (error) {
    if (isSystemError(error, "ENODEV")) return false;
    throw error;
  } finally {
    closeSync(fd);
  }
}
