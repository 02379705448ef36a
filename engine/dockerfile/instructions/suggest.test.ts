import { expect, test } from "vitest";
import { didYouMean, nearMiss } from "./suggest.ts";

const NAMES = ["ADD", "COPY", "ENTRYPOINT", "ENV", "FROM", "RUN"];

test.each<[string, string | undefined]>([
  ["RNU", "RUN"], ["run", "RUN"], ["rn", "RUN"], ["COPPY", "COPY"], ["CPY", "COPY"], ["FORM", "FROM"], ["ENTRYPIONT", "ENTRYPOINT"], ["ENVS", "ENV"],
  ["RUN", undefined], ["", undefined], ["X", undefined], ["ab", undefined], ["WHATEVER", undefined], ["x".repeat(10_000), undefined],
])("%s means %s", (value, expected) => {
  expect(nearMiss(value, NAMES)).toBe(expected);
  expect(didYouMean(value, NAMES, "--")).toBe(expected === undefined ? "" : ` (did you mean --${expected}?)`);
});
