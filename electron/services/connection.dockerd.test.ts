/** Supervision of our own engine, with a dockerd in its part and a script in the part of the `slipway` command. */
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TestDaemon } from "../testing/dockerd.ts";
import { startDockerd } from "../testing/dockerd.ts";
import { unixEndpoint } from "../testing/window.ts";
import { EngineConnection } from "./connection.ts";
import type { ConnectionSignal } from "./connection.ts";
import type { EngineProcess } from "./engine-process.ts";
import { createEngineProcess } from "./engine-process.ts";

let daemon: TestDaemon;
let folder: string;

beforeAll(async () => {
  daemon = await startDockerd();
  folder = await mkdtemp(join(tmpdir(), "slipway-connection-"));
});

afterAll(async () => {
  await daemon?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

function watch(connection: EngineConnection): string[] {
  const seen: string[] = [];
  connection.listeners.add((signal: ConnectionSignal) => {
    if (signal.type === "status") seen.push(signal.status.state);
    if (signal.type === "resync") seen.push(signal.reason);
  });
  return seen;
}

async function script(name: string, body: string): Promise<string[]> {
  const path = join(folder, name);
  await writeFile(path, `#!/bin/sh\n${body}\n`);
  await chmod(path, 0o755);
  return [path];
}

describe("our own engine", () => {
  it("is started when it does not answer, and stays stopped when it was stopped, here or elsewhere", async () => {
    await daemon.stop();
    const engine: EngineProcess = { start: () => daemon.start(), stop: () => daemon.stop() };
    await using connection = new EngineConnection(unixEndpoint(daemon.socketPath, true), engine);
    const seen = watch(connection);
    connection.open();
    await expect.poll(() => seen, { timeout: 15_000 }).toEqual(["starting", "connected", "connected"]);

    await daemon.stop();
    await expect.poll(() => seen.slice(3), { timeout: 15_000 }).toEqual(["connecting", "stopped"]);
    await daemon.start();
    await expect.poll(() => seen.slice(5), { timeout: 15_000 }).toEqual(["connected", "reconnected"]);

    expect(await connection.stop()).toMatchObject({ state: "stopped" });
    expect(await connection.start()).toMatchObject({ state: "connected" });
    expect((await connection.restart()).state).toBe("connected");
  });

  it("that cannot be started says why, once", async () => {
    const command = await script("broken", 'echo "checking" >&2\necho "slipway: runc is missing: apt-get install runc" >&2\nexit 1');
    await using connection = new EngineConnection(unixEndpoint(join(folder, "none.sock"), true), createEngineProcess(command));
    const seen = watch(connection);
    const status = await connection.start();
    expect(status).toMatchObject({ state: "failed", error: { code: "unavailable", message: "The engine could not be started: runc is missing: apt-get install runc" } });
    expect(status.error?.cause).toContain("checking");
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(seen).toEqual(["starting", "failed"]);
    expect((await connection.start()).state).toBe("failed");
  });

  it("that dies again and again is given up", async () => {
    let starts = 0;
    const engine: EngineProcess = { start: async () => void starts++, stop: async () => undefined };
    await using connection = new EngineConnection(unixEndpoint(join(folder, "none.sock"), true), engine);
    expect((await connection.start()).state).toBe("failed");
    expect(starts).toBe(3);
    expect(connection.status.error?.message).toContain("3 times within a minute");
  });

  it("waits for no engine that leaves its pipes to a child", async () => {
    const command = await script("background", "sleep 30 &\necho $! > " + join(folder, "sleeper") + "\necho listening");
    const before = Date.now();
    await createEngineProcess(command).start(new AbortController().signal);
    expect(Date.now() - before).toBeLessThan(5000);
    const { readFile } = await import("node:fs/promises");
    process.kill(Number(await readFile(join(folder, "sleeper"), "utf8")));
  });
});

describe("any other daemon", () => {
  it("is never stopped", async () => {
    await using connection = new EngineConnection(unixEndpoint(daemon.socketPath), createEngineProcess(["/bin/false"]));
    await expect(connection.stop()).rejects.toMatchObject({ code: "forbidden" });
  });

  it("that is not there is tried with growing pauses", async () => {
    await using connection = new EngineConnection(unixEndpoint(join(folder, "none.sock")), createEngineProcess(["/bin/false"]));
    const pauses: number[] = [];
    connection.listeners.add((signal) => {
      if (signal.type === "status" && signal.status.retryAt !== undefined) pauses.push(signal.status.retryAt - Date.now());
    });
    connection.open();
    await expect.poll(() => pauses.length, { timeout: 5000 }).toBe(3);
    expect(pauses[2]).toBeGreaterThan((pauses[0] ?? 0) * 2);
    expect(connection.status).toMatchObject({ state: "connecting", error: { code: "unavailable", hints: [{ type: "engineDown", managed: false }] } });
  });

  it("that ends its events at once is not asked in a loop", async () => {
    let asked = 0;
    const server = createServer((request, response) => {
      if (request.url?.includes("/version") === true) response.end(JSON.stringify({ Version: "1", ApiVersion: "1.41", Os: "linux", Arch: "amd64" }));
      else {
        asked++;
        response.end("");
      }
    });
    const socketPath = join(folder, "short.sock");
    await new Promise<void>((resolve) => server.listen(socketPath, resolve));
    await using connection = new EngineConnection(unixEndpoint(socketPath), createEngineProcess(["/bin/false"]));
    connection.open();
    await new Promise((resolve) => setTimeout(resolve, 1200));
    expect(asked).toBeLessThan(5);
    server.close();
    server.closeAllConnections();
  });
});
