import { onEachEngine } from "./lab.ts";
import { networksSuite } from "./suites/networks.ts";

onEachEngine("networks", networksSuite);
