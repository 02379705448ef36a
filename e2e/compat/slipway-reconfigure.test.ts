import { onEachEngine } from "./lab.ts";
import { slipwayReconfigureSuite } from "./suites/slipway-reconfigure.ts";

onEachEngine("reconfiguring containers", slipwayReconfigureSuite, ({ slipway }) => slipway);
