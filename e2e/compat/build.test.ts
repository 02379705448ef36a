import { describe } from "vitest";
import { onEachEngine } from "./lab.ts";
import { buildSuite } from "./suites/build.ts";
import { buildAddSuite } from "./suites/build-add.ts";
import { buildCopySuite } from "./suites/build-copy.ts";
import { buildRunSuite } from "./suites/build-run.ts";
import { buildWordsSuite } from "./suites/build-words.ts";

// One engine for all of them, several tests at a time: most are shorter than its start.
onEachEngine("Dockerfile", (lab, capabilities) => {
  describe.concurrent("builds", () => {
    for (const suite of [buildSuite, buildRunSuite, buildCopySuite, buildAddSuite, buildWordsSuite]) suite(lab, capabilities);
  });
});
