import { onEachEngine } from "./lab.ts";
import { limitsSuite } from "./suites/limits.ts";

onEachEngine("limits", limitsSuite);
