import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { IpcClient } from "../../../electron/ipc/contract/contract.ts";
import { setClient } from "../../stores/host.ts";
import { LogSession } from "./session.ts";

const at = (tick: number) => `2026-11-26T10:00:00.${String(tick).padStart(9, "0")}Z`;

/** An engine whose containers printed lines at given times; what is pushed later goes to whoever follows. */
class Engine {
  readonly logs = new Map<string, string[]>();
  readonly #wake = new Set<() => void>();
  readonly running = new Set<string>();

  print(id: string, ...ticks: number[]): void {
    const lines = this.logs.get(id) ?? [];
    this.logs.set(id, lines);
    for (const tick of ticks) lines.push(`${at(tick)} ${id}-${lines.length}`);
    for (const wake of this.#wake) wake();
  }

  end(id: string): void {
    this.running.delete(id);
    for (const wake of this.#wake) wake();
  }

  readonly client = {
    streams: { ack: async () => undefined },
    logs: {
      follow: async ({ containerId, follow, tail, since }: { containerId: string; follow: boolean; tail: number | "all"; since?: string }, { signal }: { signal: AbortSignal }) => this.#read(containerId, follow, tail, since, signal),
      page: async ({ containerId, direction, time, lines }: { containerId: string; direction: "older" | "newer"; time: string; lines: number }) => this.#page(containerId, direction, time, lines),
    },
  };

  async *#read(id: string, follow: boolean, tail: number | "all", since: string | undefined, signal: AbortSignal) {
    const all = () => (this.logs.get(id) ?? []).filter((line) => since === undefined || line.slice(0, 30) >= since);
    let sent = tail === "all" ? 0 : Math.max(0, all().length - tail);
    for (;;) {
      const lines = all().slice(sent);
      sent += lines.length;
      if (lines.length > 0) {
        yield this.#batch(lines);
        continue;
      }
      if (!follow || signal.aborted || (!this.running.has(id) && all().length === sent)) return;
      await new Promise<void>((resolve) => {
        const wake = () => { this.#wake.delete(wake); resolve(); };
        this.#wake.add(wake);
        signal.addEventListener("abort", wake, { once: true });
      });
    }
  }

  async *#page(id: string, direction: "older" | "newer", time: string, count: number) {
    const lines = this.logs.get(id) ?? [];
    const found = direction === "older" ? lines.filter((line) => line.slice(0, 30) <= time).slice(-count) : lines.filter((line) => line.slice(0, 30) >= time).slice(0, count);
    if (found.length > 0) yield this.#batch(found);
  }

  #batch(lines: readonly string[]) {
    return { chunks: [{ source: "stdout" as const, text: lines.join("\n"), lines: lines.length }], bytes: 1 };
  }
}

describe("a session", () => {
  let engine: Engine;
  let session: LogSession;
  beforeEach(() => {
    vi.stubGlobal("requestAnimationFrame", (run: () => void) => setTimeout(run, 0));
    vi.stubGlobal("cancelAnimationFrame", clearTimeout);
    engine = new Engine();
    setClient(engine.client as unknown as IpcClient, "open");
  });
  afterEach(() => {
    session?.dispose();
    setClient(undefined, "connecting");
    vi.unstubAllGlobals();
  });

  const infos = (...ids: string[]) => ids.map((id) => ({ id, name: id, running: engine.running.has(id) }));
  const texts = () => Array.from({ length: session.buffer.count }, (_, index) => session.buffer.line(session.buffer.first + index)?.text ?? "");
  const until = (what: () => boolean) => vi.waitFor(() => expect(what()).toBe(true), { timeout: 3000, interval: 5 });
  const opened = () => until(() => session.phase !== "opening");
  /** All lines of some containers, as they should be read. */
  const merged = (...ids: string[]) => ids.flatMap((id) => engine.logs.get(id) ?? []).toSorted((a, b) => (a.slice(0, 30) < b.slice(0, 30) ? -1 : a.slice(0, 30) > b.slice(0, 30) ? 1 : 0)).map((line) => line.slice(31));

  it("reads back to the beginning without a line twice or too few, whatever times lines share", async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.array(fc.nat(40), { maxLength: 120 }), { minLength: 1, maxLength: 3 }), fc.integer({ min: 1, max: 30 }), async (logs, page) => {
      engine.logs.clear();
      logs.forEach((ticks, index) => engine.print(`c${index}`, ...ticks.toSorted((a, b) => a - b)));
      const ids = logs.map((_, index) => `c${index}`);
      session = new LogSession(undefined, page);
      session.open(infos(...ids));
      await opened();
      for (let round = 0; session.earlier && round < 1000; round++) await session.loadOlder(page);
      expect(session.earlier).toBe(false);
      expect(texts().toSorted()).toEqual(merged(...ids).toSorted());
      const times = Array.from({ length: session.buffer.count }, (_, index) => session.buffer.timeAt(session.buffer.first + index));
      expect(times).toEqual(times.toSorted());
      session.dispose();
    }), { numRuns: 25 });
  });

  it("begins where all logs begin that have more, so that none seems silent", async () => {
    engine.print("chatty", ...Array.from({ length: 5000 }, (_, index) => 10_000 + index));
    engine.print("quiet", 1, 2, 3, 14_500);
    session = new LogSession();
    session.open(infos("chatty", "quiet"));
    await opened();
    expect(texts()[0]).toBe("chatty-4000");
    expect(texts()).toContain("quiet-3");
    expect(texts()).not.toContain("quiet-2");
    expect(session.earlier).toBe(true);
    await session.loadAll();
    expect(texts()).toEqual(merged("chatty", "quiet"));
  });

  it("follows what is printed now, lets in what starts later, and keeps what ends", async () => {
    engine.running.add("a").add("b");
    engine.print("a", 1, 5);
    engine.print("b", 3);
    session = new LogSession();
    session.open(infos("a", "b"));
    await opened();
    expect(texts()).toEqual(["a-0", "b-0", "a-1"]);
    engine.print("a", 10, 12);
    engine.print("b", 11, 13);
    await until(() => session.buffer.count === 7);
    expect(texts().slice(3)).toEqual(["a-2", "b-1", "a-3", "b-2"]);
    engine.running.add("c");
    engine.print("c", 12, 20);
    session.update(infos("a", "b", "c"));
    await until(() => session.buffer.count === 9);
    expect(texts().slice(3)).toEqual(["a-2", "b-1", "a-3", "c-0", "b-2", "c-1"]);
    engine.end("c");
    session.update(infos("a", "b"));
    await until(() => !session.sources[2]?.following);
    expect(texts()).toContain("c-1");
    expect(session.phase).toBe("live");
    engine.running.add("c");
    engine.print("c", 30);
    session.update(infos("a", "b", "c"));
    await until(() => texts().at(-1) === "c-2");
    expect(session.buffer.count).toBe(10);
  });

  it("goes to a moment in the past, on from there, and back to the end without a gap", async () => {
    engine.running.add("a");
    engine.print("a", ...Array.from({ length: 9000 }, (_, index) => index));
    engine.print("b", ...Array.from({ length: 900 }, (_, index) => index * 10 + 1));
    session = new LogSession();
    session.open(infos("a", "b"));
    await opened();
    session.goTo(at(3001), 1);
    await opened();
    expect(session.detached).toBe(true);
    expect(session.buffer.line(session.target ?? 0)?.text).toBe("b-300");
    const shown = merged("a", "b");
    const begin = shown.indexOf(texts()[0] ?? "");
    expect(texts()).toEqual(shown.slice(begin, begin + session.buffer.count));
    for (let round = 0; session.detached && round < 50; round++) await session.loadNewer();
    expect(texts()).toEqual(shown.slice(begin));
    engine.print("a", 9500);
    await until(() => texts().at(-1) === "a-9000");
    expect(session.phase).toBe("live");
  });

  it("stays within its limits, and lets go of the end when the beginning is wanted", async () => {
    engine.running.add("a");
    engine.print("a", ...Array.from({ length: 9000 }, (_, index) => index));
    session = new LogSession({ lines: 5000, bytes: 1e9 });
    session.open(infos("a"));
    await opened();
    await session.loadOlder(4000);
    expect(session.detached).toBe(true);
    expect(session.buffer.count).toBeLessThanOrEqual(5000);
    await session.loadNewer(3000);
    const shown = texts();
    expect(shown).toEqual(merged("a").slice(9000 - shown.length - (8999 - Number(shown.at(-1)?.slice(2))), Number(shown.at(-1)?.slice(2)) + 1));
    session.reopen();
    await opened();
    expect(texts().at(-1)).toBe("a-8999");
  });

  it("shows a log although another one cannot be read, and says which", async () => {
    engine.print("good", 1);
    const follow = engine.client.logs.follow;
    engine.client.logs.follow = async (input, options) => {
      if (input.containerId === "bad") throw Object.assign(new Error("configured logging driver does not support reading"), { code: "notImplemented" });
      return follow(input, options);
    };
    session = new LogSession();
    session.open(infos("good", "bad"));
    await opened();
    expect(texts()).toEqual(["good-0"]);
    expect(session.sources[1]?.error).toMatchObject({ code: "notImplemented" });
    expect(session.phase).toBe("ended");
  });

  it("keeps what it has of a container that was removed before it could be followed", async () => {
    engine.running.add("brief");
    engine.print("brief", 1);
    const follow = engine.client.logs.follow;
    engine.client.logs.follow = async (input, options) => {
      if (input.follow) throw Object.assign(new Error("No such container: brief"), { code: "notFound" });
      return follow(input, options);
    };
    session = new LogSession();
    session.open(infos("brief"));
    await until(() => session.phase === "ended");
    expect(session.error).toBeUndefined();
    expect(texts()).toEqual(["brief-0"]);
  });

  it("reads nothing while it is paused, and everything afterwards", async () => {
    engine.running.add("a");
    engine.print("a", 1);
    session = new LogSession();
    session.open(infos("a"));
    await opened();
    session.pause();
    engine.print("a", 2);
    engine.print("a", 3);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(texts()).toEqual(["a-0"]);
    session.resume();
    await until(() => session.buffer.count === 3);
    expect(texts()).toEqual(["a-0", "a-1", "a-2"]);
  });
});
