import fc from "fast-check";
import { expect, test } from "vitest";
import { matchPath } from "../../../dockerfile/patterns/path.ts";
import { PLAIN, baseOf, parentOf } from "./entry.ts";
import type { Entry } from "./entry.ts";
import { matchesOf } from "./expand.ts";
import type { TreeView } from "./view.ts";

/** A tree of these files, and their directories, in memory. */
function viewOf(files: readonly string[]): { readonly view: TreeView; readonly paths: readonly string[] } {
  const entries = new Map<string, Entry>([["", { ...PLAIN, path: "", type: "directory", mode: 0o755 }]]);
  for (const file of files) {
    const parts = file.split("/");
    if (parts.some((_part, index) => entries.get(parts.slice(0, index).join("/"))?.type === "file") || entries.has(file)) continue;
    for (let depth = 1; depth < parts.length; depth++) {
      const path = parts.slice(0, depth).join("/");
      entries.set(path, { ...PLAIN, path, type: "directory", mode: 0o755 });
    }
    entries.set(file, { ...PLAIN, path: file, type: "file", mode: 0o644 });
  }
  const paths = [...entries.keys()].filter((path) => path !== "");
  const view: TreeView = {
    entry: (path) => entries.get(path),
    names: (path) => paths.filter((each) => parentOf(each) === path).map(baseOf).sort(),
    hashed: (entry) => entry,
    read: () => new Uint8Array(),
    isHidden: () => false,
  };
  return { view, paths };
}

function run<T>(work: Generator<void, T>): T {
  for (let next = work.next(); ; next = work.next()) if (next.done === true) return next.value;
}

const name = fc.string({ unit: fc.constantFrom("a", "b", "c", "-"), minLength: 1, maxLength: 3 });
const file = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
const piece = fc.constantFrom("a", "b", "c", "-", "*", "?", "[ab]", "[^a]", "[a-c]", "\\a", "/", "\\*");
const pattern = fc.array(piece, { minLength: 1, maxLength: 7 }).map((pieces) => pieces.join("")).filter((text) => /[*?[]/.test(text.replace(/\\./g, "")) && !text.startsWith("/") && !text.endsWith("/") && !text.includes("//"));

test("wildcards select what Go's filepath.Match matches, without what is below a match", () => {
  fc.assert(fc.property(fc.array(file, { minLength: 1, maxLength: 12 }), pattern, (files, text) => {
    const { view, paths } = viewOf(files);
    const matching = paths.filter((path) => matchPath(text, path));
    const expected = matching.filter((path) => !matching.some((other) => path.startsWith(`${other}/`)));
    let selected: readonly string[];
    try {
      selected = run(matchesOf(view, text));
    } catch (error) {
      // The directory in front of the wildcards is missing.
      expect(error).toMatchObject({ code: "notFound" });
      selected = [];
    }
    expect([...selected].sort()).toEqual(expected.sort());
  }), { numRuns: 3000 });
});
