import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe } from "vitest";
import { OciRuntime } from "./oci-runtime.ts";
import { findProgram } from "./programs.ts";
import { runtimeSuite } from "./runtime.suite.ts";
import { makeBusyboxRoot, taskLeftovers } from "./testing/busybox-root.ts";

const installed = (["crun", "runc"] as const).filter((name) => findProgram(name) !== undefined);

describe.each(installed)("OciRuntime over %s", (name) => {
  const directory = mkdtempSync(join(tmpdir(), "slipway-runtime-"));
  const run = join(directory, "run");
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  runtimeSuite(async () => {
    const rootfs = join(directory, "rootfs");
    const scratch = join(directory, "scratch");
    for (const path of [run, scratch]) mkdirSync(path);
    makeBusyboxRoot(rootfs);
    const program = join(directory, "other-engine.mjs");
    writeFileSync(program, OTHER_ENGINE);
    return {
      runtime: await OciRuntime.open({ run, runtime: name }),
      rootfs,
      scratch,
      leftovers: () => [...taskLeftovers(run), ...cgroupsOf(run)],
      reopen: () => OciRuntime.open({ run, runtime: name }),
      otherEngine: (id, mode) => ({ file: process.execPath, args: [program, fileURLToPath(new URL("oci-runtime.ts", import.meta.url)), run, rootfs, id, mode, name] }),
    };
  });

  const seen = new Set<string>();
  /** Cgroups that tests of this run directory made: those of ids that were ever tasks here. */
  function cgroupsOf(runDirectory: string): string[] {
    for (const name of readdirSync(join(runDirectory, "tasks"))) seen.add(name);
    return ["/sys/fs/cgroup/pids/slipway", "/sys/fs/cgroup/memory/slipway", "/sys/fs/cgroup/slipway"].flatMap((parent) => {
      try {
        return readdirSync(parent).filter((name) => seen.has(name)).map((name) => `${parent}/${name}`);
      } catch {
        return [];
      }
    });
  }
});

const OTHER_ENGINE = `
const [module, run, rootfs, id, mode, name] = process.argv.slice(2);
const { OciRuntime } = await import(module);
const runtime = await OciRuntime.open({ run, runtime: name });
const args = mode === "exits" ? ["/bin/sh", "-c", "sleep 0.2; exit 12"] : mode === "created" ? ["/bin/true"] : ["/bin/sleep", "1000"];
const spec = {
  ociVersion: "1.0.2", root: { path: rootfs, readonly: false }, mounts: [{ destination: "/proc", type: "proc", source: "proc" }],
  process: { terminal: false, user: { uid: 0, gid: 0 }, args, env: ["PATH=/bin"], cwd: "/" },
  linux: { namespaces: [{ type: "pid" }, { type: "mount" }, { type: "ipc" }, { type: "uts" }] },
};
await runtime.create({ id, spec, logPath: null, tty: false, openStdin: false, stdinOnce: false });
if (mode !== "created") await runtime.start(id);
console.log("ready");
setInterval(() => {}, 1000);
`;
