import { expect, it } from "vitest";
import type { ContainerChange } from "../../../../../electron/ipc/contract/containers.ts";
import { changeTree, shownChanges, type ChangeKind } from "./tree.ts";

const changes: readonly ContainerChange[] = [
  { path: "/etc", kind: "modified" },
  { path: "/etc/motd", kind: "deleted" },
  { path: "/etc/hosts", kind: "modified" },
  { path: "/srv/a/file10", kind: "added" },
  { path: "/srv/a/file9", kind: "added" },
  { path: "/empty", kind: "modified" },
];
const all = new Set<ChangeKind>(["added", "modified", "deleted"]);
const none: ReadonlySet<string> = new Set();

function drawn(query: string, kinds = all, closed = none): string[] {
  return shownChanges(changeTree(changes), closed, query, kinds).map(({ node, depth }) => `${"  ".repeat(depth)}${node.name}`);
}

it("draws folders first, names with their numbers in order, and folders that nothing says anything of", () => {
  expect(drawn("")).toEqual(["etc", "  hosts", "  motd", "srv", "  a", "    file9", "    file10", "empty"]);
});

it("counts what happened below, and no folder that only leads there", () => {
  const root = changeTree(changes);
  expect(root.counts).toEqual({ added: 2, modified: 2, deleted: 1 });
  expect(root.children.find((node) => node.name === "etc")?.counts).toEqual({ added: 0, modified: 1, deleted: 1 });
});

it("adds up what files are long, and puts the greatest first where that is asked", () => {
  const sized = changes.map((change) => ({ ...change, ...({ "/etc/hosts": { bytes: 10 }, "/srv/a/file9": { bytes: 5 }, "/srv/a/file10": { bytes: 500 } } as Record<string, object>)[change.path] }));
  const root = changeTree(sized, "size");
  expect(root.bytes).toBe(515);
  expect(shownChanges(root, none, "", all).map(({ node }) => `${node.name} ${node.bytes}`)).toEqual(["srv 505", "a 505", "file10 500", "file9 5", "etc 10", "hosts 10", "motd 0", "empty 0"]);
});

it("hides what is closed, and opens it while something is typed", () => {
  expect(drawn("", all, new Set(["/srv"]))).toEqual(["etc", "  hosts", "  motd", "srv", "empty"]);
  expect(drawn("SRV 10", all, new Set(["/srv"]))).toEqual(["srv", "  a", "    file10"]);
  expect(drawn("nowhere")).toEqual([]);
});

it("shows the kinds that are wanted, with the folders above them", () => {
  expect(drawn("", new Set<ChangeKind>(["deleted"]))).toEqual(["etc", "  motd"]);
  expect(drawn("", new Set<ChangeKind>(["modified"]))).toEqual(["etc", "  hosts", "empty"]);
});
