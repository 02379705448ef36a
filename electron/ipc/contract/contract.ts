/** The whole contract between a window and its host: one entry per service. Electron and the browser host serve the same. */
import type { ContractRouterClient } from "@orpc/contract";
import { app } from "./app.ts";
import { bin } from "./bin.ts";
import { builds } from "./builds.ts";
import { calls } from "./calls.ts";
import { connections } from "./connections.ts";
import { containers } from "./containers.ts";
import { disk } from "./disk.ts";
import { engine } from "./engine.ts";
import { events } from "./events.ts";
import { files } from "./files.ts";
import { imageArchives } from "./image-archives.ts";
import { imageContents } from "./image-contents.ts";
import { images } from "./images.ts";
import { logs } from "./logs.ts";
import { networks } from "./networks.ts";
import { ownEngine } from "./own-engine.ts";
import { ports } from "./ports.ts";
import { registries } from "./registries.ts";
import { samples } from "./samples.ts";
import { settings } from "./settings.ts";
import { stats } from "./stats.ts";
import { streams } from "./streams.ts";
import { system } from "./system.ts";
import { terminal } from "./terminal.ts";
import { transfers } from "./transfers.ts";
import { volumes } from "./volumes.ts";

export const contract = { app, bin, builds, calls, connections, containers, disk, engine, events, files, imageArchives, imageContents, images, logs, networks, ownEngine, ports, registries, samples, settings, stats, streams, system, terminal, transfers, volumes };

/** What a window holds: every call throws errors that `toIpcErrorInfo` reads, and takes `{ signal }` as its second argument. */
export type IpcClient = ContractRouterClient<typeof contract>;
