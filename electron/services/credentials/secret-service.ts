/**
 * The Secret Service (GNOME Keyring, KWallet, KeePassXC) by libsecret's program `secret-tool`. Items have the attributes of
 * docker-credential-secretservice, so that the CLI finds them once it uses that helper.
 */
import { ipcError } from "../ipc-error.ts";
import { keyOf } from "./addresses.ts";
import type { Login } from "./auth-entry.ts";
import type { Keyring } from "./keyring.ts";
import { LoginIndex } from "./login-index.ts";
import { ProgramError, runProgram } from "./run-program.ts";

const NAME = "Secret Service";
/** Its user may have to unlock it. */
const TIME_LIMIT_MS = 60_000;
const PROBE_LIMIT_MS = 3000;
const TOKEN_USER = "<token>";

export class SecretService implements Keyring {
  readonly name = NAME;
  readonly #index: LoginIndex;
  readonly #env: NodeJS.ProcessEnv;

  constructor({ index = new LoginIndex(), env = process.env }: { readonly index?: LoginIndex; readonly env?: NodeJS.ProcessEnv } = {}) {
    this.#index = index;
    this.#env = env;
  }

  async obstacle(signal?: AbortSignal): Promise<string | undefined> {
    try {
      const { code, stderr } = await this.#run("lookup", attributesOf("slipway.probe"), "", signal, PROBE_LIMIT_MS);
      return code === 0 || stderr.trim() === "" ? undefined : "no keyring of the desktop (Secret Service) answers";
    } catch (error) {
      signal?.throwIfAborted();
      return error instanceof ProgramError && error.failure === "missing" ? "secret-tool, which reaches the desktop's keyring, is not installed" : "the desktop's keyring (Secret Service) does not answer";
    }
  }

  async list(): Promise<ReadonlyMap<string, string>> {
    return new Map([...(await this.#index.read(NAME))].map(([host, { username = "" }]) => [host, username]));
  }

  async get(host: string, signal?: AbortSignal): Promise<Login | undefined> {
    const username = (await this.#index.read(NAME)).get(host)?.username;
    const secret = await this.#lookup(host, signal);
    if (secret === undefined) return undefined;
    return username === undefined ? { identityToken: secret } : { username, password: secret };
  }

  async keep(host: string, { username, password, identityToken }: Login, signal?: AbortSignal): Promise<void> {
    const secret = identityToken ?? password ?? "";
    // One of another name would stay beside it.
    await this.#ask("clear", attributesOf(host), "", signal);
    const { code, stderr } = await this.#ask("store", ["--label", keyOf(host), "xdg:schema", "io.docker.Credentials", "label", "Docker Credentials", ...attributesOf(host), "username", identityToken === undefined ? (username ?? "") : TOKEN_USER], secret, signal);
    if (code !== 0) throw failed(stderr);
    if ((await this.#lookup(host, signal)) !== secret) {
      await this.#ask("clear", attributesOf(host), "", signal);
      throw ipcError("resourceExhausted", `The system's keyring cannot keep the login to ${host}: its secret is too long.`);
    }
    await this.#index.set(host, { keyring: NAME, ...(identityToken === undefined && username !== undefined ? { username } : {}) });
  }

  async erase(host: string, signal?: AbortSignal): Promise<void> {
    // Nothing to clear fails without a word.
    const { code, stderr } = await this.#ask("clear", attributesOf(host), "", signal);
    if (code !== 0 && stderr.trim() !== "") throw failed(stderr);
    await this.#index.remove(host, NAME);
  }

  async #lookup(host: string, signal: AbortSignal | undefined): Promise<string | undefined> {
    const { code, stdout, stderr } = await this.#ask("lookup", attributesOf(host), "", signal);
    if (code === 0) return stdout;
    if (stderr.trim() === "") return undefined;
    throw failed(stderr);
  }

  async #ask(action: string, args: readonly string[], input: string, signal: AbortSignal | undefined): ReturnType<typeof runProgram> {
    try {
      return await this.#run(action, args, input, signal, TIME_LIMIT_MS);
    } catch (error) {
      if (!(error instanceof ProgramError)) throw error;
      if (error.failure === "cancelled") throw ipcError("cancelled", "The operation was cancelled.");
      throw failed(error.failure === "missing" ? "secret-tool is not installed" : error.failure === "timeout" ? "it did not answer" : error.message);
    }
  }

  #run(action: string, args: readonly string[], input: string, signal: AbortSignal | undefined, timeLimitMs: number): ReturnType<typeof runProgram> {
    return runProgram("secret-tool", [action, ...args], { input, env: this.#env, timeLimitMs, signal });
  }
}

function attributesOf(host: string): string[] {
  return ["server", keyOf(host), "docker_cli", "1"];
}

function failed(said: string): Error {
  return ipcError("unavailable", `The system's keyring (${NAME}) failed: ${said.trim().replace(/^secret-tool: /, "").replace(/\.$/, "").slice(0, 500)}.`);
}
