import { onEachEngine } from "./lab.ts";
import { projectsSuite } from "./suites/projects.ts";

onEachEngine("sample projects", projectsSuite);
