import { afterAll, beforeAll, expect, test } from "vitest";
import { startRegistry } from "../../../e2e/fixtures/registry.ts";
import type { TestRegistry } from "../../../e2e/fixtures/registry.ts";
import { makeImage, makeLayer } from "../../../e2e/fixtures/images.ts";
import type { TestLayer } from "../../../e2e/fixtures/images.ts";
import { pushImage } from "../../../e2e/fixtures/push.ts";
import type { ImageRecord } from "../images.ts";
import { makeLab } from "../testing/lab.ts";
import type { ImageLab } from "../testing/lab.ts";
import { LayerContents } from "./layer-contents.ts";

let registry: TestRegistry;
let lab: ImageLab;
beforeAll(async () => {
  registry = await startRegistry();
  lab = await makeLab();
});
afterAll(async () => {
  await lab[Symbol.asyncDispose]();
  await registry[Symbol.asyncDispose]();
});

async function pull(name: string, layers: readonly TestLayer[]): Promise<ImageRecord> {
  await pushImage(registry.url, name, "latest", makeImage(layers));
  return lab.images.pull(`${registry.host}/${name}`, {});
}

const oci = { format: "oci" } as const;
const bottom = makeLayer([
  { name: "data/", type: "dir" }, { name: "data/replaced", data: "x".repeat(1000) }, { name: "data/deleted", data: "y".repeat(200) }, { name: "data/kept", data: "k".repeat(30) },
  { name: "old/", type: "dir" }, { name: "old/inside", data: "i".repeat(5000) },
  { name: "hidden/", type: "dir" }, { name: "hidden/file", data: "h".repeat(70) },
  { name: "linked", data: "l".repeat(400) }, { name: "zlinked", type: "link", link: "linked" },
  { name: "out", type: "symlink", link: "../../../../../../../etc" },
], oci);
const top = makeLayer([
  { name: "data/", type: "dir" }, { name: "data/replaced", data: "new" }, { name: "data/.wh.deleted" },
  { name: ".wh.old" }, { name: "hidden/", type: "dir" }, { name: "hidden/.wh..wh..opq" }, { name: "hidden/other", data: "o" },
  { name: ".wh.linked" },
], oci);

test("files are listed with the layer they are in, greatest first, and with what hides them", async () => {
  const image = await pull("wasteful", [bottom, top]);
  const all = await lab.images.contents.files(image.id, { show: "wasted" });
  expect(all.files.map(({ path, size, layer, hiddenBy, hiddenHow }) => [path, size, layer, hiddenBy, hiddenHow])).toEqual([
    ["/old/inside", 5000, 0, 1, "deleted"], ["/data/replaced", 1000, 0, 1, "replaced"], ["/data/deleted", 200, 0, 1, "deleted"], ["/hidden/file", 70, 0, 1, "deleted"],
    ["/linked", 0, 0, 1, "deleted"],
  ]);
  // A name of the linked file is left: its bytes are not wasted.
  expect(all.summary).toMatchObject({ wastedBytes: 6270, isComplete: true });
  expect(all.summary.layers.map(({ bytes, wastedBytes }) => [bytes, wastedBytes])).toEqual([[6700, 6270], [4, 0]]);
  const present = await lab.images.contents.files(image.id, { show: "present", search: "LINK" });
  expect(present.files.map(({ path, size }) => [path, size])).toEqual([["/zlinked", 400]]);
});

test("a layer's own files include its marks of deletion, and come in pages", async () => {
  const image = await pull("wasteful", [bottom, top]);
  const first = await lab.images.contents.files(image.id, { layer: 1, limit: 2 });
  expect(first.files.map(({ path, type }) => [path, type])).toEqual([["/data/replaced", "file"], ["/hidden/other", "file"]]);
  const rest = await lab.images.contents.files(image.id, { layer: 1, offset: 2 });
  expect(rest.files.map(({ path, type }) => [path, type])).toEqual([["/data", "directory"], ["/data/deleted", "deletion"], ["/hidden", "directory"], ["/linked", "deletion"], ["/old", "deletion"]]);
  expect([first.total, rest.total]).toEqual([7, 7]);
  await expect(lab.images.contents.files(image.id, { layer: 2 })).rejects.toMatchObject({ code: "notFound" });
});

test("a link out of the image is not followed", async () => {
  const image = await pull("wasteful", [bottom, top]);
  const { files } = await lab.images.contents.files(image.id, { search: "out" });
  expect(files).toMatchObject([{ path: "/out", type: "symlink", size: 0 }]);
});

test("of too many files the greatest are kept and the counts stay exact", async () => {
  const image = await pull("numerous", [makeLayer(Array.from({ length: 50 }, (_, index) => ({ name: `f${index}`, data: "z".repeat(index) })), oci)]);
  const contents = new LayerContents({ ...partsOf(lab), maxFiles: 10 });
  const page = await contents.files(image.id, {});
  expect(page.files.map(({ size }) => size)).toEqual([49, 48, 47, 46, 45, 44, 43, 42, 41, 40]);
  expect(page.summary).toMatchObject({ files: 50, bytes: 1225, isComplete: false });
});

test("the structure joins steps with layers, and counts who shares them", async () => {
  const image = await pull("wasteful", [bottom, top]);
  await pull("sharer", [bottom]);
  const { layers, steps } = lab.images.contents.structure(image.id);
  expect(layers.map(({ size, imageCount }) => [size, imageCount])).toEqual([[6700, 2], [4, 1]]);
  expect(steps.map(({ createdBy, layer }) => [createdBy, layer])).toEqual([["layer 1", 0], ["layer 2", 1]]);
  expect((await lab.images.sharedSizes()).get(image.id)).toBe(6700);
});

test("a comparison tells what is added, removed and modified, and that an equal file of another time is not", async () => {
  const before = await pull("before", [makeLayer([{ name: "same", data: "same" }, { name: "mode", data: "m" }, { name: "content", data: "one" }, { name: "gone", data: "gone!" }, { name: "link", type: "symlink", link: "a" }], oci)]);
  const after = await pull("after", [makeLayer([{ name: "other-layer", data: "" }], oci), makeLayer([{ name: "same", data: "same" }, { name: "mode", data: "m", mode: 0o755 }, { name: "content", data: "two" }, { name: "fresh", data: "fresh file" }, { name: "link", type: "symlink", link: "b" }], oci)]);
  const comparison = await lab.images.contents.compare(before.id, after.id);
  expect(comparison).toMatchObject({ added: 2, removed: 1, modified: 3, isComplete: true });
  expect(comparison.differences.map(({ path, change, what }) => [path, change, what])).toEqual([
    ["/fresh", "added", []], ["/gone", "removed", []], ["/content", "modified", ["content"]], ["/mode", "modified", ["mode"]], ["/link", "modified", ["target"]], ["/other-layer", "added", []],
  ]);
});

test("what a removal and a prune would free is what they free", async () => {
  await using own = await makeLab();
  await pushImage(registry.url, "one", "latest", makeImage([bottom, top]));
  await pushImage(registry.url, "two", "latest", makeImage([bottom]));
  const one = await own.images.pull(`${registry.host}/one`, {});
  const two = await own.images.pull(`${registry.host}/two`, {});
  own.images.tag(one.id, "extra");
  const names = [`${registry.host}/one:latest`, "extra:latest", "nothing:here"];
  const preview = await own.images.previewRemoval(names);
  expect(preview).toMatchObject({ deleted: [{ id: one.id }], layers: 1, refused: [{ name: "nothing:here", message: "No such image: nothing:here", canForce: false }] });
  expect(own.images.list()).toHaveLength(2);
  own.users = (id) => (id === two.id ? [{ id: "c".repeat(64), running: false }] : []);
  expect(await own.images.previewRemoval([two.id])).toMatchObject({ deleted: [], refused: [{ name: two.id, canForce: true }], freedBytes: 0 });
  own.users = () => [];
  const expected = await own.images.previewPrune({ dangling: false });
  expect(expected.deleted.map(({ id }) => id).sort()).toEqual([one.id, two.id].sort());
  const { freedBytes } = await own.images.prune({ dangling: false });
  expect(freedBytes).toBe(expected.freedBytes);
  expect(preview.freedBytes).toBeLessThan(freedBytes);
  expect(preview.freedBytes).toBeGreaterThan(0);
});

/** What a second reader of the same images needs. */
function partsOf({ catalog, snapshots, leases, workers }: ImageLab): ConstructorParameters<typeof LayerContents>[0] {
  return { catalog: catalog(), snapshots, leases, workers };
}

test("a search finds part of a path in any case, and nothing else of a file", async () => {
  const image = await pull("searched", [makeLayer([{ name: 'A","type":"B', data: "1" }, { name: "plain", data: "22" }, { name: "gr\u00fc\u00dfe", data: "333" }, { name: "back\\slash", data: "4444" }], oci)]);
  const found = async (search: string): Promise<string[]> => (await lab.images.contents.files(image.id, { search })).files.map(({ path }) => path);
  expect(await found("PLAI")).toEqual(["/plain"]);
  expect(await found("GR\u00dcSS")).toEqual([]);
  expect(await found("gr\u00fc")).toEqual(["/gr\u00fc\u00dfe"]);
  expect(await found('","TYPE')).toEqual(['/A","type":"B']);
  expect(await found("k\\s")).toEqual(["/back\\slash"]);
  expect(await found("modifiedAt")).toEqual([]);
  expect(await found("file")).toEqual([]);
});
