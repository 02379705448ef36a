import { onEachEngine } from "./lab.ts";
import { lifecycleSuite } from "./suites/lifecycle.ts";

onEachEngine("lifecycle", lifecycleSuite);
