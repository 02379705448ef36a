/** Where logins are kept and found, with real helper programs, and the stock CLI beside us. */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile, mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { toIpcErrorInfo } from "../../ipc/errors.ts";
import { makeHelper } from "../../testing/credential-helper.ts";
import type { TestHelper } from "../../testing/credential-helper.ts";
import { DockerConfigFile } from "./config-file.ts";
import { createCredentials } from "./credentials.ts";
import type { Credentials } from "./credentials.ts";
import { CredentialHelper } from "./helper.ts";
import type { Keyring } from "./keyring.ts";
import type { Login } from "./auth-entry.ts";

const SECRET = "canary-of-helpers-19ab";
let folder: string;
let path: string;
let team: TestHelper;
let env: NodeJS.ProcessEnv;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "slipway-credentials-"));
  path = join(folder, "docker", "config.json");
  await mkdir(join(folder, "docker"));
  team = await makeHelper(folder, "team");
  env = { PATH: `${team.folder}:/nowhere` };
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function credentials(keyrings: Keyring[] = []): Credentials {
  return createCredentials({ file: new DockerConfigFile(path), keyrings, env });
}

async function configure(config: object): Promise<void> {
  await writeFile(path, JSON.stringify(config));
}

async function failure(work: Promise<unknown>) {
  return toIpcErrorInfo(await work.then(() => Promise.reject(new Error("it should have failed")), (error: unknown) => error));
}

/** A keyring in memory. */
function ring(name: string, obstacle?: string): Keyring & { readonly kept: Map<string, Login> } {
  const kept = new Map<string, Login>();
  return {
    name, kept,
    obstacle: async () => obstacle,
    list: async () => new Map([...kept].map(([host, { username = "" }]) => [host, username])),
    get: async (host) => kept.get(host),
    keep: async (host, login) => void kept.set(host, login),
    erase: async (host) => void kept.delete(host),
  };
}

describe("a helper", () => {
  it("keeps, hands out, lists and erases; what is not there is not an error", async () => {
    const helper = new CredentialHelper("team", { env });
    expect(await helper.get("ghcr.io")).toBeUndefined();
    await helper.store("ghcr.io", { username: "dev", password: SECRET });
    await helper.store("quay.io", { username: "dev", identityToken: "token" });
    expect(await helper.get("ghcr.io")).toEqual({ username: "dev", password: SECRET });
    expect(await helper.get("quay.io")).toEqual({ identityToken: "token" });
    expect(Object.fromEntries(await helper.list())).toEqual({ "ghcr.io": "dev", "quay.io": "<token>" });
    await helper.erase("ghcr.io");
    await helper.erase("ghcr.io");
    expect((await team.calls()).map(({ args }) => args)).toEqual(["get", "store", "store", "get", "get", "list", "erase", "erase"].map((action) => [action]));
  });

  it("that fails is told in its own words, never with the secret", async () => {
    await team.break(`cannot keep ${SECRET}: the keychain is locked.`);
    const error = await failure(new CredentialHelper("team", { env }).store("ghcr.io", { username: "dev", password: SECRET }));
    expect(error).toMatchObject({ code: "unavailable", message: "The credential helper docker-credential-team failed: cannot keep ***: the keychain is locked." });
  });

  it("that is missing, hangs, or is no name, has a sentence of its own", async () => {
    expect((await failure(new CredentialHelper("gone", { env }).get("a"))).message).toBe("The credential helper docker-credential-gone, which Docker's configuration names, is not installed. Install it, or take its name out of config.json.");
    expect(await failure(new CredentialHelper("../evil", { env }).get("a"))).toMatchObject({ code: "invalidArgument" });
    await team.break("hang");
    expect(await failure(new CredentialHelper("team", { env, timeLimitMs: 500 }).get("a"))).toMatchObject({ code: "deadlineExceeded" });
    const stop = new AbortController();
    const waiting = failure(new CredentialHelper("team", { env }).get("a", { signal: stop.signal }));
    stop.abort();
    expect(await waiting).toMatchObject({ code: "cancelled" });
  });

  it("that answers nonsense repeats none of it", async () => {
    await writeFile(join(team.folder, "docker-credential-nonsense"), `#!/bin/sh\necho ${SECRET}\n`, { mode: 0o755 });
    const error = await failure(new CredentialHelper("nonsense", { env }).get("a"));
    expect(JSON.stringify(error)).not.toContain(SECRET);
    expect(error.message).toContain("not JSON");
  });
});

describe("logins", () => {
  it("go where Docker's configuration says, and come from there", async () => {
    const other = await makeHelper(folder, "other");
    env = { PATH: `${team.folder}:${other.folder}` };
    await configure({ credsStore: "team", credHelpers: { "quay.io": "other" } });
    const logins = credentials();
    await logins.keep("ghcr.io", { username: "dev", password: SECRET });
    await logins.keep("quay.io", { username: "q", password: SECRET });
    await logins.keep("index.docker.io", { username: "hub", identityToken: SECRET });
    expect(await team.kept()).toEqual({ "ghcr.io": { Username: "dev", Secret: SECRET }, "https://index.docker.io/v1/": { Username: "<token>", Secret: SECRET } });
    expect(Object.keys(await other.kept())).toEqual(["quay.io"]);
    expect(await readFile(path, "utf8")).not.toContain(SECRET);
    expect(Object.fromEntries(await logins.list())).toEqual({ "ghcr.io": { username: "dev", place: "helper", by: "team" }, "docker.io": { place: "helper", by: "team" }, "quay.io": { username: "q", place: "helper", by: "other" } });
    expect(await logins.storage("quay.io")).toMatchObject({ place: "helper", by: "other" });
    expect(await logins.get("docker.io")).toEqual({ identityToken: SECRET });
    await logins.erase("quay.io");
    await logins.erase("docker.io");
    expect(Object.keys(await other.kept())).toEqual([]);
    expect(JSON.parse(await readFile(path, "utf8"))).toEqual({ credsStore: "team", credHelpers: { "quay.io": "other" }, auths: { "ghcr.io": {} } });
    for (const { args } of [...(await team.calls()), ...(await other.calls())]) expect(args).toHaveLength(1);
  });

  it("of a helper that fails are listed with the reason, and do not hide the others", async () => {
    await configure({ auths: { "ghcr.io": {}, "plain.example": { auth: "YTpi" } }, credsStore: "team", credHelpers: { "made.example": "cloud-login" } });
    await team.break("pass is not initialized");
    const logins = Object.fromEntries(await credentials().list());
    expect(logins).toEqual({
      "ghcr.io": { place: "helper", by: "team", problem: "The credential helper docker-credential-team failed: pass is not initialized." },
      "plain.example": { username: "a", place: "plain" },
      "made.example": { place: "helper", by: "cloud-login", problem: expect.stringContaining("is not installed") },
    });
    expect(await credentials().storage("x.example")).toMatchObject({ place: "helper", by: "team" });
  });

  it("that a program makes when it is asked are there if it makes one", async () => {
    const cloud = await makeHelper(folder, "cloud");
    env = { PATH: `${team.folder}:${cloud.folder}` };
    await configure({ credHelpers: { "a.example": "cloud", "b.example": "cloud" } });
    await new CredentialHelper("cloud", { env }).store("a.example", { username: "oauth2accesstoken", password: SECRET });
    expect(Object.fromEntries(await credentials().list())).toEqual({ "a.example": { username: "oauth2accesstoken", place: "helper", by: "cloud" } });
    await cloud.break("hang");
    expect(Object.fromEntries(await credentials().list())).toEqual({ "a.example": { place: "helper", by: "cloud" }, "b.example": { place: "helper", by: "cloud" } });
  });

  it("go to the platform's own helper where the file says nothing of logins, as the CLI's do", async () => {
    const own = await makeHelper(folder, "secretservice");
    env = { PATH: own.folder };
    await configure({ psFormat: "x" });
    await credentials().keep("ghcr.io", { username: "dev", password: SECRET });
    expect(JSON.parse(await readFile(path, "utf8"))).toEqual({ psFormat: "x", auths: { "ghcr.io": {} }, credsStore: "secretservice" });
    await configure({ auths: {  "old.example": { auth: "YTpi" } } });
    expect(await credentials().storage("ghcr.io")).toMatchObject({ place: "plain" });
  });

  it("go to the first keyring that can be used, and say why not to the others", async () => {
    const [locked, good] = [ring("Locked", "it is locked"), ring("Good")];
    const logins = credentials([locked, good]);
    expect(await logins.storage("ghcr.io")).toMatchObject({ place: "keyring", by: "Good" });
    await logins.keep("ghcr.io", { username: "dev", password: SECRET });
    expect(good.kept.get("ghcr.io")).toEqual({ username: "dev", password: SECRET });
    await expect(readFile(path)).rejects.toThrow("ENOENT");
    expect(Object.fromEntries(await logins.list())).toEqual({ "ghcr.io": { username: "dev", place: "keyring", by: "Good" } });
    expect(await logins.get("ghcr.io")).toEqual({ username: "dev", password: SECRET });
    expect((await credentials([locked]).storage("ghcr.io")).sentence).toContain("it is locked");
    await logins.erase("ghcr.io");
    expect(await logins.get("ghcr.io")).toBeUndefined();
  });

  it("of the CLI count before the keyring's, and are replaced where they are", async () => {
    const good = ring("Good");
    const logins = credentials([good]);
    await logins.keep("ghcr.io", { username: "ours", password: "1" });
    await configure({ auths: { "ghcr.io": { auth: Buffer.from("cli:2").toString("base64") } } });
    expect(await logins.get("ghcr.io")).toMatchObject({ username: "cli" });
    expect(await logins.storage("ghcr.io")).toMatchObject({ place: "plain" });
    await logins.keep("ghcr.io", { username: "new", password: "3" });
    expect([good.kept.size, (await logins.get("ghcr.io"))?.username]).toEqual([0, "new"]);
    await logins.erase("ghcr.io");
    expect(await logins.storage("ghcr.io")).toMatchObject({ place: "keyring" });
  });
});

describe("beside the CLI", () => {
  /** `docker login` needs a daemon; `docker logout` does not. */
  const docker = (...args: string[]): Promise<string> => new Promise((resolve, reject) => execFile("docker", ["--config", join(folder, "docker"), ...args], { env: { ...process.env, PATH: `${team.folder}:${process.env["PATH"]}` } }, (error, stdout, stderr) => (error === null ? resolve(stdout + stderr) : reject(error))));

  it("a logout there ends what was kept here, and leaves the same file", async () => {
    await configure({ credsStore: "team", psFormat: "x" });
    const logins = credentials();
    await logins.keep("ghcr.io", { username: "dev", password: SECRET });
    await logins.keep("docker.io", { username: "dev", password: SECRET });
    await docker("logout", "ghcr.io");
    await docker("logout");
    expect(await logins.get("ghcr.io")).toBeUndefined();
    expect([...(await logins.list()).keys()]).toEqual([]);
    await configure({ auths: { "ghcr.io": { auth: "YTpi" }, "quay.io": { auth: "YTpi" } }, psFormat: "x" });
    await docker("logout", "ghcr.io");
    const theirs = await readFile(path, "utf8");
    await configure({ auths: { "ghcr.io": { auth: "YTpi" }, "quay.io": { auth: "YTpi" } }, psFormat: "x" });
    await logins.erase("ghcr.io");
    expect(JSON.parse(await readFile(path, "utf8"))).toEqual(JSON.parse(theirs));
  });
});
