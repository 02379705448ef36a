import { expect, test } from "vitest";
import { fileTreeSuite } from "./file-tree.suite.ts";
import { Lab, selection } from "./testing/fixture.ts";
import type { Nodes } from "./testing/fixture.ts";
import { Stack, describeTree } from "./testing/layers.ts";

fileTreeSuite("a directory in place", { open: async (lab, nodes, options) => lab.directory(nodes, options) });
fileTreeSuite("a tar that is kept", { open: (lab, nodes, options) => lab.tar(nodes, options) });
fileTreeSuite("a compressed tar", { open: (lab, nodes, options) => lab.tar(nodes, { ...options, compress: "--gzip" }) });

test("a tree and its tar are the same: digests, manifests, copies", async () => {
  await using lab = new Lab();
  const nodes: Nodes = {
    Dockerfile: "FROM scratch", ".hidden/x": "x", "bin/run": { file: "#!", mode: 0o4755, uid: 1, gid: 2 }, "bin/again": { hardlink: "bin/run" }, "bin/link": { link: "../Dockerfile" },
    "a-b": "sorted before a/b", "a/b": "b", "deep/er/and/deeper": "d", empty: { directory: true, mode: 0o1777 }, "name with spaces": "", "\udcffraw": "raw", [`${"long/".repeat(50)}file`]: "far", zeros: new Uint8Array(400_000),
  };
  for (const keepOwners of [false, true]) {
    const [directory, tar] = [lab.directory(nodes, { keepOwners }), await lab.tar(nodes, { keepOwners })];
    for (const pattern of [".", "bin", "*", "bin/*", "a*", "deep/er", "[!n]*"]) {
      const [one, two] = [await directory.select(selection(pattern)), await tar.select(selection(pattern))];
      expect({ ...two, handle: null }, pattern).toEqual({ ...one, handle: null });
      const stacks = [new Stack(lab, { bin: { directory: true, mode: 0o700, gid: 3 } }), new Stack(lab, { bin: { directory: true, mode: 0o700, gid: 3 } })] as const;
      await stacks[0].copy(one, "/");
      await stacks[1].copy(two, "/");
      expect(describeTree(stacks[1].layer), pattern).toEqual(describeTree(stacks[0].layer));
    }
  }
});
