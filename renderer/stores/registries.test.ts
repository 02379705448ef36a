/** Transfers, registries and freshness on the fake host, with and without an engine that keeps transfers. */
import { afterEach, describe, expect, it } from "vitest";
import { createFake, type Fake } from "../bridge/fake.ts";
import { runFeed } from "./feed.ts";
import { checkForNewer, freshnessStore } from "./freshness.ts";
import { imagesStore } from "./images.ts";
import { onDidNotice, type Notice } from "./notices.ts";
import { login, logout, readRegistries, registriesStore, testRegistry } from "./registries.ts";
import { cancelTransfer, dismissTransfer, pauseTransfer, pull, push, resumeTransfer, transferEnd, transfersStore } from "./transfers.ts";

let stop: AbortController;

async function open(options: Parameters<typeof createFake>[0] = {}): Promise<Fake> {
  transfersStore.setState({ list: [], kept: undefined });
  const fake = createFake(options);
  stop = new AbortController();
  void runFeed(() => Promise.resolve({ client: fake.client, closed: new Promise<void>(() => undefined) }), stop.signal);
  await until(() => imagesStore.getState().phase === "ready" && transfersStore.getState().kept !== undefined);
  return fake;
}

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 1000 && !holds(); tries++) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(holds()).toBe(true);
}

const find = (id: number) => transfersStore.getState().list.find((each) => each.id === id);
afterEach(() => stop.abort());

describe("transfers of an engine that keeps them", () => {
  it("are all shown, also those of other clients, each under a number that stays", async () => {
    const fake = await open();
    const { list, kept } = transfersStore.getState();
    expect(kept).toBe(true);
    expect(list.map((each) => each.phase).toSorted()).toEqual(["cancelled", "done", "failed", "interrupted", "paused", "running"]);
    expect(list.find((each) => each.phase === "failed")?.error).toMatchObject({ code: "unauthorized", hints: [{ type: "loginRequired", registry: "123456789012.dkr.ecr.eu-west-1.amazonaws.com" }] });
    await fake.client.transfers.start({ kind: "pull", reference: "by-another:1" });
    await until(() => transfersStore.getState().list.some((each) => each.image === "by-another:1"));
    expect(transfersStore.getState().list).toHaveLength(7);
  });

  it("are begun once, paused, resumed and cancelled", async () => {
    await open({ scenario: "empty" });
    const id = pull("alpine:3");
    expect(pull("alpine:3")).toBe(id);
    await until(() => (find(id)?.downloadedBytes ?? 0) > 0);
    expect(transfersStore.getState().list).toHaveLength(1);
    pauseTransfer(id);
    await until(() => find(id)?.phase === "paused");
    resumeTransfer(id);
    await until(() => find(id)?.phase === "running");
    cancelTransfer(id);
    expect(await transferEnd(id)).toMatchObject({ id, phase: "cancelled", error: undefined });
    dismissTransfer(id);
    expect(transfersStore.getState().list).toEqual([]);
  });

  it("tell why they failed, where nobody watches", async () => {
    await open({ scenario: "empty" });
    const notices: Notice[] = [];
    const off = onDidNotice((notice) => notices.push(notice));
    expect(await transferEnd(push("r:5000/missing:1"))).toMatchObject({ phase: "failed", kind: "push", error: { message: "Manifest for r:5000/missing:1 not found: manifest unknown." } });
    off();
    expect(notices.map(({ kind, title }) => [kind, title])).toEqual([["error", "r:5000/missing:1 was not pushed."]]);
  });
});

describe("transfers of any other engine", () => {
  it("are followed by the window itself", async () => {
    await open({ managed: false });
    expect(transfersStore.getState()).toEqual({ kept: false, list: [] });
    const id = pull("alpine:3");
    await until(() => (find(id)?.layers.length ?? 0) > 0);
    expect(find(id)).toMatchObject({ remote: undefined, phase: "running" });
    cancelTransfer(id);
    expect(await transferEnd(id)).toMatchObject({ phase: "cancelled" });
    expect(await transferEnd(push("r:5000/denied:1"))).toMatchObject({ phase: "failed", error: { code: "unauthorized", hints: [{ type: "loginRequired", registry: "r:5000" }] } });
    expect(await transferEnd(push("r:5000/app:1"))).toMatchObject({ phase: "done", kind: "push", changed: true });
  });
});

describe("registries", () => {
  it("are logged in and out, and a test is forgotten with that", async () => {
    await open();
    await readRegistries();
    const host = "127.0.0.1:5000";
    const info = () => registriesStore.getState().list.find((each) => each.host === host);
    expect(await testRegistry(host)).toMatchObject({ ok: true });
    await expect(login(host, "dev", "wrong")).rejects.toMatchObject({ code: "unauthorized" });
    await login(host, "dev", "right");
    await until(() => info()?.login?.username === "dev");
    expect(registriesStore.getState().tests.has(host)).toBe(false);
    await logout(host);
    expect(info()).toMatchObject({ host, added: true });
    expect(info()?.login).toBeUndefined();
  });
});

describe("newer images", () => {
  it("are looked for once asked, and a pull takes the mark away", async () => {
    const fake = await open();
    fake.client.registries.behind = (async ({ references }: { references: string[] }) => Object.fromEntries(references.map((each) => [each, each === "redis:7.4" ? "behind" : "current"] as const))) as unknown as typeof fake.client.registries.behind;
    await checkForNewer();
    const results = () => [...freshnessStore.getState().results].filter(([, state]) => state === "behind").map(([reference]) => reference);
    expect(freshnessStore.getState().results.size).toBe(imagesStore.getState().rows.filter((row) => row.tag !== "").length);
    expect(results()).toEqual(["redis:7.4"]);
    expect(await transferEnd(pull("redis:7.4"))).toMatchObject({ phase: "done" });
    expect(results()).toEqual([]);
  }, 60_000);
});
