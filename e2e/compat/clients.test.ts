import { onEachEngine } from "./lab.ts";
import { clientsSuite } from "./suites/clients.ts";

onEachEngine("clients", clientsSuite);
