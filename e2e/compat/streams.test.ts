import { onEachEngine } from "./lab.ts";
import { streamsSuite } from "./suites/streams.ts";

onEachEngine("streams", streamsSuite);
