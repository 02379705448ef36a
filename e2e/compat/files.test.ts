import { onEachEngine } from "./lab.ts";
import { filesSuite } from "./suites/files.ts";

onEachEngine("files", filesSuite);
