import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { BuildEvent, BuildRecord } from "../build.ts";
import { BuildHistory } from "./history.ts";

let directory: string;
beforeEach(() => void (directory = mkdtempSync(join(tmpdir(), "slipway-history-"))));
afterEach(() => rmSync(directory, { recursive: true }));

function open(): BuildHistory {
  return new BuildHistory(directory, (what, error) => {
    throw new Error(what, { cause: error });
  });
}

function record(id: string, startedAt = 1): BuildRecord {
  return { id, title: id, startedAt, endedAt: null, status: "running", error: null, imageId: null, tags: [], target: null, contextPath: null, dockerfile: "Dockerfile", steps: [], warnings: [], failedStep: null };
}

function output(text: string): BuildEvent {
  return { type: "stepOutput", step: 1, stream: "stdout", text };
}

async function all(events: AsyncIterable<BuildEvent>): Promise<BuildEvent[]> {
  const found: BuildEvent[] = [];
  for await (const event of events) found.push(event);
  return found;
}

test("a build's events can be read while it runs and after it, and outlive the engine", async () => {
  const history = open();
  history.begin(record("abc"));
  history.append("abc", output("1"));
  expect(await all(history.events("abc"))).toEqual([output("1")]);
  history.append("abc", output("2"));
  history.update("abc", { status: "built", endedAt: 2 });
  await history.end("abc");
  const again = open();
  expect(again.get("ab")).toMatchObject({ id: "abc", status: "built", endedAt: 2 });
  expect(await all(again.events("abc", { follow: true }))).toEqual([output("1"), output("2")]);
});

test("a follower hears what comes, and the end", async () => {
  const history = open();
  history.begin(record("abc"));
  history.append("abc", output("1"));
  const following = all(history.events("abc", { follow: true }));
  for (const text of ["2", "3"]) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    history.append("abc", output(text));
  }
  history.update("abc", { status: "failed", endedAt: 2 });
  await history.end("abc");
  expect(await following).toEqual([output("1"), output("2"), output("3")]);
});

test("what a crash ended says so, and what it left half is forgotten", async () => {
  open().begin(record("abc"));
  writeFileSync(join(directory, "rubbish"), "");
  const again = open();
  expect(again.list()).toMatchObject([{ id: "abc", status: "interrupted", error: "the engine ended while it built" }]);
  expect(await all(again.events("abc", { follow: true }))).toEqual([]);
});

test("lists what runs first, then the newest; finds by prefix; forgets", async () => {
  const history = open();
  for (const [index, id] of ["a1", "a2", "b1"].entries()) history.begin(record(id, index));
  for (const id of ["a1", "b1"]) {
    history.update(id, { status: "built" });
    await history.end(id);
  }
  expect(history.list().map(({ id }) => id)).toEqual(["a2", "b1", "a1"]);
  expect(() => history.get("a")).toThrow("ambiguous");
  expect(() => history.get("c")).toThrow("No such build: c");
  expect(() => history.forget("a2")).toThrow("is running");
  history.forget("b1");
  expect(open().list().map(({ id }) => id).sort()).toEqual(["a1", "a2"]);
});

test("a follower that leaves is let go", async () => {
  const history = open();
  history.begin(record("abc"));
  const leave = new AbortController();
  const following = all(history.events("abc", { follow: true, signal: leave.signal }));
  await new Promise((resolve) => setTimeout(resolve, 20));
  leave.abort();
  await expect(following).rejects.toMatchObject({ code: "cancelled" });
  await history.end("abc");
});

test("a watcher hears each build that changed, once however fast, and those that are gone", async () => {
  const history = open();
  const leaving = new AbortController();
  const changes = history.changes({ signal: leaving.signal });
  const first = changes.next();
  history.begin(record("abc"));
  expect((await first).value).toMatchObject({ id: "abc", record: { status: "running" } });
  history.update("abc", { imageId: null });
  history.update("abc", { status: "built", endedAt: 2 });
  expect((await changes.next()).value).toMatchObject({ id: "abc", record: { status: "built" } });
  await history.end("abc");
  history.forget("abc");
  expect((await changes.next()).value).toEqual({ id: "abc", record: null });
  const next = changes.next();
  leaving.abort();
  await expect(next).rejects.toThrow();
});
