import { mkdtempSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { run } from "./processes.ts";
import { spreadDirectories } from "./spread.ts";

const EXT4 = 0xef53;
const TMPFS = 0x01021994;

async function flags(directory: string): Promise<string> {
  return (await run("lsattr", ["-d", directory])).stdout.split(" ")[0]!;
}

describe("spreadDirectories", () => {
  it("sets ext4's flag and keeps the others, any number of times", async () => {
    const directory = mkdtempSync(join(tmpdir(), "slipway-spread-"));
    try {
      const before = await flags(directory);
      spreadDirectories(directory);
      spreadDirectories(directory);
      const after = await flags(directory);
      expect(after.includes("T")).toBe(statfsSync(directory).type === EXT4);
      expect(after.replace("T", "-")).toBe(before);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it("is content with a file system that has no such flag", () => {
    expect(statfsSync("/dev/shm").type).toBe(TMPFS);
    const directory = mkdtempSync("/dev/shm/slipway-spread-");
    try {
      expect(() => spreadDirectories(directory)).not.toThrow();
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it("says that a directory is missing", () => {
    expect(() => spreadDirectories("/nope")).toThrow(/ENOENT/);
  });
});
