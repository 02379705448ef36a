import { onEachEngine } from "./lab.ts";
import { slipwayFilesSuite } from "./suites/slipway-files.ts";

onEachEngine("our own interface to files", slipwayFilesSuite, ({ slipway }) => slipway);
