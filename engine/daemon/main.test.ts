import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const MAIN = fileURLToPath(new URL("main.ts", import.meta.url));

function ping(socketPath: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request({ socketPath, path: "/_ping", agent: false }, (response) => resolve(response.resume().statusCode)).once("error", reject).end();
  });
}

it.skipIf(process.getuid?.() !== 0)("serves, and stops when told, after whoever read its output has gone", async () => {
  const folder = mkdtempSync(join(tmpdir(), "slipway-unread-"));
  const socket = join(folder, "engine.sock");
  const child = spawn(process.execPath, [MAIN, "--root", join(folder, "root"), "--run", join(folder, "run"), "--socket", socket, "--debug"], { stdio: ["ignore", "pipe", "pipe"] });
  try {
    await once(child.stdout, "data");
    child.stdout.destroy();
    child.stderr.destroy();
    // With --debug each of them is a line.
    for (let calls = 0; calls < 3; calls++) expect(await ping(socket)).toBe(200);
    child.kill("SIGTERM");
    expect((await once(child, "exit", { signal: AbortSignal.timeout(15_000) }))[0]).toBe(0);
  } finally {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  }
});
