import { onEachBuilder } from "./lab.ts";
import { buildHostileSuite } from "./suites/build-hostile.ts";

onEachBuilder("hostile builds", buildHostileSuite);
