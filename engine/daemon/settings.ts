import { readFileSync } from "node:fs";
import { join } from "node:path";
import { EngineError, messageOf } from "../base/errors.ts";
import type { ProxySettings } from "../registry/proxy.ts";

/** What the engine's settings file says. Its keys are those of dockerd's daemon.json. */
export interface EngineSettings {
  readonly insecureRegistries: readonly string[];
  readonly registryMirrors: readonly string[];
  readonly proxy: ProxySettings;
}

const KEYS = ["insecure-registries", "registry-mirrors", "proxies"];
const PROXY_KEYS = ["http-proxy", "https-proxy", "no-proxy"];

/** `/etc/slipway/engine.json`; of a normal user's engine `$XDG_CONFIG_HOME/slipway/engine.json`, undefined where there is no home. */
export function settingsPath(environment: NodeJS.ProcessEnv, userNamespace: boolean): string | undefined {
  if (!userNamespace) return "/etc/slipway/engine.json";
  const config = environment["XDG_CONFIG_HOME"] || (environment["HOME"] ? join(environment["HOME"], ".config") : undefined);
  return config === undefined ? undefined : join(config, "slipway/engine.json");
}

/** Reads the settings; a file that is not there says nothing. @throws EngineError `invalidArgument` with the file and the wrong value */
export function readSettings(path: string | undefined): EngineSettings {
  const text = path === undefined ? undefined : read(path);
  if (path === undefined || text === undefined) return { insecureRegistries: [], registryMirrors: [], proxy: {} };
  const wrong = (what: string): EngineError => new EngineError("invalidArgument", `the settings file ${path} cannot be used: ${what}`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw wrong(`it is no JSON (${messageOf(error)})`);
  }
  const object = fields(value, "the file", KEYS, wrong);
  const list = (key: string): string[] => {
    const entries = object[key] ?? [];
    if (!Array.isArray(entries) || !entries.every((entry) => typeof entry === "string")) throw wrong(`${JSON.stringify(key)} must be a list of texts, not ${JSON.stringify(entries)}`);
    return entries;
  };
  const proxies = fields(object["proxies"] ?? {}, '"proxies"', PROXY_KEYS, wrong);
  const proxy = (key: string): string | undefined => {
    const entry = proxies[key] ?? undefined;
    // Its value may hold a password.
    if (entry !== undefined && typeof entry !== "string") throw wrong(`${JSON.stringify(key)} must be a text`);
    return entry === "" ? undefined : entry;
  };
  return {
    insecureRegistries: list("insecure-registries"), registryMirrors: list("registry-mirrors"),
    proxy: { http: proxy("http-proxy"), https: proxy("https-proxy"), no: proxy("no-proxy") },
  };
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new EngineError("invalidArgument", `the settings file ${path} cannot be read: ${messageOf(error)}`);
  }
}

function fields(value: unknown, what: string, known: readonly string[], wrong: (what: string) => EngineError): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrong(`${what} must hold an object`);
  const unknown = Object.keys(value).find((key) => !known.includes(key));
  if (unknown !== undefined) throw wrong(`${JSON.stringify(unknown)} is not known in ${what}; known are ${known.join(", ")}`);
  return value as Record<string, unknown>;
}
