/** What is asked of the `slipway` command, with the real one and on real files. */
import { appendFile, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Requirement } from "../ipc/contract/own-engine.ts";
import { followFile } from "./follow-file.ts";
import { parseCpu, parseMemory } from "./machine.ts";
import { createOwnEngine, oneCommand, spaceAt } from "./own-engine.ts";

const CLI = [process.execPath, join(fileURLToPath(new URL("../../engine", import.meta.url)), "cli/main.ts")];
const signal = new AbortController().signal;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "slipway-own-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("the slipway command", () => {
  it("answers what is required, and where the engine keeps its things", async () => {
    const own = createOwnEngine(CLI);
    const { all } = await own.requirements(signal);
    expect(all.find((one) => one.name === "conmon")).toMatchObject({ required: true, why: expect.stringContaining("output") as string });
    const facts = await own.facts(signal);
    expect(facts.root).toMatch(/^\//);
    expect(facts.log).toMatch(/engine\.log$/);
    expect(facts.totalBytes).toBeGreaterThan(0);
  });

  it("is reported when it fails", async () => {
    await expect(createOwnEngine([process.execPath, "/nowhere/slipway.mjs"]).requirements(signal)).rejects.toMatchObject({ code: "unavailable", message: "The command slipway doctor --json failed." });
  });
});

describe("one command that fixes everything", () => {
  const lacks = (name: string, fix: string | null, required = true): Requirement => ({ name, found: false, required, detail: "", why: "", fix });
  const apt = "sudo apt-get install -y --no-install-recommends";

  it("installs packages together and each once, then does the rest", () => {
    expect(oneCommand([lacks("a", `${apt} conmon`), lacks("b", `${apt} uidmap`), lacks("c", `${apt} conmon`), lacks("d", "sudo usermod --add-subuids 1-2 me"), { ...lacks("e", `${apt} x`), found: true }])).toBe(`${apt} conmon uidmap && sudo usermod --add-subuids 1-2 me`);
  });

  it("leaves out what is optional while something is required, for a distribution may lack it", () => {
    expect(oneCommand([lacks("a", `${apt} conmon`), lacks("b", `${apt} tini`, false)])).toBe(`${apt} conmon`);
    expect(oneCommand([lacks("b", `${apt} tini`, false)])).toBe(`${apt} tini`);
    expect(oneCommand([lacks("b", null)])).toBeNull();
  });
});

describe("a file that is followed", () => {
  it("shows its end, what is added, and begins again when it is replaced", async () => {
    const path = join(folder, "engine.log");
    const lines = Array.from({ length: 30_000 }, (_, index) => `line ${index} äöü\n`).join("");
    await writeFile(path, lines);
    const stop = new AbortController();
    let text = "";
    const begins: boolean[] = [];
    const reading = (async () => {
      for await (const event of followFile(path, stop.signal)) {
        if (event.type === "text") text += event.text;
        else {
          begins.push(event.cut);
          text = "";
        }
      }
    })();
    await expect.poll(() => text.endsWith("line 29999 äöü\n")).toBe(true);
    expect(text).toMatch(/^line \d+ äöü\n/);
    expect(lines.endsWith(text)).toBe(true);
    expect(text.length).toBeLessThan(300_000);
    await appendFile(path, "one more\n");
    await expect.poll(() => text.endsWith("one more\n")).toBe(true);
    await rename(path, `${path}.1`);
    await writeFile(path, "new\n");
    await expect.poll(() => text).toBe("new\n");
    expect(begins).toEqual([true, false]);
    stop.abort();
    await reading;
  });

  it("waits for a file that is not there yet", async () => {
    const path = join(folder, "late", "engine.log");
    const stop = new AbortController();
    let text = "";
    const reading = (async () => {
      for await (const event of followFile(path, stop.signal)) if (event.type === "text") text += event.text;
    })();
    await new Promise((resolve) => setTimeout(resolve, 50));
    await writeFile(path, "at last\n");
    await expect.poll(() => text).toBe("at last\n");
    stop.abort();
    await reading;
  });
});

it("reads the machine's own figures", async () => {
  expect(parseCpu("cpu  10 1 5 80 4 0 0 0 0 0\ncpu0 1 1 1 1\n")).toEqual({ busy: 16, total: 100 });
  expect(parseMemory("MemTotal:       1000 kB\nMemFree:  100 kB\nMemAvailable:    400 kB\n")).toEqual({ memoryUsedBytes: 600 * 1024, memoryTotalBytes: 1000 * 1024 });
  expect(await spaceAt(join(folder, "not", "there"))).toEqual({ free: expect.any(Number) as number, total: expect.any(Number) as number });
});
