import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createFake, type Fake } from "../bridge/fake.ts";
import { containersStore } from "./containers.ts";
import { runFeed } from "./feed.ts";
import { createNetwork, disconnectContainer, networksStore, removeNetworks } from "./networks.ts";
import { onDidNotice, type Notice } from "./notices.ts";
import { onPortsChange, portsStore, watchPorts } from "./ports.ts";
import { href, parseRoute } from "./route.ts";
import { createVolume, measureVolumes, removeVolumes, volumesStore } from "./volumes.ts";

let fake: Fake;
let stop: AbortController;
let notices: Notice[];
let unlisten: () => void;

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 300 && !holds(); tries++) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(holds()).toBe(true);
}

function volume(name: string) {
  return volumesStore.getState().rows.find((row) => row.name === name);
}

function network(name: string) {
  const found = networksStore.getState().rows.find((row) => row.name === name);
  if (!found) throw new Error(`no network ${name}`);
  return found;
}

beforeEach(async () => {
  fake = createFake({ logLines: 10 });
  stop = new AbortController();
  notices = [];
  unlisten = onDidNotice((next) => notices.push(next));
  void runFeed(() => Promise.resolve({ client: fake.client, closed: new Promise<void>(() => undefined) }), stop.signal);
  await until(() => containersStore.getState().rows.length === 10 && volumesStore.getState().rows.length === 8 && networksStore.getState().rows.length === 6);
});
afterEach(() => {
  stop.abort();
  unlisten();
});

describe("volumes", () => {
  it("follow what other clients do, and keep the identity of rows that did not change", async () => {
    const before = volume("grafana");
    await fake.client.volumes.create({ name: "by-hand" });
    await until(() => volume("by-hand") !== undefined);
    expect(volume("grafana")).toBe(before);
    await fake.client.volumes.remove({ name: "by-hand" });
    await until(() => volume("by-hand") === undefined);
  });

  it("are measured on demand, and a removed one is forgotten", async () => {
    expect(volumesStore.getState().sizes.has("old-backups")).toBe(false);
    expect(await measureVolumes()).toBeUndefined();
    expect(volumesStore.getState().sizes.get("old-backups")).toBe(1_204_776_002);
    expect(volumesStore.getState().sizes.get("team-share")).toBeNull();
    expect(await removeVolumes(["old-backups"])).toEqual(["old-backups"]);
    expect(volumesStore.getState().sizes.has("old-backups")).toBe(false);
  });

  it("say why measuring failed", async () => {
    fake.setEngine("stopped");
    expect((await measureVolumes())?.code).toBe("unavailable");
    expect(volumesStore.getState().measuring).toBe(false);
  });

  it("that are used stay, the others go all the same", async () => {
    expect(await removeVolumes(["storefront-data", "team-share"])).toEqual(["team-share"]);
    expect(volume("storefront-data")).toBeDefined();
    expect(notices).toMatchObject([{ kind: "error", title: "The volume storefront-data was not removed.", actions: [{ label: "Show container" }] }]);
  });

  it("are in the list when creating them returns", async () => {
    await createVolume({ name: "fresh" });
    expect(volume("fresh")).toMatchObject({ driver: "local", anonymous: false });
    await expect(createVolume({ name: "fresh" })).rejects.toMatchObject({ code: "alreadyExists" });
  });
});

describe("networks", () => {
  it("are created and removed, those with containers stay", async () => {
    await createNetwork({ name: "fresh" });
    expect(network("fresh")).toMatchObject({ driver: "bridge", predefined: false });
    expect(await removeNetworks([network("fresh"), network("storefront_default")])).toEqual(["fresh"]);
    expect(notices[0]?.title).toBe("The network storefront_default was not removed.");
  });

  it("keep the containers' rows true when one joins or leaves", async () => {
    const backend = network("storefront_backend");
    const grafana = () => containersStore.getState().rows.find((row) => row.name === "grafana");
    await fake.client.networks.connect({ network: backend.id, container: "grafana", address: "10.20.0.9" });
    await until(() => grafana()?.info.NetworkSettings.Networks["storefront_backend"]?.IPAddress === "10.20.0.9");
    expect(networksStore.getState().rounds.get(backend.id)).toBe(1);
    await disconnectContainer(backend, { id: grafana()?.id ?? "", name: "grafana" });
    await until(() => grafana()?.info.NetworkSettings.Networks["storefront_backend"] === undefined);
    expect(notices[0]).toMatchObject({ title: "grafana is no longer in storefront_backend." });
    notices[0]?.actions?.[0]?.run();
    await until(() => grafana()?.info.NetworkSettings.Networks["storefront_backend"] !== undefined);
  });
});

describe("ports", () => {
  it("are read while somebody looks, again when a container changes, and not otherwise", async () => {
    let readings = 0;
    const list = fake.client.ports.list;
    fake.client.ports.list = ((...input: Parameters<typeof list>) => (readings++, list(...input))) as typeof list;
    onPortsChange();
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect(readings).toBe(0);
    const unwatch = watchPorts();
    await until(() => portsStore.getState().rows.length === 10);
    const bound = (name: string) => portsStore.getState().rows.filter((row) => row.containerName === name && row.live).length;
    expect(bound("storefront-db")).toBe(1);
    await fake.client.containers.remove({ id: "storefront-db", force: true });
    await until(() => bound("storefront-db") === 0);
    unwatch();
    const before = readings;
    await fake.client.containers.stop({ id: "queue" });
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect(readings).toBe(before);
  });
});

it.each([
  [href.volumes(), { screen: "volumes" }],
  [href.volume("a.b", "inspect"), { screen: "volume", name: "a.b", tab: "inspect" }],
  [href.networks(), { screen: "networks" }],
  [href.network("abc"), { screen: "network", id: "abc", tab: "overview" }],
  ["#/networks/abc/nonsense", { screen: "network", id: "abc", tab: "overview" }],
  [href.ports(), { screen: "ports" }],
])("%s is an address", (hash, place) => {
  expect(parseRoute(hash)).toEqual({ place, dialog: null });
});

it("dialogs have addresses too", () => {
  expect(parseRoute("#/volumes?new-volume=").dialog).toEqual({ kind: "new-volume", image: "" });
  expect(parseRoute("#/ports?check-port=").dialog?.kind).toBe("check-port");
});
