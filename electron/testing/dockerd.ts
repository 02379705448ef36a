/** A real dockerd of our own for tests: no bridge, no firewall rules, nothing shared with another one on the machine. */
import { spawn, execFile } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile, cp } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { staticBusybox } from "../../e2e/fixtures/tools.ts";

const run = promisify(execFile);

/** The image that tests run: busybox on its own. */
export const TEST_IMAGE = "slipway-test/busybox:latest";

export interface TestDaemon extends AsyncDisposable {
  readonly socketPath: string;
  /** Ends the daemon as an operator would; `start` brings it back on the same socket and data. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** Starts dockerd with {@link TEST_IMAGE} loaded. Takes about two seconds. */
export async function startDockerd(): Promise<TestDaemon> {
  const folder = await mkdtemp(join(tmpdir(), "slipway-dockerd-"));
  const socketPath = join(folder, "docker.sock");
  let child: ChildProcess | undefined;

  async function start(): Promise<void> {
    child = spawn(
      "dockerd",
      [
        ...["--host", `unix://${socketPath}`, "--data-root", join(folder, "data"), "--exec-root", join(folder, "exec"), "--pidfile", join(folder, "dockerd.pid")],
        ...["--bridge", "none", "--iptables=false", "--ip6tables=false", "--ip-masq=false", "--ip-forward=false", "--storage-driver", "overlay2"],
      ],
      { stdio: ["ignore", "ignore", "pipe"] },
    );
    let log = "";
    child.stderr?.on("data", (data: Buffer) => (log = (log + data.toString()).slice(-4000)));
    const gone = new AbortController();
    child.once("exit", () => gone.abort());
    for (let attempt = 0; attempt < 300; attempt++) {
      if (await answers(socketPath)) return;
      if (gone.signal.aborted) break;
      await sleep(100);
    }
    throw new Error(`dockerd did not start:\n${log}`);
  }

  async function stop(): Promise<void> {
    const running = child;
    child = undefined;
    if (running === undefined || running.exitCode !== null) return;
    const exited = new Promise((resolve) => running.once("exit", resolve));
    running.kill("SIGTERM");
    await exited;
  }

  await start();
  await importBusybox(socketPath, folder);
  return {
    socketPath,
    start,
    stop,
    async [Symbol.asyncDispose]() {
      await docker(socketPath, "ps", "-aq").then(({ stdout }) => {
        const ids = stdout.split("\n").filter((id) => id !== "");
        return ids.length === 0 ? undefined : docker(socketPath, "rm", "-fv", ...ids);
      }).catch(() => undefined);
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The docker CLI on a socket. */
export function docker(socketPath: string, ...args: string[]): Promise<{ stdout: string; stderr: string }> {
  return run("docker", args, { env: { ...process.env, DOCKER_HOST: `unix://${socketPath}` }, maxBuffer: 64 * 1024 * 1024 });
}

/** Loads {@link TEST_IMAGE}; `folder` takes what it is made of. */
export async function importBusybox(socketPath: string, folder: string): Promise<void> {
  const context = join(folder, "context");
  await mkdir(join(context, "bin"), { recursive: true });
  await cp(staticBusybox(), join(context, "bin", "busybox"));
  await run("chroot", [context, "/bin/busybox", "--install", "-s", "/bin"]);
  await mkdir(join(context, "tmp"), { mode: 0o1777 });
  await mkdir(join(context, "etc"));
  await writeFile(join(context, "etc", "passwd"), "root:x:0:0:root:/root:/bin/sh\n");
  const archive = join(folder, "busybox.tar");
  await run("tar", ["-C", context, "-cf", archive, "."]);
  await docker(socketPath, "import", "--change", 'CMD ["/bin/sh"]', archive, TEST_IMAGE);
}

function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
