import { expect, it } from "vitest";
import { planPlain, toItems } from "./disk-usage.ts";

const usage = {
  Images: [
    { Id: "sha256:app", RepoTags: ["app:1", "app:latest"], Created: 1_700_000_000, Size: 600, SharedSize: 100, ParentId: "" },
    { Id: `sha256:${"b".repeat(64)}`, RepoTags: null, RepoDigests: ["<none>@<none>"], Size: 500, SharedSize: -1 },
  ],
  Containers: [
    { Id: "c1", Names: ["/web"], ImageID: "sha256:app", State: "running", SizeRw: 10, Mounts: [{ Type: "volume", Name: "data" }] },
    { Id: "c2", Names: ["/job"], ImageID: "sha256:app", State: "exited", SizeRw: 20, Mounts: [] },
  ],
  Volumes: [{ Name: "data", UsageData: { Size: 7 } }, { Name: "far", UsageData: { Size: -1 } }],
  BuildCache: [{ ID: "k1", Description: "RUN a", Size: 30, Shared: false }, { ID: "k2", Parent: "k1", Description: "RUN b", Size: 40, Shared: true }],
};

it("Docker's disk usage becomes items with who uses them", () => {
  const items = toItems(usage);
  expect(items.map(({ kind, name, bytes, sharedBytes }) => [kind, name, bytes, sharedBytes])).toEqual([
    ["image", "app:1", 600, 100], ["image", "bbbbbbbbbbbb", 500, null], ["container", "web", 10, 0], ["container", "job", 20, 0],
    ["volume", "data", 7, 0], ["volume", "far", null, null], ["cache", "RUN a", 30, 0], ["cache", "RUN b", 40, 40],
  ]);
  expect(items[0]).toMatchObject({ detail: "also app:latest", created: 1_700_000_000_000, users: [{ name: "web", running: true }, { name: "job", running: false }], userCount: 2 });
  expect(items[4]?.users).toMatchObject([{ kind: "container", name: "web" }]);
  expect(items[6]?.users).toMatchObject([{ kind: "cache", id: "k2" }]);
});

it("a plan keeps what is used, and says whether its sum is exact", () => {
  const items = toItems(usage);
  expect(planPlain(items, [{ kind: "image", id: "sha256:app" }, { kind: "container", id: "c2" }])).toMatchObject({ freedBytes: 20, isExact: true, refused: [{ name: "app:1", message: "The container web uses it and runs: stop it first." }] });
  expect(planPlain(items, [{ kind: "container", id: "c1" }, { kind: "volume", id: "data" }]).refused.map(({ message }) => message)).toEqual(["It runs: stop it first.", "The container web uses it and runs: stop it first."]);
  expect(planPlain(items, [{ kind: "cache", id: "k1" }]).refused[0]?.message).toBe("The cached step RUN b uses it: select that too, or keep this.");
  expect(planPlain(items, [{ kind: "cache", id: "k1" }, { kind: "cache", id: "k2" }])).toMatchObject({ freedBytes: 30, isExact: false, layers: null });
  expect(planPlain(items, [{ kind: "volume", id: "none" }]).refused).toEqual([{ kind: "volume", id: "none", name: "none", message: "It is gone already." }]);
});
