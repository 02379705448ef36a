import { onEachEngine } from "./lab.ts";
import { crashSuite } from "./suites/crash.ts";

onEachEngine("crash", crashSuite);
