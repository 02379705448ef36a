import { onEachEngine } from "./lab.ts";
import { slipwayStartsSuite } from "./suites/slipway-starts.ts";

onEachEngine("starts, step by step", slipwayStartsSuite, ({ slipway }) => slipway);
