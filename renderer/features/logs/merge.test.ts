import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LiveMerge, linesOf, mergeByTime, type TimedLine } from "./merge.ts";

const at = (tick: number) => `2026-11-26T10:00:00.${String(tick).padStart(9, "0")}Z`;
const line = (tick: number, owner: number): TimedLine => ({ time: at(tick), raw: `${at(tick)} ${owner}`, flags: 0, owner });

describe("merging by time", () => {
  it("reads lines with their time and source; a piece without a time has that of the line before it", () => {
    expect(linesOf([{ source: "stdout", text: `${at(1)} a\n${at(2)} b` }, { source: "stderr", text: `${at(3)} c\nrest` }], 4)).toEqual([
      { time: at(1), raw: `${at(1)} a`, flags: 0, owner: 4 },
      { time: at(2), raw: `${at(2)} b`, flags: 0, owner: 4 },
      { time: at(3), raw: `${at(3)} c`, flags: 1, owner: 4 },
      { time: at(3), raw: `${at(3)} rest`, flags: 1, owner: 4 },
    ]);
  });

  it("of lists in order is in order, keeps each list's own order and loses nothing", () => {
    fc.assert(fc.property(fc.array(fc.array(fc.nat(20), { maxLength: 20 }), { maxLength: 5 }), (ticks) => {
      const lists = ticks.map((list, owner) => list.sort((a, b) => a - b).map((tick, index) => ({ ...line(tick, owner), raw: `${index}` })));
      const merged = mergeByTime(lists);
      expect(merged.map(({ time }) => time)).toEqual(merged.map(({ time }) => time).sort());
      lists.forEach((list, owner) => expect(merged.filter((each) => each.owner === owner)).toEqual(list));
    }));
  });
});

describe("merging what is printed now", () => {
  function merge() {
    const out: TimedLine[] = [];
    const live = new LiveMerge((each) => out.push(each), 100);
    return { out, live, times: () => out.map(({ time, owner }) => `${Number(time.slice(20, 29))}/${owner}`) };
  }

  it("waits for nobody when alone", () => {
    const { live, times } = merge();
    live.begin(0);
    live.push(0, [line(1, 0), line(2, 0)], 0);
    expect(times()).toEqual(["1/0", "2/0"]);
    live.dispose();
  });

  it("orders what comes in the wrong order within the wait", () => {
    const { live, times } = merge();
    live.begin(0);
    live.begin(1);
    live.push(0, [line(2, 0), line(5, 0)], 0);
    expect(times()).toEqual([]);
    live.push(1, [line(1, 1), line(3, 1)], 50);
    expect(times()).toEqual(["1/1", "2/0", "3/1"]);
    expect(live.flush(90)).toBe(true);
    expect(live.flush(101)).toBe(false);
    expect(times()).toEqual(["1/1", "2/0", "3/1", "5/0"]);
    live.dispose();
  });

  it("waits for a slow source only so long, and not at all for one that has ended", () => {
    const { live, times } = merge();
    live.begin(0);
    live.begin(1);
    live.push(0, [line(2, 0)], 0);
    expect(live.flush(120)).toBe(false);
    live.push(0, [line(4, 0)], 130);
    live.push(1, [line(1, 1)], 140);
    expect(times()).toEqual(["2/0", "1/1"]);
    live.end(1);
    expect(times()).toEqual(["2/0", "1/1", "4/0"]);
    live.dispose();
  });

  it("reads a source no further than the others let it, and on when they do", async () => {
    const { live, out } = merge();
    live.begin(0);
    live.begin(1);
    live.push(0, Array.from({ length: 25_000 }, (_, tick) => line(tick, 0)), 0);
    let free = false;
    const room = live.room(0).then(() => { free = true; });
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(free).toBe(false);
    live.flush(200);
    await room;
    expect(out).toHaveLength(25_000);
    live.dispose();
  });

  it("loses nothing and keeps each source's order, whatever arrives when", () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.nat(3), fc.nat(60)), { maxLength: 80 }), (steps) => {
      const { live, out } = merge();
      const clock = [0, 0, 0, 0];
      for (const owner of [0, 1, 2, 3]) live.begin(owner);
      steps.forEach(([owner, step], index) => {
        clock[owner] = (clock[owner] ?? 0) + step;
        live.push(owner, [{ ...line(clock[owner] ?? 0, owner), raw: String(index) }], index * 10);
      });
      for (const owner of [0, 1, 2, 3]) live.end(owner);
      expect(out).toHaveLength(steps.length);
      for (const owner of [0, 1, 2, 3]) {
        const own = out.filter((each) => each.owner === owner).map(({ raw }) => Number(raw));
        expect(own).toEqual(own.slice().sort((a, b) => a - b));
      }
    }));
  });
});
