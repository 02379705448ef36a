import { onEachEngine } from "./lab.ts";
import { errorsSuite } from "./suites/errors.ts";

onEachEngine("errors", errorsSuite);
