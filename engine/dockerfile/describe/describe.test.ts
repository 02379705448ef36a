import fc from "fast-check";
import { expect, test } from "vitest";
import { describeDockerfile } from "./describe.ts";

const FILE = "# syntax=docker/dockerfile:1\nARG BASE=alpine:3\nFROM $BASE AS build\n\nARG VERSION\nRUN make \\\n    all\nFROM scratch\nCOPY --from=build /out /\n";

test("nodes lie end to end, and stages and arguments are told", () => {
  const { nodes, stages, args, diagnostics } = describeDockerfile(FILE);
  expect(nodes.map(({ start, end }) => FILE.slice(start, end)).join("")).toBe(FILE);
  expect(nodes.map(({ type, name }) => name ?? type)).toEqual(["directive", "ARG", "FROM", "blank", "ARG", "RUN", "FROM", "COPY"]);
  expect(nodes.at(-1)).toMatchObject({ argument: "/out /", flags: ["--from=build"], line: 9 });
  expect(stages).toEqual([{ index: 0, name: "build", image: "$BASE", line: 3 }, { index: 1, name: null, image: "scratch", line: 8 }]);
  expect(args).toEqual([{ name: "BASE", value: "alpine:3" }, { name: "VERSION", value: null }]);
  expect(diagnostics).toEqual([]);
});

test("a disabled instruction is one node, and both ways are told", () => {
  const text = "FROM alpine\n#~ RUN make \\\n#~   all\n# RUN not this\nRNU x\nCMD [\"a\"]\n";
  const { nodes } = describeDockerfile(text);
  expect(nodes.map(({ start, end }) => text.slice(start, end)).join("")).toBe(text);
  expect(nodes.map(({ type, name, line, toggled }) => [type, name, line, toggled])).toEqual([
    ["instruction", "FROM", 1, "#~ FROM alpine\n"],
    ["disabled", "RUN", 2, "RUN make \\\n  all\n"],
    ["comment", null, 4, null],
    ["instruction", "RNU", 5, null],
    ["instruction", "CMD", 6, "#~ CMD [\"a\"]\n"],
  ]);
});

test("every wrong instruction is told, with its place", () => {
  const text = "FROM alpine\nRNU make\nCOPY a\nEXPOSE 80\n";
  const { diagnostics } = describeDockerfile(text);
  expect(diagnostics.map(({ severity, range }) => [severity, range.start.line])).toEqual([["error", 2], ["error", 3]]);
  const [first] = diagnostics;
  expect(first?.message).toBe("unknown instruction: RNU (did you mean RUN?)");
  expect(text.slice(first?.range.start.offset, first?.range.end.offset)).toBe("RNU");
});

test("a right file gets the findings of the build checks", () => {
  const { diagnostics } = describeDockerfile("from alpine\nRUN true\nCMD start now\n");
  expect(diagnostics.map(({ rule, severity }) => [rule, severity])).toContainEqual(["JSONArgsRecommended", "warning"]);
  expect(diagnostics.map(({ rule }) => rule)).toContain("ConsistentInstructionCasing");
});

test("a file that cannot be read at all", () => {
  expect(describeDockerfile("").diagnostics).toMatchObject([{ severity: "error", range: { start: { line: 1, column: 1 } } }]);
  expect(describeDockerfile("RUN true\n").diagnostics[0]?.message).toContain("no build stage");
});

test("no text makes it fail, and no range leaves the text", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), fc.constantFrom("FROM a\n", "RUN <<E\n", "ENV a\n", ""), (tail, head) => {
    const text = head + tail;
    for (const { range } of describeDockerfile(text).diagnostics) {
      expect(range.start.offset).toBeLessThanOrEqual(range.end.offset);
      expect(range.end.offset).toBeLessThanOrEqual(text.length);
    }
  }));
});
