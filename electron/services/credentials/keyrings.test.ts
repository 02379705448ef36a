/**
 * Keyrings. `secret-tool` is a stand-in that keeps what it is given in files and answers as libsecret's program does: 1 without a word for what is
 * not there, a word on standard error for what fails. Electron's safeStorage is one too.
 */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SafeStorage } from "electron";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { toIpcErrorInfo } from "../../ipc/errors.ts";
import { electronSecretBox } from "../../main/secret-box.ts";
import { LoginIndex } from "./login-index.ts";
import { SealedKeyring } from "./sealed-keyring.ts";
import { SecretService } from "./secret-service.ts";

const SECRET = "canary-of-keyrings-44d0";
let folder: string;
let index: LoginIndex;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "slipway-keyrings-"));
  index = new LoginIndex(join(folder, "logins.json"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const SECRET_TOOL = `
const fs = require("node:fs");
const [action, ...rest] = process.argv.slice(2);
fs.appendFileSync(__dirname + "/calls", process.argv.slice(2).join(" ") + "\\n");
if (fs.existsSync(__dirname + "/locked")) { console.error("secret-tool: Cannot create an item in a locked collection"); process.exit(1); }
const args = rest[0] === "--label" ? rest.slice(2) : rest;
const given = Object.fromEntries(args.flatMap((name, at) => at % 2 === 0 ? [[name, args[at + 1]]] : []));
const path = __dirname + "/items";
let items = fs.existsSync(path) ? JSON.parse(fs.readFileSync(path, "utf8")) : [];
const matches = (item) => Object.entries(given).every(([name, value]) => item.attributes[name] === value);
const found = items.find(matches);
if (action === "store") items = [...items.filter((item) => !matches(item)), { attributes: given, secret: fs.readFileSync(0, "utf8").slice(0, 5000) }];
else if (found === undefined) process.exit(1);
else if (action === "lookup") process.stdout.write(found.secret);
else items = items.filter((item) => !matches(item));
fs.writeFileSync(path, JSON.stringify(items));
`;

async function secretService(): Promise<SecretService> {
  await writeFile(join(folder, "secret-tool"), `#!${process.execPath}\n${SECRET_TOOL}`, { mode: 0o755 });
  return new SecretService({ index, env: { PATH: folder } });
}

async function failure(work: Promise<unknown>) {
  return toIpcErrorInfo(await work.then(() => Promise.reject(new Error("it should have failed")), (error: unknown) => error));
}

describe("the Secret Service", () => {
  it("keeps logins under the names that Docker's own helper uses, one for each registry", async () => {
    const ring = await secretService();
    expect(await ring.obstacle()).toBeUndefined();
    await ring.keep("ghcr.io", { username: "old", password: "1" });
    await ring.keep("ghcr.io", { username: "dev", password: SECRET });
    await ring.keep("docker.io", { username: "hub", identityToken: SECRET });
    const items = JSON.parse(await readFile(join(folder, "items"), "utf8")) as { attributes: object }[];
    const common = { "xdg:schema": "io.docker.Credentials", label: "Docker Credentials", docker_cli: "1" };
    expect(items.map(({ attributes }) => attributes)).toEqual([{ ...common, server: "ghcr.io", username: "dev" }, { ...common, server: "https://index.docker.io/v1/", username: "<token>" }]);
    expect(await ring.get("ghcr.io")).toEqual({ username: "dev", password: SECRET });
    expect(await ring.get("docker.io")).toEqual({ identityToken: SECRET });
    expect(Object.fromEntries(await new SecretService({ index }).list())).toEqual({ "ghcr.io": "dev", "docker.io": "" });
    await ring.erase("ghcr.io");
    await ring.erase("never.example");
    expect([(await ring.get("ghcr.io")), [...(await ring.list()).keys()]]).toEqual([undefined, ["docker.io"]]);
    for (const file of ["calls", "logins.json"]) expect(await readFile(join(folder, file), "utf8")).not.toContain(SECRET);
    expect((await stat(join(folder, "logins.json"))).mode & 0o777).toBe(0o600);
  });

  it("says why it cannot be used, and keeps nothing by halves", async () => {
    expect(await new SecretService({ index, env: { PATH: "/nowhere" } }).obstacle()).toContain("secret-tool");
    const ring = await secretService();
    expect(await failure(ring.keep("ghcr.io", { username: "dev", password: "x".repeat(6000) }))).toMatchObject({ code: "resourceExhausted" });
    expect([...(await ring.list()).keys()]).toEqual([]);
    await writeFile(join(folder, "locked"), "");
    expect(await ring.obstacle()).toContain("Secret Service");
    expect(await failure(ring.keep("ghcr.io", { username: "dev", password: SECRET }))).toMatchObject({ code: "unavailable", message: "The system's keyring (Secret Service) failed: Cannot create an item in a locked collection." });
  });
});

/** A box as Electron's, with a key of its own. */
function safeStorage(backend: ReturnType<SafeStorage["getSelectedStorageBackend"]>, available = true): SafeStorage {
  const key = randomBytes(32);
  return {
    getSelectedStorageBackend: () => backend,
    isAsyncEncryptionAvailable: async () => available,
    async encryptStringAsync(text: string) {
      const nonce = randomBytes(12);
      const cipher = createCipheriv("aes-256-gcm", key, nonce);
      return Buffer.concat([nonce, cipher.update(text), cipher.final(), cipher.getAuthTag()]);
    },
    async decryptStringAsync(bytes: Buffer) {
      const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, 12));
      decipher.setAuthTag(bytes.subarray(-16));
      return { shouldReEncrypt: false, result: Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]).toString() };
    },
  } as unknown as SafeStorage;
}

describe("sealed secrets", () => {
  it("are opened by the key that sealed them alone", async () => {
    const ring = new SealedKeyring(electronSecretBox(safeStorage("kwallet6")), index);
    expect(await ring.obstacle()).toBeUndefined();
    await ring.keep("ghcr.io", { username: "dev", password: SECRET });
    await ring.keep("quay.io", { username: "dev", identityToken: SECRET });
    expect(await ring.get("ghcr.io")).toEqual({ username: "dev", password: SECRET });
    expect(await ring.get("quay.io")).toEqual({ identityToken: SECRET });
    expect(await readFile(join(folder, "logins.json"), "utf8")).not.toContain(SECRET);
    const other = new SealedKeyring(electronSecretBox(safeStorage("kwallet6")), index);
    expect([...(await other.list()).keys()]).toEqual(["ghcr.io", "quay.io"]);
    expect(await failure(other.get("ghcr.io"))).toMatchObject({ code: "unavailable", message: expect.stringContaining("Log in again") });
    await other.erase("ghcr.io");
    expect(await ring.get("ghcr.io")).toBeUndefined();
  });

  it("are not made with Chromium's own key, nor by a keyring that does not answer", async () => {
    expect(await electronSecretBox(safeStorage("basic_text"), "linux").obstacle()).toContain("no keyring");
    expect(await electronSecretBox(safeStorage("gnome_libsecret", false), "linux").obstacle()).toContain("locked");
    expect(electronSecretBox(safeStorage("unknown"), "darwin").name).toBe("Keychain");
  });
});
