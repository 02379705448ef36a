import { onEachEngine } from "./lab.ts";
import { runSuite } from "./suites/run.ts";

onEachEngine("docker run", runSuite);
