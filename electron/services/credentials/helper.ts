/** Credential helpers: programs named `docker-credential-NAME` that keep secrets (protocol of docker-credential-helpers). */
import { ipcError } from "../ipc-error.ts";
import type { IpcError } from "../ipc-error.ts";
import type { Login } from "./auth-entry.ts";
import { isObject } from "./json-document.ts";
import { ProgramError, runProgram } from "./run-program.ts";
import type { ProgramResult } from "./run-program.ts";

/** A helper may ask its user for a passphrase. */
const TIME_LIMIT_MS = 60_000;
const NOT_FOUND = "credentials not found in native keychain";
/** The name of a login that is an identity token. */
const TOKEN_USER = "<token>";

type Action = "get" | "store" | "erase" | "list";

export interface HelperOptions {
  readonly signal?: AbortSignal | undefined;
}

/** One helper program; each call runs it once, with its input on standard input. */
export class CredentialHelper {
  readonly name: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #timeLimitMs: number;

  constructor(name: string, { env = process.env, timeLimitMs = TIME_LIMIT_MS }: { readonly env?: NodeJS.ProcessEnv; readonly timeLimitMs?: number } = {}) {
    this.name = name;
    this.#env = env;
    this.#timeLimitMs = timeLimitMs;
  }

  /** @returns undefined when it has none @throws IpcError `unavailable` with the helper's own sentence, `deadlineExceeded` */
  async get(key: string, options: HelperOptions = {}): Promise<Login | undefined> {
    const output = await this.#run("get", key, [], options);
    if (output === undefined) return undefined;
    const { Username: username, Secret: secret } = this.#parse(output);
    if (typeof username !== "string" || typeof secret !== "string") throw this.#failed("answered without a name and a secret");
    return username === TOKEN_USER ? { identityToken: secret } : { username, password: secret };
  }

  /** @throws IpcError as {@link get} */
  async store(key: string, login: Login, options: HelperOptions = {}): Promise<void> {
    const secret = login.identityToken ?? login.password ?? "";
    const username = login.identityToken === undefined ? (login.username ?? "") : TOKEN_USER;
    await this.#run("store", JSON.stringify({ ServerURL: key, Username: username, Secret: secret }), [secret], options);
  }

  /** Nothing to erase is no error. @throws IpcError as {@link get} */
  async erase(key: string, options: HelperOptions = {}): Promise<void> {
    await this.#run("erase", key, [], options);
  }

  /** Names by key. @throws IpcError as {@link get} */
  async list(options: HelperOptions = {}): Promise<ReadonlyMap<string, string>> {
    const output = await this.#run("list", "", [], options);
    if (output === undefined) return new Map();
    return new Map(Object.entries(this.#parse(output)).flatMap(([key, name]) => (typeof name === "string" ? [[key, name] as const] : [])));
  }

  /** Standard output, or undefined for the sentence that nothing was found. @param secrets that no message may repeat */
  async #run(action: Action, input: string, secrets: readonly string[], { signal }: HelperOptions): Promise<string | undefined> {
    const program = `docker-credential-${this.name}`;
    if (!/^[\w.-]+$/.test(this.name)) throw ipcError("invalidArgument", `${JSON.stringify(this.name)} is not the name of a credential helper.`);
    let result: ProgramResult;
    try {
      result = await runProgram(program, [action], { input, env: this.#env, timeLimitMs: this.#timeLimitMs, signal });
    } catch (error) {
      if (!(error instanceof ProgramError)) throw error;
      if (error.failure === "cancelled") throw ipcError("cancelled", "The operation was cancelled.");
      if (error.failure === "timeout") throw ipcError("deadlineExceeded", `The credential helper ${program} did not answer within ${Math.round(this.#timeLimitMs / 1000)} s.`);
      throw error.failure === "missing" ? missingHelper(this.name) : this.#failed(error.message);
    }
    const { code, stdout, stderr } = result;
    if (code === 0) return stdout;
    const said = (stdout.trim() || stderr.trim() || `ended with ${code ?? "a signal"}`).slice(0, 1000);
    if (said.toLowerCase().includes(NOT_FOUND)) return undefined;
    throw this.#failed(secrets.reduce((text, secret) => (secret === "" ? text : text.replaceAll(secret, "***")), said));
  }

  #parse(output: string): Record<string, unknown> {
    try {
      const value: unknown = JSON.parse(output === "" ? "{}" : output);
      if (isObject(value)) return value;
    } catch {
      // Its output may be a secret: it is not repeated.
    }
    throw this.#failed("answered with something that is not JSON");
  }

  #failed(said: string): IpcError {
    return ipcError("unavailable", `The credential helper docker-credential-${this.name} failed: ${said.replace(/\.$/, "")}.`);
  }
}

export function missingHelper(name: string): IpcError {
  return ipcError("unavailable", `The credential helper docker-credential-${name}, which Docker's configuration names, is not installed. Install it, or take its name out of config.json.`);
}
