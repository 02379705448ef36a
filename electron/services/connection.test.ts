/** What the connection does while our engine is being stopped: with a server in the engine's part. */
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
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
    await new Promise<void>((done) => this.server?.listen(this.socket, done));
  }

  async stop(): Promise<void> {
    const { server } = this;
    server?.closeAllConnections();
    await new Promise((done) => server?.close(done));
    await new Promise((done) => setTimeout(done, 300));
    this.running--;
  }
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
