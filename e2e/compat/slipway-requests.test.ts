import { onEachEngine } from "./lab.ts";
import { slipwayRequestsSuite } from "./suites/slipway-requests.ts";

onEachEngine("the list of calls", slipwayRequestsSuite, ({ slipway }) => slipway);
