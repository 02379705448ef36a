import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { DirectFile } from "./direct-file.ts";

async function directory(parent: string): Promise<string> {
  const path = await mkdtemp(join(parent, "direct-"));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
}

test.each([tmpdir(), "/dev/shm"])("writes exactly what it is given, in %s", async (parent) => {
  const path = join(await directory(parent), "file");
  const bytes = Buffer.from(Uint8Array.from({ length: 3_500_001 }, (_, i) => (i * 7919) >>> 3));
  for (const [size, step] of [[0, 1], [1, 1], [4096, 4096], [1 << 20, 65_536], [bytes.length, 65_521], [bytes.length, bytes.length]] as const) {
    const file = await DirectFile.open(path);
    for (let at = 0; at < size; at += step) await file.write(bytes.subarray(at, Math.min(at + step, size)));
    expect(file.size).toBe(size);
    await file.close();
    expect((await readFile(path)).equals(bytes.subarray(0, size))).toBe(true);
  }
});

test("continues after the longest whole part", async () => {
  const path = join(await directory(tmpdir()), "file");
  await writeFile(path, Buffer.alloc(10_000, "a"));
  const offset = DirectFile.resumable(10_000);
  expect(offset).toBe(8192);
  const file = await DirectFile.open(path, offset);
  await file.write(Buffer.from("b"));
  await file.close();
  expect((await readFile(path)).toString()).toBe(`${"a".repeat(8192)}b`);
});
