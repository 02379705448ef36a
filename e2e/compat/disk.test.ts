import { onEachEngine } from "./lab.ts";
import { diskSuite } from "./suites/disk.ts";

onEachEngine("what takes space", diskSuite, ({ slipway }) => slipway);
