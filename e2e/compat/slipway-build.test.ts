import { onEachEngine } from "./lab.ts";
import { slipwayBuildSuite } from "./suites/slipway-build.ts";

onEachEngine("our own interface to builds", slipwayBuildSuite, ({ slipway }) => slipway);
