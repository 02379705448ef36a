/** What the connection does when our engine is stopped, here or elsewhere, and when it crashes: with a server in the engine's part. */
import { mkdtemp, rename, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import type { EngineState } from "../ipc/contract/engine.ts";
import { unixEndpoint } from "../testing/window.ts";
import { EngineConnection } from "./connection.ts";
import type { EngineProcess } from "./engine-process.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "slipway-connection-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** Answers as an engine does, and is gone in the middle of its events when it is stopped, some time before its process has ended. */
class Engine implements EngineProcess {
  readonly socket = join(folder, "engine.sock");
  starts = 0;
  running = 0;
  private server: Server | undefined;

  async start(): Promise<void> {
    this.starts++;
    this.running++;
    this.server = createServer((request, response) => {
      if (request.url?.includes("/events") === true) response.writeHead(200, { "Content-Type": "application/json" }).write("\n");
      else response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify({ Version: "1.0.0", ApiVersion: "1.47", Os: "linux", Arch: "amd64" }));
    });
    await new Promise<void>((done) => this.server?.listen(`${this.socket}.new`, done));
    // Node removes what it made, under the name it made it by: so it is this class that removes the socket, or not.
    await rename(`${this.socket}.new`, this.socket);
  }

  async stop(): Promise<void> {
    await rm(this.socket);
    await this.crash();
    await new Promise((done) => setTimeout(done, 300));
  }

  /** Leaves its socket behind. */
  async crash(): Promise<void> {
    const { server } = this;
    this.running--;
    server?.closeAllConnections();
    await new Promise((done) => server?.close(done));
  }
}

/** Resolves when the connection has reached a state. */
function reached(connection: EngineConnection, state: EngineState): Promise<unknown> {
  return vi.waitUntil(() => connection.status.state === state, { timeout: 10_000, interval: 5 });
}

it("does not start an engine that is being stopped, and one that is started again is started once", async () => {
  const engine = new Engine();
  await using connection = new EngineConnection(unixEndpoint(engine.socket, true), engine);
  expect(await connection.start()).toMatchObject({ state: "connected" });
  expect(await connection.stop()).toMatchObject({ state: "stopped" });
  expect(engine).toMatchObject({ starts: 1, running: 0 });
  expect(await connection.start()).toMatchObject({ state: "connected" });
  expect(await connection.restart()).toMatchObject({ state: "connected" });
  expect(engine).toMatchObject({ starts: 3, running: 1 });
  await connection.stop();
});

it("lets an engine be that was stopped elsewhere, and is there when it is started elsewhere", async () => {
  const engine = new Engine();
  await using connection = new EngineConnection(unixEndpoint(engine.socket, true), engine);
  await connection.start();
  for (let round = 0; round < 3; round++) {
    await engine.stop();
    await reached(connection, "stopped");
    await new Promise((done) => setTimeout(done, 300));
    expect(connection.status.state).toBe("stopped");
    expect(engine).toMatchObject({ running: 0, starts: 1 + round });
    await engine.start();
    await reached(connection, "connected");
  }
  await engine.stop();
  await reached(connection, "stopped");
  expect(await connection.start()).toMatchObject({ state: "connected" });
  // Stopped here, started elsewhere.
  expect(await connection.stop()).toMatchObject({ state: "stopped" });
  await engine.start();
  await reached(connection, "connected");
  await connection.stop();
});

it("starts an engine again that crashed, and after three crashes waits for somebody to do it", async () => {
  const engine = new Engine();
  await using connection = new EngineConnection(unixEndpoint(engine.socket, true), engine);
  await engine.start();
  await connection.start();
  for (let crashes = 1; crashes <= 3; crashes++) {
    await engine.crash();
    await vi.waitUntil(() => engine.starts === 1 + crashes, { timeout: 10_000 });
    await reached(connection, "connected");
  }
  await engine.crash();
  await reached(connection, "failed");
  expect(engine).toMatchObject({ running: 0, starts: 4 });
  await engine.start();
  await reached(connection, "connected");
  await connection.stop();
});
