import { EngineError } from "../base/errors.ts";
import type { LogConfig } from "../logs/logs.ts";
import type { HostConfig } from "./config.ts";

const DRIVERS = ["json-file", "local", "none"];
/** What Docker's drivers of the same names take; `none` looks at nothing. */
const OPTIONS = ["max-size", "max-file", "compress", "mode", "max-buffer-size", "labels", "labels-regex", "env", "env-regex", "tag"];

type HostLogConfig = HostConfig["LogConfig"];

/** @throws EngineError `invalidArgument` for an unknown driver or option, or a wrong value */
export function checkLogConfig(config: HostLogConfig): void {
  const driver = config?.Type || "json-file";
  if (!DRIVERS.includes(driver)) throw new EngineError("invalidArgument", `logger: no log driver named '${driver}' is registered: this engine has ${DRIVERS.join(", ")}`);
  if (driver === "none") return;
  const options = config?.Config ?? {};
  const unknown = Object.keys(options).find((name) => !OPTIONS.includes(name));
  if (unknown !== undefined) throw new EngineError("invalidArgument", `unknown log opt '${unknown}' for ${driver} log driver: it takes ${OPTIONS.join(", ")}`);
  const maxFile = options["max-file"];
  if (maxFile !== undefined && !/^[1-9][0-9]*$/.test(maxFile)) throw new EngineError("invalidArgument", `invalid log option max-file: ${JSON.stringify(maxFile)}: expected a number from 1`);
  logConfigOf(config);
}

/** What a container's log is written with. @throws EngineError `invalidArgument` for a wrong size */
export function logConfigOf(config: HostLogConfig): LogConfig {
  const { Type: driver = "json-file", Config: options = {} } = config ?? {};
  const maxFile = Number(options["max-file"] ?? 1);
  return { driver: driver as LogConfig["driver"], maxSize: options["max-size"] === undefined ? null : parseSize(options["max-size"]), maxFile: Number.isInteger(maxFile) && maxFile > 0 ? maxFile : 1 };
}

/** Docker's sizes: `10m`, `1g`, `500k` or bytes; -1 is no limit. */
function parseSize(text: string): number | null {
  if (text === "-1") return null;
  const match = /^([0-9]+(?:\.[0-9]+)?)\s*([kmgt]?)i?b?$/i.exec(text);
  if (match === null) throw new EngineError("invalidArgument", `invalid log option max-size: ${JSON.stringify(text)}: expected a size like 10m`);
  return Math.floor(Number(match[1]) * 1024 ** ["", "k", "m", "g", "t"].indexOf(match[2]!.toLowerCase()));
}
