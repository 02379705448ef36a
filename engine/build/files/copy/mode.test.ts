import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { parseModeChange } from "./mode.ts";

const apply = (text: string, mode: number, isDirectory = false): string => parseModeChange(text).apply(mode, isDirectory).toString(8);

test("octal sets everything", () => {
  expect(apply("755", 0o600)).toBe("755");
  expect(apply("04750", 0)).toBe("4750");
});

test("changes", () => {
  expect(apply("u+x", 0o644)).toBe("744");
  expect(apply("+x", 0o644)).toBe("755");
  expect(apply("a=rX", 0o640)).toBe("444");
  expect(apply("a=rX", 0o640, true)).toBe("555");
  expect(apply("go-w,u+s", 0o777)).toBe("4755");
  expect(apply("g=u,o=", 0o741)).toBe("770");
  expect(apply("u=rw+x", 0)).toBe("700");
  expect(apply("+t", 0o755, true)).toBe("1755");
  expect(parseModeChange(undefined).apply(0o1234, true)).toBe(0o1234);
});

test("nonsense has a sentence", () => {
  for (const text of ["999", "77777", "u+q", "x", "u", "u+x,", "0x1ff", "-1", "u~x", "7 5"]) expect(() => parseModeChange(text), text).toThrow(expect.objectContaining({ code: "invalidArgument" }) as Error);
});

test("changes as chmod(1) makes them", () => {
  const scratch = mkdtempSync(join(tmpdir(), "slipway-mode-"));
  const clause = fc.tuple(fc.constantFrom("", "u", "g", "o", "a", "ug", "go", "uo"), fc.constantFrom("+", "-", "="), fc.oneof(fc.constantFrom("u", "g", "o"), fc.subarray(["r", "w", "x", "X", "s", "t"]).map((letters) => letters.join("")))).map((parts) => parts.join(""));
  const text = fc.array(clause, { minLength: 1, maxLength: 3 }).map((clauses) => clauses.join(","));
  try {
    writeFileSync(join(scratch, "file"), "");
    mkdirSync(join(scratch, "dir"));
    fc.assert(fc.property(text, fc.integer({ min: 0, max: 0o7777 }), fc.boolean(), (change, mode, isDirectory) => {
      const path = join(scratch, isDirectory ? "dir" : "file");
      chmodSync(path, mode);
      execFileSync("sh", ["-c", 'umask 0; exec chmod -- "$1" "$2"', "sh", change, path]);
      expect(`${change} ${apply(change, mode, isDirectory)}`).toBe(`${change} ${(statSync(path).mode & 0o7777).toString(8)}`);
    }), { numRuns: 150 });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
});
