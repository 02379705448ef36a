import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LogBuffer, type LogChunk } from "./buffer.ts";
import { LogSearch } from "./search.ts";

const at = (second: number) => `2026-11-23T10:00:${String(second % 60).padStart(2, "0")}.000000000Z`;
const chunk = (text: string, more: Partial<LogChunk> = {}): LogChunk => ({ source: "stdout", text, ...more });

describe("the log buffer", () => {
  it("leaves what looks like a time in the text where lines have none", () => {
    const buffer = new LogBuffer(undefined, false);
    buffer.append([chunk(`${at(1)} one`)]);
    expect(buffer.line(0)).toEqual({ time: "", text: `${at(1)} one`, source: "stdout" });
    const found: number[] = [];
    buffer.find("2026", 0, 1, found);
    expect(found).toEqual([0]);
  });
  it("keeps lines with their time and source", () => {
    const buffer = new LogBuffer();
    buffer.append([chunk(`${at(1)} one\n${at(2)} two`), chunk(`${at(3)} bad`, { source: "stderr" })]);
    expect([0, 1, 2].map((number) => buffer.line(number))).toEqual([
      { time: at(1), text: "one", source: "stdout" },
      { time: at(2), text: "two", source: "stdout" },
      { time: at(3), text: "bad", source: "stderr" },
    ]);
    expect(buffer.lastTime).toBe(at(3));
  });

  it("goes on with a line that had not ended, per source", () => {
    const buffer = new LogBuffer();
    buffer.append([chunk(`${at(1)} Pass`, { partial: true }), chunk(`${at(1)} e`, { source: "stderr" })]);
    buffer.append([chunk("word:", { partial: true }), chunk(" ok")]);
    expect(buffer.count).toBe(2);
    expect(buffer.line(0)?.text).toBe("Password: ok");
  });

  it("leaves out what it already has when the stream begins again", () => {
    const buffer = new LogBuffer();
    buffer.append([chunk(`${at(1)} one\n${at(2)} two`)]);
    buffer.continueAfterLast();
    buffer.append([chunk(`${at(1)} one\n${at(2)} two\n${at(3)} three`)]);
    expect([0, 1, 2, 3].map((number) => buffer.line(number)?.text)).toEqual(["one", "two", "three", undefined]);
  });

  it("is bounded: old lines go, numbers stay", () => {
    const buffer = new LogBuffer({ lines: 5000, chars: 1e9 });
    for (let round = 0; round < 20; round++) buffer.append([chunk(Array.from({ length: 1000 }, (_, line) => `line ${round * 1000 + line}`).join("\n"))]);
    expect(buffer.end).toBe(20_000);
    expect(buffer.count).toBeLessThanOrEqual(5000);
    expect(buffer.count).toBeGreaterThan(3500);
    expect(buffer.line(buffer.first)?.text).toBe(`line ${buffer.first}`);
    expect(buffer.line(buffer.first - 1)).toBeUndefined();
    expect(buffer.line(19_999)?.text).toBe("line 19999");
  });

  it("finds rows and lines back from each other, wrapped or not", () => {
    fc.assert(fc.property(fc.array(fc.nat(200), { minLength: 1, maxLength: 3000 }), fc.constantFrom(0, 20, 37, 100), fc.nat(), (lengths, columns, pick) => {
      const buffer = new LogBuffer();
      buffer.append([chunk(lengths.map((length) => "x".repeat(length)).join("\n"))]);
      const number = pick % lengths.length;
      const row = buffer.rowOf(number, columns);
      expect(buffer.lineAtRow(row, columns)).toEqual({ number, row });
      expect(buffer.rowOf(number + 1, columns) - row).toBe(columns === 0 ? 1 : Math.max(1, Math.ceil((lengths[number] ?? 0) / columns)));
    }), { numRuns: 60 });
  });

  it("counts columns without escape sequences", () => {
    const buffer = new LogBuffer();
    buffer.append([chunk(`\x1b[31m${"x".repeat(30)}\x1b[0m`)]);
    expect(buffer.widest).toBe(30);
    expect(buffer.heightOf(0, 30)).toBe(1);
  });

  it("is searched without times and colours, also while it grows", () => {
    const buffer = new LogBuffer();
    buffer.append([chunk(Array.from({ length: 3000 }, (_, line) => `${at(line)} ${line % 1000 === 7 ? "a \x1b[31mNee\x1b[0mdle" : "hay 2026x"}`).join("\n"))]);
    const search = new LogSearch("needle", buffer);
    while (search.step(buffer));
    expect(search.matches).toEqual([7, 1007, 2007]);
    buffer.append([chunk("needle")]);
    search.step(buffer);
    expect(search.matches.at(-1)).toBe(3000);
    expect(search.after(8)).toBe(1);
    expect(search.after(9999)).toBe(0);
    const times = new LogSearch("10:00", buffer);
    while (times.step(buffer));
    expect(times.matches).toEqual([]);
  });
});
