import { describe, expect, it } from "vitest";
import { emptyQuery, type TextQuery } from "../../lib/text-query.ts";
import { LogBuffer } from "./buffer.ts";
import { LogMatches, withContext } from "./matches.ts";
import { answerScan, type LevelChoice } from "./scan.ts";
import { SlowExpression, WorkerScanner, type Scanner } from "./scanner.ts";

const at = (tick: number) => `2026-11-24T10:00:00.${String(tick).padStart(9, "0")}Z`;

/** Scans here, a turn later, as a thread would. */
function scanner(): Scanner & { asked: number } {
  return {
    asked: 0,
    async scan(query, parts) {
      this.asked++;
      await Promise.resolve();
      const answer = answerScan({ id: 1, type: "scan", query, parts });
      return "hits" in answer ? answer.hits : [];
    },
    marks: () => Promise.resolve([]),
    dispose: () => undefined,
  };
}

async function look(buffer: LogBuffer, query: Partial<TextQuery>, levels?: readonly LevelChoice[]): Promise<LogMatches> {
  const matches = new LogMatches({ query: { ...emptyQuery, ...query }, levels, timed: true }, buffer, scanner(), () => undefined);
  await settle(matches);
  return matches;
}

async function settle(matches: LogMatches): Promise<void> {
  matches.pump();
  while (matches.busy) await new Promise((resolve) => setTimeout(resolve, 1));
  await new Promise((resolve) => setTimeout(resolve, 1));
}

function filled(count: number, text: (line: number) => string): LogBuffer {
  const buffer = new LogBuffer();
  for (let line = 0; line < count; line++) buffer.add({ raw: `${at(line)} ${text(line)}`, flags: 0, owner: 0 });
  return buffer;
}

describe("matches in a log", () => {
  it("are found without times and colours, in the whole buffer, in order", async () => {
    const buffer = filled(30_000, (line) => (line % 10_000 === 7 ? "a \x1b[31mNee\x1b[0mdle" : "hay 2026x"));
    expect((await look(buffer, { text: "needle" })).matches).toEqual([7, 10_007, 20_007]);
    expect((await look(buffer, { text: "needle", matchCase: true })).matches).toEqual([]);
    expect((await look(buffer, { text: "10:00" })).matches).toEqual([]);
    expect((await look(buffer, { text: "^a n.*e$", regex: true })).matches).toEqual([7, 10_007, 20_007]);
    expect((await look(buffer, { text: "eedle", word: true })).matches).toEqual([]);
    expect((await look(buffer, { text: "(", regex: true })).matches).toEqual([]);
  });

  it("are found in what comes later, at either end", async () => {
    const buffer = filled(100, (line) => (line === 50 ? "needle" : "hay"));
    const matches = await look(buffer, { text: "needle" });
    buffer.add({ raw: `${at(200)} needle`, flags: 0, owner: 0 });
    buffer.prepend([{ raw: `${at(0)} needle`, flags: 0, owner: 0 }, { raw: `${at(0)} hay`, flags: 0, owner: 0 }]);
    await settle(matches);
    expect(matches.matches).toEqual([-2, 50, 100]);
    expect(matches.after(51)).toBe(2);
    expect(matches.after(101)).toBe(0);
  });

  it("move with their lines when one is put between them", async () => {
    const buffer = filled(100, (line) => (line % 10 === 0 ? "needle" : "hay"));
    const matches = await look(buffer, { text: "needle" });
    buffer.addByTime({ raw: `${at(84)} x`, flags: 0, owner: 0 });
    await settle(matches);
    expect(matches.matches).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 80, 91]);
  });

  it("go with the lines that are left out", async () => {
    const buffer = new LogBuffer({ lines: 3000, bytes: 1e9 });
    const add = (from: number, to: number) => { for (let line = from; line < to; line++) buffer.add({ raw: `${at(line)} ${line % 500 === 0 ? "needle" : "hay"}`, flags: 0, owner: 0 }); };
    add(0, 2000);
    const matches = await look(buffer, { text: "needle" });
    add(2000, 5000);
    await settle(matches);
    expect(matches.matches).toEqual([2500, 3000, 3500, 4000, 4500].filter((number) => number >= buffer.first));
    expect(matches.takeSame()).toBe(0);
    expect(matches.takeSame()).toBe(matches.matches.length);
  });

  it("are narrowed by level", async () => {
    const buffer = filled(60, (line) => (line % 20 === 0 ? "ERROR boom" : line % 20 === 1 ? '{"level":"warn"}' : "boom"));
    expect((await look(buffer, {}, ["error"])).matches).toEqual([0, 20, 40]);
    expect((await look(buffer, {}, ["error", "warn"])).matches).toEqual([0, 1, 20, 21, 40, 41]);
    expect((await look(buffer, { text: "boom" }, ["other"])).matches).toHaveLength(54);
  });

  it("with context take lines around each once, and none that is not there", () => {
    expect(withContext([3, 5, 20], 2, 2, 22)).toEqual([2, 3, 4, 5, 6, 7, 18, 19, 20, 21]);
    expect(withContext([3, 5], 0, 0, 9)).toEqual([3, 5]);
  });
});

describe("the scanner's thread", () => {
  it("is ended when an expression takes too long, and another one takes over", async () => {
    const ended: string[] = [];
    let made = 0;
    const start = () => {
      const name = `worker ${++made}`;
      const worker = { onmessage: undefined as ((event: { data: unknown }) => void) | undefined, terminate: () => ended.push(name), postMessage(request: Parameters<typeof answerScan>[0]) { if (made > 1) queueMicrotask(() => this.onmessage?.({ data: answerScan(request) })); } };
      return worker as unknown as Worker;
    };
    const threads = new WorkerScanner(start, 20);
    const { signal } = new AbortController();
    await expect(threads.marks({ ...emptyQuery, text: "a" }, ["a"], signal)).rejects.toBeInstanceOf(SlowExpression);
    expect(ended).toEqual(["worker 1"]);
    expect(await threads.marks({ ...emptyQuery, text: "a" }, ["banana"], signal)).toEqual([[1, 2, 3, 4, 5, 6]]);
    threads.dispose();
    expect(ended).toEqual(["worker 1", "worker 2"]);
  });
});
