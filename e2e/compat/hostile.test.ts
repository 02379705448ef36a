import { onEachEngine } from "./lab.ts";
import { hostileSuite } from "./suites/hostile.ts";

onEachEngine("hostile input", hostileSuite);
