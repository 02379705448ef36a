/** Chromium as the browser host opens it, looked at through its debugging port alone: nothing that a tool would add runs in the page. */
import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { WebSocket } from "ws";
import { tempDir, waitFor } from "../../e2e/fixtures/exec.ts";
import { CHROMIUM_FLAGS, findChromium } from "../../e2e/harness/desktop.ts";
import { chromiumProcesses } from "./processes.ts";

export interface DevtoolsWindow extends AsyncDisposable {
  /** The value of an expression in the page, awaited. */
  evaluate<T>(expression: string): Promise<T>;
  /** A command to the page. */
  send(method: string, params?: object): Promise<Record<string, unknown>>;
  /** Puts another tab before this one, which hides it, or this one before the other. */
  show(visible: boolean): Promise<void>;
  /** The process that shows our page. */
  renderer(): Promise<number>;
}

/** Opens an address in a new Chromium with a profile of its own. */
export async function openDevtools(url: string): Promise<DevtoolsWindow> {
  const profile = await tempDir("window");
  const flags = ["--headless=new", "--remote-debugging-port=0", `--user-data-dir=${profile.path}`, "--window-size=1280,800", "--no-first-run", "--no-default-browser-check", "--enable-precise-memory-info"];
  const browser = spawn(findChromium() ?? "chromium", [...CHROMIUM_FLAGS, ...flags, url], { stdio: "ignore", env: { ...process.env, HOME: profile.path } });
  const exited = new Promise<void>((done) => browser.once("exit", () => done()));
  const [port, path] = await waitFor("Chromium's port", async () => {
    const lines = (await readFile(join(profile.path, "DevToolsActivePort"), "utf8")).split("\n");
    return lines.length > 1 ? lines : undefined;
  }, 60_000, 5);
  const connection = await connect(`ws://127.0.0.1:${port}${path}`);
  const page = await waitFor("the page", async () => (await connection.targets()).find((target) => target.type === "page")?.targetId, 30_000, 5);
  const session = (await connection.send("Target.attachToTarget", { targetId: page, flatten: true }))["sessionId"] as string;
  let cover: string | undefined;
  return {
    send: (method, params) => connection.send(method, params, session),
    async evaluate<T>(expression: string): Promise<T> {
      const answer = await connection.send("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true }, session);
      const thrown = answer["exceptionDetails"] as { exception?: { description?: string }; text?: string } | undefined;
      if (thrown) throw new Error(`in the page: ${thrown.exception?.description ?? thrown.text ?? "an error"}`);
      return (answer["result"] as { value: T }).value;
    },
    async show(visible) {
      if (cover === undefined) cover = (await connection.send("Target.createTarget", { url: "about:blank" }))["targetId"] as string;
      await connection.send("Target.activateTarget", { targetId: visible ? page : cover });
    },
    async renderer() {
      const now = await chromiumProcesses(browser.pid!, "renderer");
      const sizes = await Promise.all(now.map(async (pid) => ({ pid, size: Number((await readFile(`/proc/${pid}/statm`, "utf8")).split(" ")[1]) })));
      // A spare one, which Chromium keeps for the next page, is the smaller.
      const largest = sizes.toSorted((a, b) => b.size - a.size)[0];
      if (!largest) throw new Error("Chromium has no renderer");
      return largest.pid;
    },
    async [Symbol.asyncDispose]() {
      await connection.send("Browser.close").catch(() => undefined);
      browser.kill();
      await exited;
      connection.close();
      await profile[Symbol.asyncDispose]();
    },
  };
}

interface Connection {
  send(method: string, params?: object, session?: string): Promise<Record<string, unknown>>;
  targets(): Promise<{ type: string; targetId: string }[]>;
  close(): void;
}

async function connect(address: string): Promise<Connection> {
  const socket = new WebSocket(address, { perMessageDeflate: false });
  await new Promise<void>((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
  });
  const waiting = new Map<number, { resolve(result: Record<string, unknown>): void; reject(error: Error): void }>();
  let last = 0;
  socket.on("message", (data: Buffer) => {
    const message = JSON.parse(data.toString()) as { id?: number; result?: Record<string, unknown>; error?: { message: string } };
    const call = waiting.get(message.id ?? 0);
    waiting.delete(message.id ?? 0);
    if (message.error) call?.reject(new Error(message.error.message));
    else call?.resolve(message.result ?? {});
  });
  socket.on("close", () => {
    for (const call of waiting.values()) call.reject(new Error("Chromium hung up"));
  });
  const send: Connection["send"] = (method, params = {}, session) =>
    new Promise((resolve, reject) => {
      const id = ++last;
      waiting.set(id, { resolve, reject });
      socket.send(JSON.stringify({ id, method, params, ...(session !== undefined && { sessionId: session }) }));
    });
  return {
    send,
    targets: async () => (await send("Target.getTargets"))["targetInfos"] as { type: string; targetId: string }[],
    close: () => socket.close(),
  };
}
