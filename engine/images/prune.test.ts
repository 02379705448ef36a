import { afterAll, beforeAll, expect, test } from "vitest";
import { newId } from "../base/ids.ts";
import type { ContainerId, SnapshotKey } from "../base/ids.ts";
import { pushTestImages } from "../../e2e/fixtures/test-images.ts";
import { startRegistry } from "../../e2e/fixtures/registry.ts";
import type { TestRegistry } from "../../e2e/fixtures/registry.ts";
import { makeLab } from "./testing/lab.ts";

let registry: TestRegistry;
beforeAll(async () => {
  registry = await startRegistry();
  await pushTestImages(registry.url);
});
afterAll(() => registry[Symbol.asyncDispose]());

test("prune of all takes an image together with what was committed from it, and their files", async () => {
  await using lab = await makeLab();
  const parent = await lab.images.pull(`${registry.host}/busybox`, {});
  const key = newId<ContainerId>() as string as SnapshotKey;
  await lab.snapshots.prepare(key, parent.chainId!);
  const child = await lab.images.commit(key, { parent, reference: "child", config: {}, author: undefined, comment: undefined, createdBy: "" });
  await lab.snapshots.remove(key);
  const { removed } = await lab.images.prune({ dangling: false });
  expect(removed.flatMap(({ deleted }) => (deleted === child.id || deleted === parent.id ? [deleted] : []))).toEqual([child.id, parent.id]);
  expect(lab.images.list()).toEqual([]);
  expect(await lab.names("snapshots")).toEqual([]);
  expect(await lab.names("blobs/sha256")).toEqual([]);
});

test("prune of dangling images leaves those with a name, and their parents", async () => {
  await using lab = await makeLab();
  const parent = await lab.images.pull(`${registry.host}/busybox`, {});
  const key = newId<ContainerId>() as string as SnapshotKey;
  await lab.snapshots.prepare(key, parent.chainId!);
  await lab.images.commit(key, { parent, reference: undefined, config: {}, author: undefined, comment: undefined, createdBy: "" });
  const kept = await lab.images.commit(key, { parent, reference: "kept", config: { Labels: { a: "b" } }, author: undefined, comment: undefined, createdBy: "" });
  await lab.snapshots.remove(key);
  await lab.images.prune({ dangling: true });
  expect(lab.images.list().map(({ id }) => id).sort()).toEqual([parent.id, kept.id].sort());
});
