import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { PullProgress } from "../../electron/ipc/contract/images.ts";
import { createFake, type Fake } from "../bridge/fake.ts";
import { containersStore, perform } from "./containers.ts";
import { engineStore } from "./engine.ts";
import { runFeed } from "./feed.ts";
import { hostStore } from "./host.ts";
import { imagesStore, toImageRows } from "./images.ts";
import { href, parseRoute } from "./route.ts";
import { applyProgress, type Transfer } from "./transfer.ts";
import { cancelTransfer, pull, transferEnd, transfersStore } from "./transfers.ts";

let fake: Fake;
let stop: AbortController;
let drop: () => void;

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 300 && !holds(); tries++) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(holds()).toBe(true);
}

function named(name: string) {
  return containersStore.getState().rows.find((row) => row.name === name);
}

beforeEach(async () => {
  fake = createFake({ logLines: 10 });
  stop = new AbortController();
  void runFeed(() => Promise.resolve({ client: fake.client, closed: new Promise<void>((resolve) => { drop = resolve; }) }), stop.signal);
  await until(() => containersStore.getState().phase === "ready" && imagesStore.getState().phase === "ready" && containersStore.getState().rows.length === 10);
});
afterEach(() => stop.abort());

describe("the feed", () => {
  it("fills the lists and the engine's state", () => {
    expect(engineStore.getState().status?.state).toBe("connected");
    expect(containersStore.getState().running).toBe(5);
    expect(imagesStore.getState().rows.map((row) => row.reference)).toContain("nginx:1.27-alpine");
  });

  it("follows what other clients do, and keeps the identity of rows that did not change", async () => {
    const before = named("grafana");
    await fake.client.containers.stop({ id: "storefront-db" });
    await until(() => named("storefront-db")?.state === "exited");
    expect(named("storefront-db")?.words).toBe("Exited (143)");
    expect(named("grafana")).toBe(before);
  });

  it("connects again and reads everything again when the host goes away", async () => {
    drop();
    await until(() => hostStore.getState().link === "lost");
    await until(() => hostStore.getState().link === "open");
    await until(() => containersStore.getState().rows.length === 10);
  });
});

describe("doing things to containers", () => {
  it("shows it at once and then what is true", async () => {
    const stopping = perform("stop", named("queue")?.id ?? "");
    expect(named("queue")).toMatchObject({ busy: "stop", words: "Stopping", glyph: "busy" });
    expect(await stopping).toBe(true);
    expect(named("queue")).toMatchObject({ busy: undefined, state: "exited" });
  });

  it("takes the old state back when it fails", async () => {
    fake.setEngine("stopped");
    expect(await perform("stop", named("queue")?.id ?? "")).toBe(false);
    expect(named("queue")).toMatchObject({ busy: undefined, words: "Unhealthy" });
  });

  it("forgets a removed container", async () => {
    expect(await perform("remove", named("queue")?.id ?? "", { force: true })).toBe(true);
    expect(named("queue")).toBeUndefined();
  });
});

describe("pulls", () => {
  it("end with the image in the list", async () => {
    const end = await transferEnd(pull("alpine:3"));
    expect(end).toMatchObject({ phase: "done", changed: true });
    await until(() => imagesStore.getState().rows.some((row) => row.reference === "alpine:3"));
  });
  it("are cancelled, and fail with their reason", async () => {
    const id = pull("slow:1");
    expect(pull("slow:1")).toBe(id);
    setTimeout(() => cancelTransfer(id), 150);
    expect(await transferEnd(id)).toMatchObject({ phase: "cancelled", error: undefined });
    expect(await transferEnd(pull("missing:1"))).toMatchObject({ phase: "failed", error: { code: "notFound" } });
    expect(transfersStore.getState().list[0]?.image).toBe("missing:1");
  });
  it("merge the layers of each step", () => {
    const step: PullProgress = { type: "progress", layers: [{ id: "b", phase: "downloading", current: 1, total: 2 }], downloadedBytes: 1, totalBytes: 9, bytesPerSecond: 5 };
    const layers = [{ id: "a", status: "Pull complete", current: 1, total: 1 }, { id: "b", status: "Waiting", current: 0, total: 2 }] as const;
    expect(applyProgress({ layers } as unknown as Transfer, step).layers).toEqual([layers[0], { id: "b", status: "Downloading", current: 1, total: 2 }]);
  });
});

describe("images", () => {
  it("have one row for each tag, or one without any", () => {
    const info = { Id: `sha256:${"a".repeat(64)}`, RepoTags: ["r:5000/a/b:1", "b:2"], Created: 1, Size: 2 } as Parameters<typeof toImageRows>[0];
    expect(toImageRows(info).map((row) => [row.repository, row.tag])).toEqual([["r:5000/a/b", "1"], ["b", "2"]]);
    expect(toImageRows({ ...info, RepoTags: ["<none>:<none>"], RepoDigests: ["x/y@sha256:1"] })).toMatchObject([{ repository: "x/y", tag: "", reference: "a".repeat(12) }]);
  });
});

describe("addresses", () => {
  it.each([
    [href.containers(), { place: { screen: "containers" }, dialog: null }],
    [href.containers({ run: "a/b:1" }), { place: { screen: "containers" }, dialog: { kind: "run", image: "a/b:1" } }],
    [href.container("abc", "logs"), { place: { screen: "container", id: "abc", tab: "logs" }, dialog: null }],
    [href.images({ pull: "" }), { place: { screen: "images" }, dialog: { kind: "pull", image: "" } }],
    ["#/containers/abc/nonsense", { place: { screen: "container", id: "abc", tab: "overview" }, dialog: null }],
    ["#/%zz/?x", { place: { screen: "containers" }, dialog: null }],
  ])("%s", (hash, route) => {
    expect(parseRoute(hash)).toEqual(route);
  });
});

describe("another engine", () => {
  it("empties the lists and fills them again", async () => {
    const seen: number[] = [];
    const stopWatching = containersStore.subscribe((state) => seen.push(state.rows.length));
    await fake.client.connections.use({ id: "socket:/run/user/1000/podman/podman.sock" });
    await until(() => engineStore.getState().status?.connection.name === "Podman" && engineStore.getState().status?.state === "connected");
    await until(() => containersStore.getState().phase === "ready" && containersStore.getState().rows.length === 10);
    expect(seen).toContain(0);
    stopWatching();
  });
});
