/** Docker's configuration file, `~/.docker/config.json`: read and written as the CLI does. */
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { ipcError } from "../ipc-error.ts";
import { hostOfKey, keyOf } from "./addresses.ts";
import { writeWhole } from "./atomic-write.ts";
import { decodeEntry, encodeEntry } from "./auth-entry.ts";
import type { Login } from "./auth-entry.ts";
import { formatDocument, isObject, parseDocument } from "./json-document.ts";
import type { JsonObject } from "./json-document.ts";

/** What the file says of logins. */
export interface DockerConfig {
  /** Keys of `auths`, with the login where it holds one; helpers leave empty entries. */
  readonly entries: ReadonlyMap<string, Login | undefined>;
  readonly credsStore: string | undefined;
  readonly credHelpers: ReadonlyMap<string, string>;
  /** Whether any of the three is there: if not, the CLI looks for the platform's own helper. */
  readonly mentionsLogins: boolean;
}

/** `$DOCKER_CONFIG/config.json`, else `~/.docker/config.json`. */
export function dockerConfigPath(env: NodeJS.ProcessEnv = process.env): string {
  const folder = env["DOCKER_CONFIG"];
  return join(folder === undefined || folder === "" ? join(homedir(), ".docker") : folder, "config.json");
}

export class DockerConfigFile {
  readonly path: string;
  #writing: Promise<void> = Promise.resolve();

  constructor(path = dockerConfigPath()) {
    this.path = path;
  }

  /** @throws IpcError `invalidArgument` when it is no JSON, `forbidden` when it may not be read */
  async read(): Promise<DockerConfig> {
    return toConfig((await this.#load()).document);
  }

  /** Keeps a login as plain text in `auths`; an entry without one is what the CLI leaves for a helper's. @throws IpcError as {@link read} */
  async keep(host: string, login: Login | undefined, defaultStore?: string): Promise<void> {
    await this.#change((document) => {
      const auths = isObject(document["auths"]) ? document["auths"] : (document["auths"] = {});
      const key = keyOf(host);
      const before = isObject(auths[key]) ? auths[key] : {};
      auths[key] = encodeEntry(before, login);
      // Others of the same registry, such as `https://HOST/v1/`, would be found in its place after a logout.
      for (const other of keysFor(auths, host)) if (other !== key) delete auths[other];
      if (defaultStore !== undefined) document["credsStore"] = defaultStore;
      return true;
    });
  }

  /** Takes all entries of the registry out; whether there were any. @throws IpcError as {@link read} */
  async erase(host: string): Promise<boolean> {
    return this.#change((document) => {
      const auths = document["auths"];
      if (!isObject(auths)) return false;
      const keys = keysFor(auths, host);
      for (const key of keys) delete auths[key];
      return keys.length > 0;
    });
  }

  async #load(): Promise<{ text: string; document: JsonObject }> {
    let text = "";
    try {
      text = await readFile(this.path, "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return { text: "", document: {} };
      throw ipcError("forbidden", `${this.path}, where Docker keeps logins, cannot be read: ${reasonOf(error)}.`);
    }
    try {
      return { text, document: parseDocument(text) };
    } catch {
      // The parser's own words quote the file, secrets and all.
      throw ipcError("invalidArgument", `${this.path}, where Docker keeps logins, is not valid JSON. Correct it or move it away.`);
    }
  }

  /** Changes follow each other. */
  async #change(edit: (document: JsonObject) => boolean): Promise<boolean> {
    let changed = false;
    const turn = this.#writing.then(async () => {
      const { text, document } = await this.#load();
      changed = edit(document);
      if (!changed) return;
      await writeWhole(this.path, formatDocument(document, text)).catch((error: unknown) => {
        throw ipcError("forbidden", `${this.path}, where Docker keeps logins, cannot be written: ${reasonOf(error)}.`);
      });
    });
    this.#writing = turn.catch(() => undefined);
    await turn;
    return changed;
  }
}

function keysFor(auths: JsonObject, host: string): string[] {
  return Object.keys(auths).filter((key) => hostOfKey(key) === host);
}

function toConfig(document: JsonObject): DockerConfig {
  const auths = isObject(document["auths"]) ? document["auths"] : {};
  const credHelpers = isObject(document["credHelpers"]) ? document["credHelpers"] : {};
  const credsStore = typeof document["credsStore"] === "string" && document["credsStore"] !== "" ? document["credsStore"] : undefined;
  const helpers = Object.entries(credHelpers).flatMap(([key, name]) => (typeof name === "string" ? [[key, name] as const] : []));
  return {
    entries: new Map(Object.entries(auths).map(([key, entry]) => [key, isObject(entry) ? decodeEntry(entry) : undefined])),
    credsStore,
    credHelpers: new Map(helpers),
    mentionsLogins: credsStore !== undefined || helpers.length > 0 || Object.keys(auths).length > 0,
  };
}

function reasonOf(error: unknown): string {
  return error instanceof Error && "code" in error && error.code === "EACCES" ? "permission denied" : error instanceof Error ? error.message : String(error);
}
