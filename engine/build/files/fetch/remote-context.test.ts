import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeTar } from "../../../archive/testing.ts";
import { Lab, pathsOf, selection } from "../testing/fixture.ts";
import { GitFetcher } from "./git.ts";
import { openRemoteContext } from "./remote-context.ts";
import type { RemoteContext } from "./remote-context.ts";
import { UrlFetcher } from "./url.ts";

let lab: Lab;
let server: Server;
let base: string;
let urls: UrlFetcher;

beforeEach(async () => {
  lab = new Lab();
  mkdirSync(lab.path("www"));
  server = createServer((request, response) => {
    const path = lab.path(`www${new URL(request.url!, "http://h").pathname}`);
    if (existsSync(path) && !path.endsWith("/")) response.end(readFileSync(path));
    else response.writeHead(404).end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  urls = new UrlFetcher({ cacheDirectory: lab.path("urls") });
});

afterEach(async () => {
  urls.close();
  server.closeAllConnections();
  server.close();
  await once(server, "close");
  await lab[Symbol.asyncDispose]();
});

const open = (address: string): Promise<RemoteContext> =>
  openRemoteContext(address, { urls, git: new GitFetcher({ cacheDirectory: lab.path("git") }), pool: lab.pool, scratch: lab.path("scratch"), spools: lab.path("spools"), maxDockerfile: 1000 });

test("a tar, plain or compressed, is a context", async () => {
  const tar = makeTar([{ name: "Dockerfile", data: "FROM scratch" }, { name: "src/f", data: "f" }]);
  for (const [name, bytes] of [["a.tar", tar], ["a.tgz", gzipSync(tar)]] as const) {
    writeFileSync(lab.path(`www/${name}`), bytes);
    const opened = await open(`${base}/${name}`);
    if (!("tree" in opened)) throw new Error("not a context");
    expect(pathsOf(await opened.tree.select(selection(".")))).toEqual(["Dockerfile", "src", "src/f"]);
    await opened.tree[Symbol.asyncDispose]();
  }
  expect(readdirSync(lab.path("spools"))).toEqual([]);
  expect(readdirSync(lab.path("scratch"))).toEqual([]);
});

test("anything else is a Dockerfile, if it is not too long", async () => {
  writeFileSync(lab.path("www/Dockerfile"), "FROM scratch\n");
  const opened = await open(`${base}/Dockerfile`);
  expect("dockerfile" in opened && Buffer.from(opened.dockerfile).toString()).toBe("FROM scratch\n");
  writeFileSync(lab.path("www/long"), "#".repeat(1001));
  await expect(open(`${base}/long`)).rejects.toMatchObject({ code: "resourceExhausted" });
  writeFileSync(lab.path("www/bad.gz"), gzipSync("no tar"));
  await expect(open(`${base}/bad.gz`)).rejects.toMatchObject({ code: "dataLoss" });
  await expect(open(`${base}/none`)).rejects.toMatchObject({ code: "notFound" });
  expect(readdirSync(lab.path("scratch"))).toEqual([]);
});

test("a git repository, from a server that only hands out files", async () => {
  const git = (...args: string[]): void => void execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=main", ...args], { cwd: lab.path("work"), stdio: "ignore" });
  mkdirSync(lab.path("work/sub"), { recursive: true });
  for (const name of ["Dockerfile", "sub/f"]) writeFileSync(lab.path(`work/${name}`), name);
  git("init", "-q");
  git("add", "-A");
  git("commit", "-q", "-m", "x");
  git("clone", "-q", "--bare", ".", lab.path("www/r.git"));
  execFileSync("git", ["update-server-info"], { cwd: lab.path("www/r.git") });
  for (const [address, paths] of [[`${base}/r.git`, ["Dockerfile", "sub", "sub/f"]], [`${base}/r.git#main:sub`, ["f"]], [`${base}/r.git?branch=main&subdir=sub`, ["f"]]] as const) {
    const opened = await open(address);
    if (!("tree" in opened)) throw new Error("not a context");
    expect(pathsOf(await opened.tree.select(selection(".")))).toEqual(paths);
    await opened.tree[Symbol.asyncDispose]();
    expect(readdirSync(lab.path("scratch"))).toEqual([]);
  }
  await expect(open(`${base}/r.git#none`)).rejects.toMatchObject({ code: "notFound" });
  await expect(open(`${base}/none.git`)).rejects.toMatchObject({ code: "notFound" });
  expect(readdirSync(lab.path("scratch"))).toEqual([]);
  expect(existsSync(join(lab.scratch, "git"))).toBe(true);
});
