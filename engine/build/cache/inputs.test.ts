import { expect, test } from "vitest";
import { compareManifests, explainMiss, hashValues } from "./inputs.ts";
import type { StepInputs } from "./inputs.ts";

const BASE: StepInputs = { parent: "image:a", base: "busybox (aaa)", text: "COPY . /app", args: hashValues({ V: "1" }), env: hashValues({ PATH: "/bin" }), operation: "o", files: ["d1"] };
const BELOW = { number: 3, text: "RUN make" };

function why(change: Partial<StepInputs>, context: { manifest?: string; below?: typeof BELOW | null; before?: string | null } = {}) {
  return explainMiss({ ...BASE, ...change }, { inputs: BASE, manifest: context.before ?? null }, { manifest: context.manifest ?? null, below: context.below ?? null });
}

test("a step that was never built is new", () => {
  expect(explainMiss(BASE, null, { manifest: null, below: null })).toEqual({ type: "new" });
});

test("the first difference is the reason", () => {
  expect(why({ text: "COPY . /srv", parent: "image:b" })).toEqual({ type: "instruction", before: "COPY . /app" });
  expect(why({ parent: "image:b", base: "busybox (bbb)" })).toEqual({ type: "base", before: "busybox (aaa)", now: "busybox (bbb)" });
  expect(why({ parent: "record", base: null }, { below: BELOW })).toEqual({ type: "earlierStep", step: 3, text: "RUN make" });
  expect(why({ args: hashValues({ V: "2" }), files: ["d2"] })).toEqual({ type: "argument", name: "V" });
  expect(why({ args: hashValues({ V: "1", W: "1" }) })).toEqual({ type: "argument", name: "W" });
  expect(why({ args: {} })).toEqual({ type: "argument", name: "V" });
  expect(why({ env: hashValues({ PATH: "/sbin" }) })).toEqual({ type: "environment", name: "PATH" });
  expect(why({ operation: "p" })).toEqual({ type: "instruction", before: "COPY . /app" });
  expect(why({})).toEqual({ type: "removed" });
});

test("files are named by what happened to them", () => {
  expect(why({ files: ["d2"] }, { before: "1 a\n2 b c\n3 gone\n", manifest: "1 a\n9 b c\n4 new\n" })).toEqual({ type: "files", changed: ["b c"], added: ["new"], removed: ["gone"], total: 3 });
  const many = Array.from({ length: 50 }, (_, index) => `x f${index}`).join("\n");
  expect(compareManifests("", many)).toMatchObject({ total: 50, added: { length: 10 }, changed: [], removed: [] });
});

test("values are not kept", () => {
  expect(JSON.stringify(hashValues({ TOKEN: "s3cret" }))).not.toContain("s3cret");
});
