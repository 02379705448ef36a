import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { coalesce } from "./coalesce.ts";
import { Credit } from "./credit.ts";
import { Session } from "./session.ts";

function abortable<T>(signal: AbortSignal, work: (push: (value: T) => void) => Promise<void>): AsyncGenerator<T, void, void> {
  const queue: T[] = [];
  let done = false;
  const ended = work((value) => queue.push(value)).finally(() => (done = true));
  return (async function* () {
    while (!signal.aborted && (!done || queue.length > 0)) {
      const next = queue.shift();
      if (next !== undefined) yield next;
      else await sleep(1);
    }
    await ended;
  })();
}

function settings(signal = new AbortController().signal) {
  return { intervalMs: 20, limit: 10, cost: () => 1, signal };
}

describe("coalesce", () => {
  it("hands the first item on at once and gathers what follows", async () => {
    const signal = new AbortController().signal;
    const source = abortable<number>(signal, async (push) => {
      for (let at = 0; at < 8; at++) {
        push(at);
        await sleep(2);
      }
    });
    const batches: number[][] = [];
    for await (const batch of coalesce(source, settings(signal))) batches.push(batch);
    expect(batches.flat()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(batches[0]?.length).toBeLessThan(3);
    expect(batches.length).toBeLessThan(6);
  });

  it("reads ahead no further than its limit", async () => {
    let produced = 0;
    async function* endless(): AsyncGenerator<number, void, void> {
      for (;;) yield produced++;
    }
    const stream = coalesce(endless(), settings());
    await stream.next();
    await sleep(20);
    expect(produced).toBeLessThanOrEqual(23);
    await stream.return();
    const before = produced;
    await sleep(10);
    expect(produced).toBeLessThanOrEqual(before + 1);
  });

  it("hands on everything before the source's error, then the error", async () => {
    async function* failing(): AsyncGenerator<number, void, void> {
      yield 1;
      yield 2;
      throw new Error("broken");
    }
    const seen: number[] = [];
    const read = async (): Promise<void> => {
      for await (const batch of coalesce(failing(), settings())) seen.push(...batch);
    };
    await expect(read()).rejects.toThrow("broken");
    expect(seen).toEqual([1, 2]);
  });

  it("of nothing is nothing", async () => {
    async function* empty(): AsyncGenerator<number, void, void> {}
    expect(await coalesce(empty(), settings()).next()).toEqual({ done: true, value: undefined });
  });
});

describe("credit", () => {
  const never = new AbortController().signal;

  it("is there until the window is full, and again after an acknowledgement", async () => {
    const credit = new Credit(100);
    await credit.available(never);
    credit.spend(150); // One batch may overshoot.
    let free = false;
    const waiting = credit.available(never).then(() => (free = true));
    credit.refund(40);
    await sleep(5);
    expect(free).toBe(false);
    credit.refund(20);
    await waiting;
    expect(credit.outstanding).toBe(90);
  });

  it("does not grow by false acknowledgements", () => {
    const credit = new Credit(100);
    credit.refund(1_000_000);
    expect(credit.outstanding).toBe(0);
  });

  it("ends waiting when the stream is cancelled", async () => {
    const credit = new Credit(10);
    credit.spend(10);
    const stop = new AbortController();
    const waiting = credit.available(stop.signal);
    stop.abort();
    await expect(waiting).rejects.toThrow();
  });
});

describe("a session", () => {
  it("has each stream once, and a bounded number of them", () => {
    const session = new Session();
    session.openStream("a");
    expect(() => session.openStream("a")).toThrow(/open already/);
    for (let at = 1; at < 256; at++) session.openStream(`s${at}`);
    expect(() => session.openStream("one-more")).toThrow(/256 streams/);
    session.closeStream("a");
    session.openStream("one-more");
    session.ack("unknown", 5);
    expect(() => session.input("one-more")).toThrow(/not open/);
  });
});
