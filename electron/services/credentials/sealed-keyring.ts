import { ipcError } from "../ipc-error.ts";
import type { Login } from "./auth-entry.ts";
import type { Keyring } from "./keyring.ts";
import { LoginIndex } from "./login-index.ts";

/** Encryption with a key that the system's keyring guards; what a host offers, as Electron does. */
export interface SecretBox {
  readonly name: string;
  /** Why it cannot be used, as the second half of a sentence; undefined when it can. */
  obstacle(): Promise<string | undefined>;
  seal(text: string): Promise<Uint8Array>;
  /** @throws Error when the key is not there, or another one */
  open(bytes: Uint8Array): Promise<string>;
}

/** A keyring of sealed secrets, in our own file. */
export class SealedKeyring implements Keyring {
  readonly name: string;
  readonly #box: SecretBox;
  readonly #index: LoginIndex;

  constructor(box: SecretBox, index = new LoginIndex()) {
    this.name = box.name;
    this.#box = box;
    this.#index = index;
  }

  obstacle(): Promise<string | undefined> {
    return this.#box.obstacle();
  }

  async list(): Promise<ReadonlyMap<string, string>> {
    return new Map([...(await this.#index.read(this.name))].map(([host, { username = "" }]) => [host, username]));
  }

  async get(host: string): Promise<Login | undefined> {
    const { username, sealed } = (await this.#index.read(this.name)).get(host) ?? {};
    if (sealed === undefined) return undefined;
    let secret: string;
    try {
      secret = await this.#box.open(Buffer.from(sealed, "base64"));
    } catch {
      throw ipcError("unavailable", `The login to ${host} cannot be opened by the system's keyring (${this.name}): it is locked, or another one than when the login was kept. Log in again.`);
    }
    return username === undefined ? { identityToken: secret } : { username, password: secret };
  }

  async keep(host: string, { username, password, identityToken }: Login): Promise<void> {
    const sealed = Buffer.from(await this.#box.seal(identityToken ?? password ?? "")).toString("base64");
    await this.#index.set(host, { keyring: this.name, sealed, ...(identityToken === undefined && username !== undefined ? { username } : {}) });
  }

  async erase(host: string): Promise<void> {
    await this.#index.remove(host, this.name);
  }
}
