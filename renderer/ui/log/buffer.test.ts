import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LogBuffer, type LogChunk } from "./buffer.ts";
import { stderrFlag, type RawLine } from "./page.ts";

const at = (tick: number) => `2026-11-24T10:00:00.${String(tick).padStart(9, "0")}Z`;
const chunk = (text: string, more: Partial<LogChunk> = {}): LogChunk => ({ source: "stdout", text, ...more });
const raw = (tick: number, text = String(tick), owner = 0): RawLine => ({ raw: `${at(tick)} ${text}`, flags: 0, owner });
const texts = (buffer: LogBuffer) => Array.from({ length: buffer.count }, (_, index) => buffer.line(buffer.first + index)?.text);

describe("the log buffer", () => {
  it("leaves what looks like a time in the text where lines have none", () => {
    const buffer = new LogBuffer(undefined, false);
    buffer.append([chunk(`${at(1)} one`)]);
    expect(buffer.line(0)).toEqual({ time: "", text: `${at(1)} one`, source: "stdout", owner: 0, late: false });
  });

  it("keeps lines with their time, source and container", () => {
    const buffer = new LogBuffer();
    buffer.append([chunk(`${at(1)} one\n${at(2)} two`)]);
    buffer.add({ raw: `${at(3)} bad`, flags: stderrFlag, owner: 4 });
    expect([0, 1, 2].map((number) => buffer.line(number))).toEqual([
      { time: at(1), text: "one", source: "stdout", owner: 0, late: false },
      { time: at(2), text: "two", source: "stdout", owner: 0, late: false },
      { time: at(3), text: "bad", source: "stderr", owner: 4, late: false },
    ]);
    expect(buffer.lastTime).toBe(at(3));
  });

  it("goes on with a line that had not ended, per source", () => {
    const buffer = new LogBuffer();
    buffer.append([chunk(`${at(1)} Pass`, { partial: true }), chunk(`${at(1)} e`, { source: "stderr" })]);
    buffer.append([chunk("word:", { partial: true }), chunk(" ok")]);
    expect(texts(buffer)).toEqual(["Password: ok", "e"]);
  });

  it("is bounded: old lines go and it says so, numbers stay", () => {
    const buffer = new LogBuffer({ lines: 5000, bytes: 1e9 });
    for (let round = 0; round < 20; round++) buffer.append([chunk(Array.from({ length: 1000 }, (_, line) => `line ${round * 1000 + line}`).join("\n"))]);
    expect(buffer.end).toBe(20_000);
    expect(buffer.count).toBeLessThanOrEqual(5000);
    expect(buffer.count).toBeGreaterThan(3500);
    expect(buffer.lostOlder).toBe(true);
    expect(buffer.line(buffer.first)?.text).toBe(`line ${buffer.first}`);
    expect(buffer.line(buffer.first - 1)).toBeUndefined();
    expect(buffer.line(19_999)?.text).toBe("line 19999");
  });

  it("counts letters beyond Latin-1 twice, as they take two bytes", () => {
    const buffer = new LogBuffer({ lines: 1e9, bytes: 1e9 }, false);
    buffer.append([chunk(Array.from({ length: 2048 }, () => "日本語").join("\n"))]);
    expect(buffer.bytes).toBeGreaterThan(2048 * 3 + 1023 * 3);
  });

  it("takes older lines in front; what is too much goes at the end, and it says so", () => {
    const buffer = new LogBuffer({ lines: 4096, bytes: 1e9 });
    for (let tick = 5000; tick < 8000; tick++) buffer.add(raw(tick));
    const shifts: number[] = [];
    buffer.onShift((from) => shifts.push(from));
    buffer.prepend(Array.from({ length: 1500 }, (_, index) => raw(3500 + index)));
    expect(buffer.first).toBe(-1500);
    expect(texts(buffer)).toEqual(Array.from({ length: buffer.count }, (_, index) => String(3500 + index)));
    expect(buffer.count).toBeLessThanOrEqual(4096);
    expect(buffer.lostNewer).toBe(true);
    expect(shifts).toEqual([buffer.end]);
  });

  it("puts a line where its time says when that is near the end, else marks it late", () => {
    const buffer = new LogBuffer();
    for (let tick = 0; tick < 3000; tick += 2) buffer.add(raw(tick));
    const shifts: number[] = [];
    buffer.onShift((from) => shifts.push(from));
    expect(buffer.addByTime(raw(2901))).toBe(true);
    expect(buffer.line(1451)?.text).toBe("2901");
    expect(shifts).toEqual([1451]);
    expect(buffer.addByTime(raw(11))).toBe(false);
    expect(buffer.line(buffer.end - 1)).toMatchObject({ text: "11", late: true });
    expect(buffer.addByTime(raw(4000))).toBe(true);
    expect(buffer.lastTime).toBe(at(4000));
  });

  it("is in order of time whatever comes late by little", () => {
    fc.assert(fc.property(fc.array(fc.nat(400), { maxLength: 600 }), (ticks) => {
      const buffer = new LogBuffer();
      for (const tick of ticks) buffer.addByTime(raw(tick));
      expect(texts(buffer).map(Number)).toEqual(ticks.toSorted((a, b) => a - b));
    }));
  });

  it("finds rows and lines back from each other, wrapped or not", () => {
    fc.assert(fc.property(fc.array(fc.nat(200), { minLength: 1, maxLength: 3000 }), fc.constantFrom(0, 20, 37, 100), fc.nat(), fc.nat(40), (lengths, columns, pick, older) => {
      const buffer = new LogBuffer();
      buffer.append([chunk(lengths.map((length) => "x".repeat(length)).join("\n"))]);
      buffer.prepend(Array.from({ length: older }, () => ({ raw: "y".repeat(50), flags: 0, owner: 0 })));
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
});
