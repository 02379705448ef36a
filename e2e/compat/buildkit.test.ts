import { onEachEngine } from "./lab.ts";
import { buildKitSuite } from "./suites/buildkit.ts";

onEachEngine("BuildKit sessions", buildKitSuite, (capabilities) => capabilities.buildKitSessions);
