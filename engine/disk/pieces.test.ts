import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DiskKind, DiskUser } from "./disk.ts";
import { Holdings } from "./pieces.ts";
import type { Holder, Piece } from "./pieces.ts";

const layer = (id: string, below: string | null, bytes: number | null): Piece => ({ id, below, bytes, isLayer: true, paths: [] });
const plain = (id: string, bytes: number | null): Piece => ({ id, below: null, bytes, isLayer: false, paths: [] });
const holder = (kind: DiskKind, id: string, pieces: readonly string[], more: Partial<Holder> = {}): Holder => ({ kind, id, name: id, detail: "", pieces, users: [], createdAt: null, lastUsedAt: null, fixed: null, ...more });
const user = (kind: DiskKind, id: string, running = false): DiskUser => ({ kind, id, name: id, running });

describe("the holdings", () => {
  const pieces = (): Piece[] => [layer("base", null, 100), layer("a", "base", 10), layer("b", "base", 20), layer("step", "a", 5), plain("blob", 7), plain("rw", 3), plain("files", 2), plain("log", 4)];
  const make = (more: readonly Holder[] = []): Promise<Holdings> => Holdings.join(pieces(), [
    holder("image", "A", ["blob", "a"]), holder("image", "B", ["b"], { users: [user("container", "web")] }), holder("cache", "step", ["step"]),
    holder("container", "web", ["rw", "files", "log"]), holder("log", "web", ["log"]), ...more,
  ]);
  const ids = (list: readonly { readonly id: string }[]): string[] => list.map(({ id }) => id).sort();

  test("tell of each item what it holds and what others hold too", async () => {
    const holdings = await make();
    expect(holdings.itemOf({ kind: "image", id: "A" })).toMatchObject({ bytes: 117, sharedBytes: 110 });
    expect(holdings.itemOf({ kind: "image", id: "B" })).toMatchObject({ bytes: 120, sharedBytes: 100 });
    expect(holdings.itemOf({ kind: "cache", id: "step" })).toMatchObject({ bytes: 5, sharedBytes: 0 });
    expect(holdings.itemOf({ kind: "container", id: "web" })).toMatchObject({ bytes: 5, sharedBytes: 0 });
    expect(holdings.itemOf({ kind: "log", id: "web" })).toMatchObject({ bytes: 4, sharedBytes: 0 });
    expect(holdings.items().filter(({ kind }) => kind === "layer").map(({ id, userCount }) => [id, userCount])).toEqual([["base", 3], ["a", 2]]);
  });

  test("count each piece for one kind", async () => {
    expect((await make()).kinds()).toEqual({ image: 137, cache: 5, container: 5, log: 4 });
  });

  test("let a piece go with the last of its holders", async () => {
    const holdings = await make();
    expect(ids(holdings.plan([{ kind: "image", id: "A" }]).pieces)).toEqual(["blob"]);
    expect(ids(holdings.plan([{ kind: "image", id: "A" }, { kind: "cache", id: "step" }]).pieces)).toEqual(["a", "blob", "step"]);
    expect(ids(holdings.plan([{ kind: "log", id: "web" }]).pieces)).toEqual(["log"]);
    expect(ids(holdings.plan([{ kind: "container", id: "web" }]).pieces)).toEqual(["files", "log", "rw"]);
  });

  test("refuse what is used, whatever else would have gone with it", async () => {
    const holdings = await make([holder("image", "C", [], { users: [user("container", "busy", true)] }), holder("container", "busy", [], { fixed: "It runs: stop it first." }), holder("volume", "v", [], { users: [user("container", "busy", true), user("container", "web")] })]);
    expect(holdings.plan([{ kind: "image", id: "B" }]).refused).toEqual([{ kind: "image", id: "B", name: "B", message: "The container web uses it: select that too, or keep this." }]);
    expect(holdings.plan([{ kind: "image", id: "B" }, { kind: "container", id: "web" }]).refused).toEqual([]);
    expect(holdings.plan([{ kind: "volume", id: "v" }, { kind: "container", id: "web" }, { kind: "image", id: "C" }, { kind: "container", id: "busy" }]).refused.map(({ id, message }) => [id, message])).toEqual([
      ["busy", "It runs: stop it first."], ["v", "The container busy uses it and runs: stop it first."], ["C", "The container busy uses it and runs: stop it first."],
    ]);
    expect(holdings.plan([{ kind: "layer", id: "base" }]).refused[0]?.message).toMatch(/^A layer goes with the last image/);
  });

  test("know no size before all of it is measured", async () => {
    const measured = plain("late", null);
    const holdings = await Holdings.join([measured, plain("soon", 1)], [holder("volume", "v", ["late", "soon"])]);
    expect(holdings.itemOf({ kind: "volume", id: "v" })).toMatchObject({ bytes: null, sharedBytes: null });
    expect(ids(holdings.unmeasured())).toEqual(["late"]);
    measured.bytes = 9;
    expect(holdings.items(["late"])).toMatchObject([{ kind: "volume", bytes: 10 }]);
  });

  test("a selection frees what all together hold, less what the others reach, for any images over any layers", async () => {
    const image = fc.uniqueArray(fc.integer({ min: 0, max: 11 }), { maxLength: 4 });
    await fc.assert(fc.asyncProperty(fc.array(fc.integer({ min: -1, max: 10 }), { minLength: 12, maxLength: 12 }), fc.array(image, { minLength: 1, maxLength: 6 }), fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }), async (parents, images, chosen) => {
      const below = (index: number): number => (parents[index]! < index ? parents[index]! : -1);
      const all = parents.map((_, index) => layer(`l${index}`, below(index) < 0 ? null : `l${below(index)}`, 2 ** index));
      const holdings = await Holdings.join(all, images.map((tops, index) => holder("image", `i${index}`, tops.map((top) => `l${top}`))));
      const reach = (which: readonly (readonly number[])[]): Set<number> => {
        const reached = new Set<number>();
        for (const top of which.flat()) for (let at = top; at >= 0; at = below(at)) reached.add(at);
        return reached;
      };
      const kept = reach(images.filter((_, index) => !chosen[index]));
      const expected = [...reach(images)].filter((at) => !kept.has(at)).reduce((sum, at) => sum + 2 ** at, 0);
      const { pieces: gone } = holdings.plan(images.flatMap((_, index) => (chosen[index] ? [{ kind: "image" as const, id: `i${index}` }] : [])));
      expect(gone.reduce((sum, { bytes }) => sum + bytes!, 0)).toBe(expected);
      expect(Object.values(holdings.kinds()).reduce((sum, bytes) => sum + bytes, 0)).toBe(2 ** 12 - 1);
    }));
  });
});
