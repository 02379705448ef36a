import { onEachEngine } from "./lab.ts";
import { slipwayBinSuite } from "./suites/slipway-bin.ts";

onEachEngine("removing and bringing back", slipwayBinSuite, ({ slipway }) => slipway);
