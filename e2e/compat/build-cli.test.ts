import { onEachEngine } from "./lab.ts";
import { buildCliSuite } from "./suites/build-cli.ts";
import { composeSuite } from "./suites/compose.ts";

onEachEngine("docker build", (lab, capabilities) => {
  for (const suite of [buildCliSuite, composeSuite]) suite(lab, capabilities);
});
