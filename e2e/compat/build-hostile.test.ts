import { onEachEngine } from "./lab.ts";
import { buildHostileSuite } from "./suites/build-hostile.ts";

onEachEngine("hostile builds", buildHostileSuite);
