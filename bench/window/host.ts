/** The browser host as `npm start` runs it, on an engine of its own. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { startEngine } from "../../e2e/fixtures/engines.ts";
import type { TestEngine } from "../../e2e/fixtures/engines.ts";
import { startRegistry } from "../../e2e/fixtures/registry.ts";
import { CHECKOUT } from "../../e2e/harness/build.ts";
import { makeHome } from "../../e2e/harness/desktop.ts";
import { pushBusybox } from "../images.ts";

export interface BenchHost extends AsyncDisposable {
  readonly pid: number;
  /** Address of the window, good for one opening. */
  readonly link: string;
  /** Moments of `performance.now()`: when the process was started, when it had printed its link. */
  readonly spawned: number;
  readonly listening: number;
}

/** Starts the host and waits for its link. */
export async function startHost(socket: string): Promise<BenchHost> {
  const home = await makeHome();
  const spawned = performance.now();
  const host = spawn(process.execPath, [join(CHECKOUT, "dist/browser-host/main.cjs"), "--socket", socket, "--no-open", "--host-only"], {
    cwd: CHECKOUT,
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, NODE_COMPILE_CACHE: join(CHECKOUT, ".cache/compiled"), HOME: home.path, XDG_CONFIG_HOME: join(home.path, "config") },
  });
  const exited = new Promise<void>((done) => host.once("exit", () => done()));
  const link = await new Promise<string>((resolve, reject) => {
    let text = "";
    host.stdout.on("data", (data: Buffer) => {
      text += data.toString();
      const found = /https?:\/\/\S+/.exec(text)?.[0];
      if (found) resolve(found);
    });
    void exited.then(() => reject(new Error(`the browser host ended: ${text}`)));
  });
  const listening = performance.now();
  return {
    pid: host.pid!, link, spawned, listening,
    async [Symbol.asyncDispose]() {
      host.kill("SIGTERM");
      await exited;
      await home[Symbol.asyncDispose]();
    },
  };
}

export interface Stage extends AsyncDisposable {
  readonly engine: TestEngine;
  /** `HOST/busybox:latest`, which the engine has. */
  readonly busybox: string;
}

/** Our engine, built, as root, with an image to run. */
export async function startStage(): Promise<Stage> {
  const stack = new AsyncDisposableStack();
  try {
    const registry = stack.use(await startRegistry());
    await pushBusybox(registry.url);
    const engine = stack.use(await startEngine("ours-rootful", { built: true }));
    const busybox = `${registry.host}/busybox:latest`;
    await engine.docker.ok("pull", "-q", busybox);
    return { engine, busybox, [Symbol.asyncDispose]: () => stack.disposeAsync() };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}
