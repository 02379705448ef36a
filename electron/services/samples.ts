/** Writes the sample project: the files of assets/samples, and a root file system of this machine's busybox with the libraries it needs. */
import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { access, cp, mkdir, rename, rm, symlink } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { SampleProject } from "../ipc/contract/samples.ts";
import { ipcError } from "./ipc-error.ts";

const run = promisify(execFile);
const SAMPLE = fileURLToPath(new URL("../../assets/samples/hello", import.meta.url));
/** Where systems keep it that do not have it on the path. */
const MORE_PLACES = ["/bin", "/usr/bin", "/sbin", "/usr/sbin", "/usr/lib/initramfs-tools/bin"];

export interface Samples {
  prepare(): Promise<SampleProject>;
}

export function createSamples(env: NodeJS.ProcessEnv = process.env): Samples {
  return {
    async prepare() {
      const busybox = await findBusybox(env);
      const data = env["XDG_DATA_HOME"];
      const path = join(data?.startsWith("/") === true ? data : join(env["HOME"] ?? homedir(), ".local/share"), "slipway", "samples", "hello");
      const draft = `${path}.${process.pid}.new`;
      await rm(draft, { recursive: true, force: true });
      try {
        await mkdir(dirname(draft), { recursive: true });
        await cp(SAMPLE, draft, { recursive: true });
        await copyProgram(busybox, join(draft, "rootfs"), "/bin/busybox");
        // RUN needs a shell before anything could make one.
        await symlink("busybox", join(draft, "rootfs/bin/sh"));
        await rm(path, { recursive: true, force: true });
        await rename(draft, path);
      } finally {
        await rm(draft, { recursive: true, force: true });
      }
      return { path, tag: "slipway-sample:latest", name: "slipway-sample", containerPort: 8080 };
    },
  };
}

/** The first busybox that has a shell and a web server: those that systems start with may lack them. @throws IpcError `unavailable` */
async function findBusybox(env: NodeJS.ProcessEnv): Promise<string> {
  const folders = [...(env["PATH"] ?? "").split(delimiter).filter((folder) => folder.startsWith("/")), ...MORE_PLACES];
  let lesser: string | undefined;
  for (const folder of folders) {
    const path = join(folder, "busybox");
    if (!(await access(path, constants.X_OK).then(() => true, () => false))) continue;
    const applets = await run(path, ["--list"]).then(({ stdout }) => stdout.split("\n"), (): string[] => []);
    if (applets.includes("httpd") && applets.includes("sh")) return path;
    lesser ??= path;
  }
  const problem = lesser === undefined ? "The sample is made of busybox, which is not on this machine." : `The sample is made of busybox, and ${lesser} has no web server.`;
  throw ipcError("unavailable", problem, { details: { command: await installLine() } });
}

async function installLine(): Promise<string> {
  const has = (program: string): Promise<boolean> => access(`/usr/bin/${program}`).then(() => true, () => false);
  if (await has("dnf")) return "sudo dnf install -y busybox";
  return (await has("pacman")) ? "sudo pacman -S --needed busybox" : "sudo apt-get install -y --no-install-recommends busybox";
}

/** Copies a program to `target` below `root`, and each library that ldd(1) lists to its own place there. A static one needs none. */
async function copyProgram(program: string, root: string, target: string): Promise<void> {
  const { stdout } = await run("ldd", [program]).catch(() => ({ stdout: "" }));
  const libraries = [...stdout.matchAll(/(?:=> )?(\/[^\s()]+) \(0x/g)].map((match) => match[1] ?? "");
  for (const [from, to] of [[program, target], ...libraries.map((path) => [path, path])] as [string, string][]) {
    await mkdir(dirname(join(root, to)), { recursive: true });
    await cp(from, join(root, to), { dereference: true });
  }
}
