import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { inUserNamespace } from "../sys/identity.ts";
import { S_IFCHR, mknod } from "../sys/nodes.ts";
import { setXattr } from "../sys/xattrs.ts";
import { readTextInLayers, resolveInLayers } from "./merged-view.ts";

let scratch: string;
beforeEach(() => void (scratch = mkdtempSync(join(tmpdir(), "slipway-merged-"))));
afterEach(() => rmSync(scratch, { recursive: true, force: true }));

const OPAQUE = Symbol("opaque");
const WHITEOUT = Symbol("whiteout");
type Content = string | typeof OPAQUE | typeof WHITEOUT | { readonly link: string } | null;

/** Layers, top first: null is a directory. */
function layers(...contents: readonly Readonly<Record<string, Content>>[]): string[] {
  return contents.map((content, index) => {
    const root = join(scratch, String(index));
    mkdirSync(root);
    for (const [name, value] of Object.entries(content)) {
      const path = join(root, name);
      mkdirSync(dirname(path), { recursive: true });
      if (value === WHITEOUT) mknod(path, S_IFCHR, 0);
      else if (typeof value === "string") writeFileSync(path, value);
      else if (value !== null && typeof value === "object") symlinkSync(value.link, path);
      else {
        mkdirSync(path, { recursive: true });
        if (value === OPAQUE) setXattr(path, inUserNamespace() ? "user.overlay.opaque" : "trusted.overlay.opaque", Buffer.from("y"));
      }
    }
    return root;
  });
}

test("the topmost file counts, and a directory is the sum of its layers", () => {
  const stack = layers({ "etc/a": "top" }, { "etc/a": "low", "etc/b": "b" });
  expect(readTextInLayers(stack, "/etc/a", 10)).toBe("top");
  expect(readTextInLayers(stack, "/etc/b", 10)).toBe("b");
  expect(resolveInLayers(stack, "etc").entry?.directories).toEqual([join(stack[0]!, "etc"), join(stack[1]!, "etc")]);
  expect(resolveInLayers(stack, "/").entry?.directories).toEqual(stack);
});

test("whiteouts, opaque directories and files hide what is below", () => {
  const stack = layers({ gone: WHITEOUT, dir: OPAQUE, "dir/new": "n", flat: "f" }, { gone: "x", "dir/old": "o", "flat/x": "x" }, { "gone/y": "y" });
  for (const path of ["gone", "gone/y", "dir/old", "flat/x"]) expect(readTextInLayers(stack, path, 10), path).toBe("");
  expect(readTextInLayers(stack, "dir/new", 10)).toBe("n");
  expect(resolveInLayers(stack, "gone").entry).toBeUndefined();
});

test("a directory over a file over a directory shows its own layer alone", () => {
  const stack = layers({ "a/top": "t" }, { a: "file" }, { "a/low": "l" });
  expect(readTextInLayers(stack, "a/top", 10)).toBe("t");
  expect(readTextInLayers(stack, "a/low", 10)).toBe("");
});

test("links are followed across layers, and never to the host", () => {
  const stack = layers({ "var/run": { link: "/run" }, "up": { link: "../../../../etc/x" }, "etc/x": "inside" }, { "run/pid": "7", "rel/l": { link: "../etc/./x" } });
  expect(readTextInLayers(stack, "/var/run/pid", 10)).toBe("7");
  expect(resolveInLayers(stack, "/var/run/new/file")).toMatchObject({ name: "run/new/file", entry: undefined });
  expect(readTextInLayers(stack, "/up", 10)).toBe("inside");
  expect(readTextInLayers(stack, "/rel/l", 10)).toBe("inside");
  // The layer that has no such directory but a link in its place.
  const host = layers1("/etc");
  expect(readTextInLayers(host, "/link/hostname", 1000)).toBe("");
});

function layers1(target: string): string[] {
  const root = join(scratch, "host");
  mkdirSync(root);
  symlinkSync(target, join(root, "link"));
  return [root];
}

test("a loop of links is an error, a large or special file reads as empty", () => {
  const stack = layers({ a: { link: "b" }, b: { link: "a" }, large: "12345", dir: null });
  expect(() => resolveInLayers(stack, "/a/x")).toThrow(expect.objectContaining({ code: "invalidArgument" }) as Error);
  expect(readTextInLayers(stack, "large", 4)).toBe("");
  expect(readTextInLayers(stack, "large", 5)).toBe("12345");
  expect(readTextInLayers(stack, "dir", 5)).toBe("");
  expect(readTextInLayers([], "etc/passwd", 5)).toBe("");
});
