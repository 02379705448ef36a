import { appendFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { sleep } from "../base/abort.ts";
import { WorkerPool } from "../sys/workers.ts";
import { newId } from "../base/ids.ts";
import type { ContainerId } from "../base/ids.ts";
import { FileLogs } from "./file-logs.ts";
import { entryTime } from "./frames.ts";
import type { LogQuery, LogSearch, LogSearchEvent } from "./logs.ts";

const ALL: LogQuery = { follow: false, tail: null, sinceNs: null, untilNs: null, stdout: true, stderr: true, timestamps: false, framing: "raw" };
const START = 1_700_000_000_000_000_000n;

interface Entry { readonly at: bigint; readonly stream: "stdout" | "stderr"; readonly full: boolean; readonly text: string }

const encode = ({ at, stream, full, text }: Entry): string => `${entryTime(at).toString()} ${stream} ${full ? "F" : "P"} ${text}\n`;
const line = (text: string, second = 0, stream: Entry["stream"] = "stdout"): string => encode({ at: START + BigInt(second) * 1_000_000_000n, stream, full: true, text });

describe("FileLogs", () => {
  const workers = new WorkerPool({ threads: 1 });
  afterAll(() => workers[Symbol.asyncDispose]());
  let root: string;
  let logs: FileLogs;
  let id: ContainerId;
  let path: string;

  beforeEach(async () => {
    root = mkdtempSync(join(tmpdir(), "slipway-logs-"));
    id = newId<ContainerId>();
    // What conmon does when it is asked: a new file in place of the renamed one.
    logs = new FileLogs({ root, workers, reopen: () => Promise.resolve(writeFileSync(path, "")) });
    path = (await logs.prepare(id, { driver: "json-file", maxSize: null, maxFile: 1 }))!;
  });
  afterEach(async () => {
    await logs.close();
    rmSync(root, { recursive: true, force: true });
  });

  async function read(query: Partial<LogQuery> = {}): Promise<string> {
    const parts: Uint8Array[] = [];
    for await (const part of logs.read(id, { ...ALL, ...query })) parts.push(part);
    return Buffer.concat(parts).toString();
  }

  it("joins parts of lines and tells streams apart", async () => {
    writeFileSync(path, encode({ at: START, stream: "stdout", full: false, text: "one " }) + line("err", 1, "stderr") + line("line", 2));
    expect(await read()).toBe("one err\nline\n");
    expect(await read({ stderr: false })).toBe("one line\n");
    expect(await read({ stdout: false })).toBe("err\n");
    expect(await read({ stderr: false, timestamps: true })).toBe("2023-11-14T22:13:20.000000000Z one line\n");
    expect(await read({ framing: "multiplexed", stdout: false })).toBe("\u0002\0\0\0\0\0\0\u0004err\n");
  });

  it("skips what is no entry", async () => {
    writeFileSync(path, `garbage\n\n${line("a")}${entryTime(START).toString()} st\n${line("b")}2023-`);
    expect(await read()).toBe("a\nb\n");
    await logs.prepare(id, { driver: "json-file", maxSize: null, maxFile: 1 });
    appendFileSync(path, line("c"));
    expect(await read()).toBe("a\nb\nc\n");
  });

  it("finds lines by count and by time as a plain filter would", async () => {
    const entry = fc.record({ at: fc.bigInt(0n, 50n), stream: fc.constantFrom("stdout" as const, "stderr" as const), full: fc.constant(true), text: fc.string({ unit: "grapheme-ascii", maxLength: 100 }) });
    await fc.assert(fc.asyncProperty(fc.array(entry, { maxLength: 60 }), fc.nat(70), fc.bigInt(-1n, 51n), fc.bigInt(-1n, 51n), async (entries, tail, since, until) => {
      const sorted = entries.map((e) => ({ ...e, at: START + e.at })).sort((a, b) => Number(a.at - b.at));
      writeFileSync(path, sorted.map(encode).join(""));
      const text = (list: readonly Entry[]): string => list.map((e) => `${e.text}\n`).join("");
      expect(await read({ tail })).toBe(text(sorted.slice(Math.max(0, sorted.length - tail))));
      expect(await read({ sinceNs: START + since })).toBe(text(sorted.filter(({ at }) => at >= START + since)));
      expect(await read({ untilNs: START + until })).toBe(text(sorted.filter(({ at }) => at <= START + until)));
    }), { numRuns: 150 });
  });

  it("pages backwards: a tail counted from until", async () => {
    const entry = fc.record({ at: fc.bigInt(0n, 20n), text: fc.string({ unit: "grapheme-ascii", maxLength: 40 }) });
    await fc.assert(fc.asyncProperty(fc.array(entry, { maxLength: 60 }), fc.nat(30), fc.bigInt(-1n, 21n), async (entries, tail, until) => {
      const sorted = entries.map((e) => ({ ...e, at: START + e.at, stream: "stdout" as const, full: true })).sort((a, b) => Number(a.at - b.at));
      writeFileSync(path, sorted.map(encode).join(""));
      const before = sorted.filter(({ at }) => at <= START + until);
      expect(await read({ tail, tailFrom: "until", untilNs: START + until })).toBe(before.slice(Math.max(0, before.length - tail)).map((e) => `${e.text}\n`).join(""));
    }), { numRuns: 100 });
  });

  const SEARCH: LogSearch = { text: "", regex: false, matchCase: false, word: false, stdout: true, stderr: true, sinceNs: null, untilNs: null, limit: 100 };
  async function search(query: Partial<LogSearch>): Promise<LogSearchEvent[]> {
    let text = "";
    for await (const part of logs.search(id, { ...SEARCH, ...query })) text += Buffer.from(part).toString();
    return text.split("\n").filter(Boolean).map((each) => JSON.parse(each) as LogSearchEvent);
  }
  const texts = (events: readonly LogSearchEvent[]): string[] => events.flatMap((event) => (event.type === "match" ? [event.text] : []));

  it("searches the whole log, newest first, as a plain filter would", async () => {
    const entry = fc.record({ stream: fc.constantFrom("stdout" as const, "stderr" as const), full: fc.boolean(), text: fc.string({ unit: fc.constantFrom("a", "B", "b", " ", "é"), maxLength: 12 }) });
    await fc.assert(fc.asyncProperty(fc.array(entry, { maxLength: 40 }), fc.constantFrom("a", "ab", "B a", "é"), fc.boolean(), fc.boolean(), async (entries, needle, matchCase, word) => {
      const list = entries.map((e, second) => ({ ...e, at: START + BigInt(second) }));
      writeFileSync(path, list.map(encode).join(""));
      const begun = { stdout: "", stderr: "" };
      const lines: string[] = [];
      for (const { stream, full, text } of list) {
        begun[stream] += text;
        if (full) lines.push(begun[stream]);
        if (full) begun[stream] = "";
      }
      const fits = (text: string): boolean => {
        const [hay, pin] = matchCase ? [text, needle] : [text.toLowerCase(), needle.toLowerCase()];
        for (let at = hay.indexOf(pin); at >= 0; at = hay.indexOf(pin, at + 1)) if (!word || (!/\w/.test(hay[at - 1] ?? "") && !/\w/.test(hay[at + pin.length] ?? ""))) return true;
        return false;
      };
      const found = await search({ text: needle, matchCase, word });
      expect(texts(found)).toEqual(lines.filter(fits).reverse());
      expect(found.at(-1)).toMatchObject({ type: "done", matches: lines.filter(fits).length });
    }), { numRuns: 100 });
  });

  it("searches across blocks, colours and parts, counts beyond its limit, and says where a line begins", async () => {
    const lines = Array.from({ length: 20_000 }, (_, i) => line(i % 5000 === 7 ? `a \x1b[31mNee\x1b[0mdle ${i}` : `hay ${i}`, i));
    writeFileSync(path, lines.join("") + encode({ at: START, stream: "stdout", full: false, text: "x".repeat(300_000) }) + line("needle last"));
    const found = await search({ text: "needle", limit: 2 });
    expect(texts(found)).toEqual(["x".repeat(4096), "a Needle 15007"]);
    expect(found.at(-1)).toMatchObject({ type: "done", matches: 5 });
    expect(found[1]).toMatchObject({ offset: Buffer.byteLength(lines.slice(0, 15_007).join("")), time: "2023-11-15T02:23:27.000000000Z" });
    expect(texts(await search({ text: "^hay 1234[0-2]$", regex: true }))).toEqual(["hay 12342", "hay 12341", "hay 12340"]);
    expect(texts(await search({ text: "needle", untilNs: START + 6000n * 1_000_000_000n }))).toEqual(["a Needle 5007", "a Needle 7"]);
    expect(() => logs.search(id, { ...SEARCH, text: "(", regex: true })).toThrow(/is not a regular expression/);
  });

  it("ends a search when told, also one that an expression keeps busy", async () => {
    writeFileSync(path, line(`${"a".repeat(40)}b`));
    const stop = new AbortController();
    const searching = (async () => { for await (const _ of logs.search(id, { ...SEARCH, text: "(a+)+$", regex: true }, { signal: stop.signal })); })();
    setTimeout(() => stop.abort(), 50);
    await expect(searching).rejects.toMatchObject({ code: "cancelled" });
  });

  it("reads long logs across blocks", async () => {
    const lines = Array.from({ length: 30_000 }, (_, i) => `line ${i} ${"x".repeat(i % 90)}`);
    writeFileSync(path, lines.map((text, i) => line(text, i)).join(""));
    expect(await read()).toBe(`${lines.join("\n")}\n`);
    for (const tail of [1, 9_999, 29_999, 30_000, 40_000]) expect(await read({ tail })).toBe(`${lines.slice(-tail).join("\n")}\n`);
    expect(await read({ sinceNs: START + 29_998n * 1_000_000_000n })).toBe(`${lines.slice(-2).join("\n")}\n`);
  });

  it("follows until the container has ended", async () => {
    writeFileSync(path, line("before"));
    logs.started(id);
    const followed = read({ follow: true });
    await sleep(30);
    appendFileSync(path, line("after"));
    await sleep(30);
    appendFileSync(path, line("last"));
    logs.ended(id);
    expect(await followed).toBe("before\nafter\nlast\n");
    expect(await read({ follow: true })).toBe("before\nafter\nlast\n");
  });

  it("stops following when told", async () => {
    logs.started(id);
    const stop = new AbortController();
    const followed = (async () => { for await (const _ of logs.read(id, { ...ALL, follow: true }, { signal: stop.signal })); })();
    setTimeout(() => stop.abort(), 20);
    await expect(followed).rejects.toMatchObject({ code: "cancelled" });
  });

  it("drops all lines when it is cleared, and loses a follower none that come after", async () => {
    logs.started(id);
    writeFileSync(path, line("before"));
    const seen: string[] = [];
    const following = (async () => {
      for await (const part of logs.read(id, { ...ALL, follow: true })) seen.push(Buffer.from(part).toString());
    })();
    await expect.poll(() => seen.join("")).toBe("before\n");
    expect(logs.files(id)).toEqual([path]);
    await logs.clear(id);
    expect(await read()).toBe("");
    appendFileSync(path, line("after"));
    await expect.poll(() => seen.join("")).toBe("before\nafter\n");
    logs.ended(id);
    await following;
    await logs.clear(id);
    expect(logs.files(id)).toEqual([]);
    expect(await read()).toBe("");
  });

  it("rotates by size, keeps the newest segments, and loses a follower no line", async () => {
    await logs.prepare(id, { driver: "json-file", maxSize: 400, maxFile: 3 });
    writeFileSync(path, "");
    logs.started(id);
    const followed = read({ follow: true });
    const lines = Array.from({ length: 40 }, (_, i) => `line ${i}`);
    for (const text of lines) {
      appendFileSync(path, line(text));
      await sleep(10);
    }
    await sleep(100);
    logs.ended(id);
    expect(await followed).toBe(`${lines.join("\n")}\n`);
    expect(readdirSync(join(root, "containers", id, "log")).filter((name) => /^\d+$/.test(name))).toHaveLength(2);
    const kept = await read();
    expect(kept.endsWith("line 39\n")).toBe(true);
    expect(kept.startsWith("line 0\n")).toBe(false);
    expect(await logs.size(id)).toBeGreaterThan(0);
  });

  it("keeps nothing for driver none, and forgets what is removed", async () => {
    expect(await logs.prepare(newId<ContainerId>(), { driver: "none", maxSize: null, maxFile: 1 })).toBeNull();
    writeFileSync(path, line("x"));
    await logs.remove(id);
    expect(await read()).toBe("");
    expect(await logs.size(id)).toBe(0);
  });
});
