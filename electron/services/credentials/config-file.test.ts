/** Docker's configuration file, compared with what the CLI itself makes of it where that can be seen. */
import { chmod, lstat, mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { toIpcErrorInfo } from "../../ipc/errors.ts";
import { hostOfKey, kindOf, nameOf, registryOf } from "./addresses.ts";
import { decodeEntry, encodeHeader } from "./auth-entry.ts";
import { DockerConfigFile, dockerConfigPath } from "./config-file.ts";

let folder: string;
let path: string;
let file: DockerConfigFile;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "slipway-docker-config-"));
  path = join(folder, "config.json");
  file = new DockerConfigFile(path);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const login = { username: "dev", password: "p:ä\"ss" };
const auth = Buffer.from("dev:p:ä\"ss").toString("base64");

describe("the file", () => {
  it("is where DOCKER_CONFIG says, or in the home folder", () => {
    expect(dockerConfigPath({ DOCKER_CONFIG: "/a" })).toBe("/a/config.json");
    expect(dockerConfigPath({ DOCKER_CONFIG: "" })).toMatch(/\/\.docker\/config\.json$/);
  });

  it("is made for its owner alone, in Docker's layout", async () => {
    file = new DockerConfigFile(join(folder, "new", "config.json"));
    await file.keep("ghcr.io", login);
    expect(await readFile(file.path, "utf8")).toBe(`{\n\t"auths": {\n\t\t"ghcr.io": {\n\t\t\t"auth": "${auth}"\n\t\t}\n\t}\n}`);
    expect((await stat(file.path)).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, "new"))).mode & 0o777).toBe(0o700);
  });

  it("keeps what is not ours: other keys, their order, numbers, layout, mode and link", async () => {
    const real = join(folder, "dotfiles.json");
    const text = `{
  "HttpHeaders": { "User-Agent": "x" },
  "psFormat": "table {{.Names}}",
  "auths": {
    "quay.io": {
      "auth": "YTpi",
      "email": "a@b.example"
    }
  },
  "someTool": {
    "id": 12345678901234567890,
    "ratio": 1.50,
    "nested": [1, {}, null]
  },
  "currentContext": "default"
}
`;
    await writeFile(real, text);
    await chmod(real, 0o640);
    await symlink("dotfiles.json", path);
    await file.keep("quay.io", login);
    await file.keep("ghcr.io", { username: "dev", identityToken: "token" });
    const after = await readFile(real, "utf8");
    expect(after).toBe(JSON.stringify({ HttpHeaders: { "User-Agent": "x" }, psFormat: "table {{.Names}}", auths: { "quay.io": { auth, email: "a@b.example" }, "ghcr.io": { auth: "ZGV2Og==", identitytoken: "token" } }, someTool: { id: "ID", ratio: "RATIO", nested: [1, {}, null] }, currentContext: "default" }, null, 2).replace('"ID"', "12345678901234567890").replace('"RATIO"', "1.50") + "\n");
    expect((await stat(real)).mode & 0o777).toBe(0o640);
    expect((await lstat(path)).isSymbolicLink()).toBe(true);
    expect(await readdir(folder)).toEqual(["config.json", "dotfiles.json"]);
    await file.erase("ghcr.io");
    await file.erase("quay.io");
    expect(JSON.parse(await readFile(real, "utf8"))).toMatchObject({ auths: {}, psFormat: "table {{.Names}}" });
  });

  it("has a registry's login under its old keys too, and takes all of them out", async () => {
    await writeFile(path, JSON.stringify({ auths: { "https://index.docker.io/v1/": { auth }, "https://index.docker.io/v1/access-token": {}, "https://ghcr.io/v1/": { auth }, "ghcr.io": {} } }));
    const { entries } = await file.read();
    expect(entries.get("https://index.docker.io/v1/")).toMatchObject(login);
    expect(await file.erase("ghcr.io")).toBe(true);
    expect(await file.erase("docker.io")).toBe(true);
    expect(await file.erase("docker.io")).toBe(false);
    expect(JSON.parse(await readFile(path, "utf8"))).toEqual({ auths: { "https://index.docker.io/v1/access-token": {} } });
  });

  it("that cannot be read is an error that repeats none of it, and is never written over", async () => {
    const text = '{"auths": {"ghcr.io": {"auth": "c2VjcmV0"}';
    await writeFile(path, text);
    for (const work of [() => file.read(), () => file.keep("ghcr.io", login), () => file.erase("ghcr.io")]) {
      const error = toIpcErrorInfo(await work().then(() => undefined, (thrown: unknown) => thrown));
      expect(error).toMatchObject({ code: "invalidArgument", message: `${path}, where Docker keeps logins, is not valid JSON. Correct it or move it away.` });
      expect(JSON.stringify(error)).not.toContain("c2VjcmV0");
    }
    expect(await readFile(path, "utf8")).toBe(text);
    await rm(path);
    await mkdir(path);
    await expect(file.read()).rejects.toMatchObject({ code: "forbidden" });
  });

  it("loses nothing when two logins are kept at once", async () => {
    const hosts = Array.from({ length: 20 }, (_, at) => `r${at}.example`);
    await Promise.all(hosts.map((host) => file.keep(host, login)));
    expect([...(await file.read()).entries.keys()].toSorted()).toEqual(hosts.toSorted());
  });
});

describe("entries", () => {
  it.each([
    [{ auth: "YTpiOmM=" }, { username: "a", password: "b:c" }],
    [{ auth: Buffer.from("a:b\0\0").toString("base64") }, { username: "a", password: "b" }],
    [{ username: "a", password: "b" }, { username: "a", password: "b" }],
    [{ auth: "ZGV2Og==", identitytoken: "t" }, { username: "dev", identityToken: "t" }],
    [{ registrytoken: "r" }, { registryToken: "r" }],
  ])("%j is a login", (entry, expected) => {
    expect(JSON.parse(JSON.stringify(decodeEntry(entry)))).toEqual(expected);
  });

  it.each([{}, { auth: "" }, { auth: "!!!" }, { auth: 7 }, { auth: Buffer.from("nocolon").toString("base64") }, { email: "x" }])("%j is none", (entry) => {
    expect(decodeEntry(entry)).toBeUndefined();
  });

  it("travel as base64url with padding", () => {
    expect(encodeHeader({ a: "ÿÿ>?~" })).toMatch(/^[A-Za-z0-9_-]+=*$/);
    expect(encodeHeader({ a: "ÿÿ>?~" }).length % 4).toBe(0);
  });
});

describe("addresses", () => {
  it.each([["nginx", "docker.io"], ["acme/app:1", "docker.io"], ["docker.io/library/nginx", "docker.io"], ["index.docker.io/a/b", "docker.io"], ["ghcr.io/a/b:1", "ghcr.io"], ["localhost/a", "localhost"], ["127.0.0.1:5000/a@sha256:0", "127.0.0.1:5000"], ["[::1]:5000/a", "[::1]:5000"], ["Acme/a", "Acme"]])("%s is in %s", (reference, host) => {
    expect(registryOf(reference)).toBe(host);
  });

  it.each([["https://index.docker.io/v1/", "docker.io"], ["https://index.docker.io/v1/access-token", undefined], ["docker.io", "docker.io"], ["http://ghcr.io", "ghcr.io"], ["127.0.0.1:5000", "127.0.0.1:5000"], ["a b", undefined], ["", undefined]])("the key %s means %s", (key, host) => {
    expect(hostOfKey(key)).toBe(host);
  });

  it.each([
    ["docker.io", "hub", "Docker Hub"], ["public.ecr.aws", "ecr-public", "Amazon ECR Public"], ["ghcr.io", "other", "ghcr.io"],
    ["123456789012.dkr.ecr.eu-west-1.amazonaws.com", "ecr", "Amazon ECR (eu-west-1, 123456789012)"], ["123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com", "ecr", "Amazon ECR (us-gov-west-1, 123456789012)"],
    ["123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn", "ecr", "Amazon ECR (cn-north-1, 123456789012)"], ["123456789012.dkr.ecr.eu-west-1.amazonaws.com.evil.example", "other", "123456789012.dkr.ecr.eu-west-1.amazonaws.com.evil.example"],
  ])("%s is %s", (host, kind, name) => {
    expect([kindOf(host), nameOf(host)]).toEqual([kind, name]);
  });
});
