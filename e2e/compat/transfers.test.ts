import { onEachEngine } from "./lab.ts";
import { transfersSuite } from "./suites/transfers.ts";

onEachEngine("transfers", transfersSuite);
