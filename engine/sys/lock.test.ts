import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { tmpdir } from "node:os";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isEngineError } from "../base/errors.ts";
import { acquireLock, lockHolder } from "./lock.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "slipway-lock-"));
  path = join(folder, "engine.lock");
});
afterEach(() => rmSync(folder, { recursive: true }));

test("a second holder is refused and told the first one's pid", () => {
  using _lock = acquireLock(path);
  expect(lockHolder(path)).toBe(process.pid);
  try {
    acquireLock(path);
    expect.unreachable();
  } catch (error) {
    expect(isEngineError(error, "conflict") && error.details["pid"]).toBe(process.pid);
  }
});

test("disposing gives the lock back", () => {
  acquireLock(path)[Symbol.dispose]();
  expect(lockHolder(path)).toBeUndefined();
  acquireLock(path)[Symbol.dispose]();
});

test("nobody holds a file that does not exist", () => {
  expect(lockHolder(path)).toBeUndefined();
});

test("the lock ends with kill -9, also when the holder's child lives on", async () => {
  const source = `
    const { acquireLock } = await import(${JSON.stringify(new URL("./lock.ts", import.meta.url).href)});
    const { spawn } = await import("node:child_process");
    globalThis.lock = acquireLock(process.argv[1]);
    const child = spawn("sleep", ["60"], { detached: true, stdio: "ignore" });
    console.log(child.pid);
    setInterval(() => {}, 1000);`;
  const holder = spawn(process.execPath, ["--input-type=module", "-e", source, path], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(holder.stdout, "data") as [Buffer];
  const child = Number(line.toString());
  try {
    expect(lockHolder(path)).toBe(holder.pid);
    expect(() => acquireLock(path)).toThrow(String(holder.pid));
    holder.kill("SIGKILL");
    await once(holder, "close");
    expect(lockHolder(path)).toBeUndefined();
    acquireLock(path)[Symbol.dispose]();
  } finally {
    process.kill(child, "SIGKILL");
  }
});
