import { enableCompileCache } from "node:module";
import { join } from "node:path";
import { messageOf } from "../base/errors.ts";
import { createLog } from "./log.ts";
import { parseOptions } from "./options.ts";

/** How long a stop may take before the process ends anyway, in ms. */
const STOP_DEADLINE_MS = 20_000;

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2), process.env);
  // Bundles and sockets are the engine's own; what containers see gets its mode where it is made.
  process.umask(0o022);
  process.title = "slipway-engine";
  enableCompileCache(join(options.run, "compile-cache"));
  const log = createLog(options.debug ? "debug" : "info");
  // Who reads what the engine prints may go away. A failed write is no failure to report: reporting it would fail again, for ever.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
  process.on("uncaughtException", (error) => log.failure("an error that nothing caught", error));
  process.on("unhandledRejection", (error) => log.failure("a failure that nothing awaited", error));
  const { startDaemon } = await import("./daemon.ts");
  const { VERSION } = await import("./version.ts");
  const daemon = await startDaemon({ ...options, version: VERSION }, log);
  const stopped = new Promise<NodeJS.Signals>((resolve) => {
    for (const name of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(name, () => resolve(name));
  });
  // Whoever reads this may send a signal at once.
  process.stdout.write(`listening on unix://${options.socket}\n`);
  const signal = await stopped;
  log.write("info", `${signal}: stopping; containers go on`);
  setTimeout(() => process.exit(1), STOP_DEADLINE_MS).unref();
  await daemon.stop();
  return 0;
}

try {
  process.exit(await main());
} catch (error) {
  process.stderr.write(`slipway engine: ${messageOf(error)}\n`);
  process.exit(1);
}
