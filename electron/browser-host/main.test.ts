/** The browser host as a process: its one line, its flags, its window, its end. */
import { spawn } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";

const MAIN = fileURLToPath(new URL("./main.ts", import.meta.url));
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "slipway-host-"));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

function start(args: string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [MAIN, "--socket", join(folder, "none.sock"), ...args], {
    env: { PATH: process.env["PATH"], HOME: folder, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said = { out: "", err: "" };
  child.stdout.on("data", (data: Buffer) => (said.out += data.toString()));
  child.stderr.on("data", (data: Buffer) => (said.err += data.toString()));
  const exit = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
  return { child, said, exit };
}

it("prints one line with its address, another on SIGUSR2, and ends cleanly on SIGTERM", async () => {
  const { child, said, exit } = start(["--no-open"]);
  await expect.poll(() => said.out, { timeout: 10_000 }).toMatch(/^Slipway is at http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]{43}\n$/);
  child.kill("SIGUSR2");
  await expect.poll(() => said.out.split("\n").length).toBe(3);
  expect(new Set(said.out.trim().split("\n")).size).toBe(2);
  child.kill("SIGTERM");
  expect(await exit).toBe(0);
  expect(said.err).toBe("");
});

it("opens a window where there is a display, with a link of its own, and ends when it is closed", async () => {
  const path = join(folder, "bin");
  await mkdir(path);
  await writeFile(join(path, "chromium"), `#!/bin/sh\necho "$@" > ${folder}/arguments\nsleep 0.5\n`);
  await chmod(join(path, "chromium"), 0o755);
  const { said, exit } = start([], { DISPLAY: ":99", PATH: `${path}:/usr/bin:/bin` });
  expect(await exit).toBe(0);
  expect(said.out).toContain("The window was closed.");
  const flags = await readFile(join(folder, "arguments"), "utf8");
  const link = /--app=(http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]+)/.exec(flags)?.[1] ?? "";
  expect(link).not.toBe("");
  expect(said.out).not.toContain(link);
  expect(flags).toContain(`--user-data-dir=${folder}/.local/share/slipway/browser`);
});

it("opens none without a display", async () => {
  const { child, said, exit } = start([], { PATH: `${folder}/bin:/usr/bin:/bin` });
  await expect.poll(() => said.out, { timeout: 10_000 }).toContain("Slipway is at");
  child.kill("SIGINT");
  expect(await exit).toBe(0);
});

it("says what is wrong with its flags, without a stack", async () => {
  for (const [args, words] of [
    [["--port", "99999"], "--port must be a number from 0 to 65535"],
    [["--bogus"], "--bogus"],
    [["--socket", "nonsense"], '"nonsense" is not an engine address'],
  ] as const) {
    const { said, exit } = start([...args]);
    expect(await exit).toBe(1);
    expect(said.err).toContain(words);
    expect(said.err).not.toMatch(/\n\s+at /);
  }
});

it("says that a port is taken", async () => {
  const first = start(["--no-open"]);
  await expect.poll(() => first.said.out, { timeout: 10_000 }).toContain("Slipway is at");
  const port = /:(\d+)\//.exec(first.said.out)?.[1] ?? "";
  const second = start(["--no-open", "--port", port]);
  expect(await second.exit).toBe(1);
  expect(second.said.err).toContain(`Port ${port} is in use`);
  first.child.kill("SIGTERM");
  await first.exit;
});
