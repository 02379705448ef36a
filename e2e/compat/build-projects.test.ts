import { onEachBuilder } from "./lab.ts";
import { projectsSuite } from "./suites/projects.ts";

onEachBuilder("sample projects", projectsSuite);
