import { expect, it } from "vitest";
import { estimatePrune, estimateRemoval, fromHistory, type RawImageUsage } from "./image-contents.ts";

const images: readonly RawImageUsage[] = [
  { Id: "sha256:a", RepoTags: ["one:1", "one:2"], Size: 100, SharedSize: 40, Containers: 1 },
  { Id: "sha256:b", RepoTags: ["two:1"], Size: 70, SharedSize: 40, Containers: 0 },
  { Id: "sha256:c", RepoTags: ["<none>:<none>"], Size: 9, SharedSize: -1, Containers: 0 },
];

it("an image goes with its last tag, and frees what it shares with no other", () => {
  expect(estimateRemoval(images, ["one:1"])).toMatchObject({ untagged: ["one:1"], deleted: [], freedBytes: 0, isExact: false });
  expect(estimateRemoval(images, ["one:1", "one:2", "two:1"])).toMatchObject({ deleted: [{ id: "sha256:a" }, { id: "sha256:b" }], freedBytes: 90, layers: null });
  expect(estimateRemoval(images, ["sha256:c"])).toMatchObject({ deleted: [{ id: "sha256:c", names: [] }], freedBytes: 9 });
});

it("a prune takes what no container uses, or of that only what has no tag", () => {
  expect(estimatePrune(images, false).deleted.map(({ id }) => id)).toEqual(["sha256:b", "sha256:c"]);
  expect(estimatePrune(images, true)).toMatchObject({ deleted: [{ id: "sha256:c" }], untagged: [] });
});

it("of a plain history, steps with a size have layers", () => {
  expect(fromHistory([{ CreatedBy: "CMD", Size: 0 }, { CreatedBy: "COPY", Size: 5, Created: 3 }, { CreatedBy: "ADD", Size: 7 }])).toEqual([
    { createdBy: "ADD", comment: "", created: null, size: 7, layer: 0 }, { createdBy: "COPY", comment: "", created: 3000, size: 5, layer: 1 }, { createdBy: "CMD", comment: "", created: null, size: 0, layer: null },
  ]);
});
