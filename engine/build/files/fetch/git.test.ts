import { execFileSync } from "node:child_process";
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { inUserNamespace } from "../../../sys/identity.ts";
import { checkRef, checkRemote, gitFailure, keptRemote, shownRemote } from "./git-address.ts";
import { GitFetcher } from "./git.ts";
import type { Checkout, GitRequest } from "./git.ts";
import { runGit } from "./git-process.ts";

let scratch: string;
let fetcher: GitFetcher;
let count = 0;

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "slipway-git-"));
  fetcher = new GitFetcher({ cacheDirectory: join(scratch, "cache"), allowFiles: true, timeoutMs: 20_000 });
});
afterEach(() => rmSync(scratch, { recursive: true, force: true }));

const ENV = { ...process.env, GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: "/dev/null", GIT_AUTHOR_NAME: "a", GIT_AUTHOR_EMAIL: "a@b", GIT_COMMITTER_NAME: "a", GIT_COMMITTER_EMAIL: "a@b", GIT_ALLOW_PROTOCOL: "file" };
const git = (repository: string, ...args: string[]): string => execFileSync("git", ["-c", "init.defaultBranch=main", ...args], { cwd: join(scratch, repository), env: ENV, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();

/** Commits these files and returns the commit. */
function commit(repository: string, files: Readonly<Record<string, string>>): string {
  mkdirSync(join(scratch, repository), { recursive: true });
  if (!existsSync(join(scratch, repository, ".git"))) git(repository, "init", "-q");
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(scratch, repository, name)), { recursive: true });
    writeFileSync(join(scratch, repository, name), text);
  }
  git(repository, "add", "-A");
  git(repository, "commit", "-q", "-m", "change");
  return git(repository, "rev-parse", "HEAD");
}

function fetch(repository: string, more: Partial<Omit<GitRequest["remote"], "remote">> & Partial<Omit<GitRequest, "remote">> = {}): Promise<Checkout> {
  const { ref, subdirectory = "", submodules = true, ...rest } = more;
  return fetcher.fetch({ remote: { remote: `file://${join(scratch, repository)}`, ref, subdirectory, submodules }, keepGitDirectory: false, checksum: undefined, ...rest }, join(scratch, `out${count++}`));
}

const read = (checkout: Checkout, name: string): string => readFileSync(join(checkout.directory, name), "utf8");

test("checks out the default branch, a branch, a tag, a commit and the beginning of one", async () => {
  const first = commit("r", { f: "1", "run.sh": "x" });
  git("r", "tag", "-a", "v1", "-m", "tag");
  git("r", "tag", "light");
  const second = commit("r", { f: "2" });
  git("r", "checkout", "-q", "-b", "side/branch");
  const third = commit("r", { f: "3" });
  git("r", "checkout", "-q", "main");
  expect(await fetch("r")).toMatchObject({ commit: second });
  const wanted = [["main", second, "2"], ["side/branch", third, "3"], ["refs/heads/side/branch", third, "3"], ["v1", first, "1"], ["light", first, "1"], ["refs/tags/v1", first, "1"], [first, first, "1"], [first.slice(0, 8), first, "1"], ["HEAD", second, "2"]] as const;
  for (const [ref, sha, text] of wanted) {
    const checkout = await fetch("r", { ref });
    expect([ref, checkout.commit, read(checkout, "f")]).toEqual([ref, sha, text]);
    expect(readdirSync(checkout.directory).sort()).toEqual(["f", "run.sh"]);
  }
});

test("sees what is new, and fetches nothing when nothing is", async () => {
  commit("r", { f: "1" });
  await fetch("r");
  const packs = (): number => readdirSync(join(scratch, "cache", readdirSync(join(scratch, "cache")).find((name) => name.endsWith(".git"))!, "objects/pack")).length;
  const before = packs();
  await fetch("r");
  expect(packs()).toBe(before);
  commit("r", { f: "2" });
  expect(read(await fetch("r"), "f")).toBe("2");
});

test("modes and links come as they are committed, whatever the umask", async () => {
  commit("r", { f: "", "d/x": "" });
  execFileSync("chmod", ["755", join(scratch, "r/f")]);
  symlinkSync("/etc/passwd", join(scratch, "r/link"));
  commit("r", { g: "" });
  const mask = process.umask(0o077);
  try {
    const { directory } = await fetch("r");
    expect(["f", "g", "d", "d/x"].map((name) => (lstatSync(join(directory, name)).mode & 0o777).toString(8))).toEqual(["755", "644", "755", "644"]);
    expect(lstatSync(join(directory, "link")).isSymbolicLink()).toBe(true);
  } finally {
    process.umask(mask);
  }
});

test("a subdirectory, which links do not lead out of", async () => {
  commit("r", { "a/b/f": "deep", "a/g": "g" });
  symlinkSync("/etc", join(scratch, "r/out"));
  symlinkSync("a/b", join(scratch, "r/in"));
  commit("r", { h: "" });
  expect(read(await fetch("r", { subdirectory: "a/b" }), "f")).toBe("deep");
  expect(read(await fetch("r", { subdirectory: "in" }), "f")).toBe("deep");
  for (const subdirectory of ["out", "none", "h", "../.."]) {
    const result = await fetch("r", { subdirectory }).catch((error: unknown) => error);
    if (subdirectory === "../..") expect((result as Checkout).directory.startsWith(scratch)).toBe(true);
    else expect(result, subdirectory).toMatchObject({ code: "notFound" });
  }
});

test("keeps .git only when asked, with one commit and without credentials", async () => {
  const first = commit("r", { f: "1" });
  const second = commit("r", { f: "2" });
  const { directory } = await fetch("r", { keepGitDirectory: true });
  const inside = (...args: string[]): string => execFileSync("git", ["-c", "safe.directory=*", ...args], { cwd: directory, env: ENV, encoding: "utf8" }).trim();
  expect(inside("rev-parse", "HEAD")).toBe(second);
  expect(inside("rev-list", "--count", "HEAD")).toBe("1");
  expect(inside("status", "--porcelain")).toBe("");
  expect(inside("branch", "--list", "main")).toContain("main");
  expect(inside("config", "remote.origin.url")).toBe(`file://${join(scratch, "r")}`);
  expect(existsSync(join((await fetch("r", { keepGitDirectory: true, ref: first })).directory, ".git"))).toBe(true);
  expect(existsSync(join((await fetch("r", { keepGitDirectory: true, subdirectory: "" })).directory, ".git"))).toBe(true);
});

test("a server that only hands out files is asked without depth", async () => {
  const first = commit("r", { "sub/f": "1" });
  const second = commit("r", { "sub/f": "2" });
  git("r", "clone", "-q", "--bare", ".", join(scratch, "www/r.git"));
  git("www/r.git", "update-server-info");
  const server = createServer((request, response) => {
    const path = join(scratch, "www", new URL(request.url!, "http://h").pathname);
    if (existsSync(path) && lstatSync(path).isFile()) response.end(readFileSync(path));
    else response.writeHead(404).end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    const remote = `http://127.0.0.1:${(server.address() as AddressInfo).port}/r.git`;
    const get = (ref: string | undefined, subdirectory = ""): Promise<Checkout> => fetcher.fetch({ remote: { remote, ref, subdirectory, submodules: true }, keepGitDirectory: false, checksum: undefined }, join(scratch, `out${count++}`));
    expect(await get(undefined)).toMatchObject({ commit: second });
    expect(read(await get("main", "sub"), "f")).toBe("2");
    expect(read(await get(first), "sub/f")).toBe("1");
    await expect(get("none")).rejects.toMatchObject({ code: "notFound" });
    await expect(fetcher.fetch({ remote: { remote: remote.replace("r.git", "none.git"), ref: undefined, subdirectory: "", submodules: true }, keepGitDirectory: false, checksum: undefined }, join(scratch, "none"))).rejects.toMatchObject({ code: "notFound" });
  } finally {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  }
});

test("submodules come along, unless they are not wanted", async () => {
  commit("sub", { s: "sub" });
  commit("r", { f: "1" });
  git("r", "-c", "protocol.file.allow=always", "submodule", "add", "-q", `file://${join(scratch, "sub")}`, "mods/sub");
  commit("r", { f: "2" });
  const withThem = await fetch("r");
  expect(read(withThem, "mods/sub/s")).toBe("sub");
  expect(readdirSync(join(withThem.directory, "mods/sub"))).toEqual(["s"]);
  expect(readdirSync(join((await fetch("r", { submodules: false })).directory, "mods/sub"))).toEqual([]);
  // The address of a submodule is the repository's word: it gets no protocol that ours would not.
  const strict = new GitFetcher({ cacheDirectory: join(scratch, "cache2") });
  await expect(strict.fetch({ remote: { remote: `file://${join(scratch, "r")}`, ref: undefined, subdirectory: "", submodules: true }, keepGitDirectory: false, checksum: undefined }, join(scratch, "x"))).rejects.toMatchObject({ code: "invalidArgument" });
});

test("a checksum is a commit or its beginning", async () => {
  const sha = commit("r", { f: "1" });
  await expect(fetch("r", { checksum: sha.slice(0, 10) })).resolves.toMatchObject({ commit: sha });
  await expect(fetch("r", { checksum: "f".repeat(40) })).rejects.toMatchObject({ code: "dataLoss", message: expect.stringContaining(`got ${sha}`) as string });
});

test("what is not there has a sentence", async () => {
  commit("r", { f: "1" });
  await expect(fetch("r", { ref: "none" })).rejects.toMatchObject({ code: "notFound", message: `the git repository file://${join(scratch, "r")} has no branch, tag or commit "none"` });
  await expect(fetch("r", { ref: "0".repeat(40) })).rejects.toMatchObject({ code: "notFound" });
  await expect(fetch("nowhere")).rejects.toMatchObject({ code: "notFound", message: expect.stringMatching(/^cannot fetch the git repository file:/) as string });
});

test("hooks and configuration of a repository or a user never run", async () => {
  commit("r", { f: "1" });
  const marker = join(scratch, "ran");
  for (const hook of ["post-checkout", "pre-receive", "post-update"]) writeFileSync(join(scratch, "r/.git/hooks", hook), `#!/bin/sh\ntouch ${marker}\n`, { mode: 0o755 });
  commit("r", { ".gitattributes": "* filter=evil\n", ".gitconfig": `[filter "evil"]\n\tsmudge = touch ${marker}\n` });
  expect(read(await fetch("r", { keepGitDirectory: true }), "f")).toBe("1");
  expect(existsSync(marker)).toBe(false);
});

test("damaged kept repositories are not for ever, and leftovers go", async () => {
  commit("r", { f: "1" });
  await fetch("r");
  const [name] = readdirSync(join(scratch, "cache")).filter((each) => each.endsWith(".git"));
  rmSync(join(scratch, "cache", name!, "HEAD"));
  expect(read(await fetch("r"), "f")).toBe("1");
  mkdirSync(join(scratch, "cache/leftover"));
  await fetcher.recover();
  expect(readdirSync(join(scratch, "cache"))).toEqual([name]);
});

test("two builds fetch the same repository at once", async () => {
  commit("r", { f: "1" });
  const results = await Promise.all([fetch("r"), fetch("r"), fetch("r", { ref: "main" })]);
  expect(results.map((result) => read(result, "f"))).toEqual(["1", "1", "1"]);
});

test.each(["--upload-pack=touch /tmp/x", "-x", "ext::sh -c id", "/etc", "file:///etc", "ftp://h/x", "https://-oProxyCommand=x/y", "ssh://-x/y", "https://h/a b", "https://h/\n", "git@-x:y"])("the address %j is refused", (remote) => {
  expect(() => checkRemote(remote, ["https", "http", "ssh", "git"])).toThrow(expect.objectContaining({ code: "invalidArgument" }) as Error);
});

test.each(["https://github.com/a/b.git", "git@github.com:a/b.git", "ssh://git@host:22/x", "git://h/x", "http://user:pw@h:1/x.git"])("the address %j is fine", (remote) => {
  expect(() => checkRemote(remote, ["https", "http", "ssh", "git"])).not.toThrow();
});

test.each(["", "-x", "--upload-pack=x", "a..b", "a b", "a~1", "a^{}", "a:b", "+a", "a*", "@{u}", "/a", "a/", "a.lock", "a\nb"])("the ref %j is refused", (ref) => {
  expect(() => checkRef(ref)).toThrow(expect.objectContaining({ code: "invalidArgument" }) as Error);
});

test("credentials show nowhere", () => {
  expect(shownRemote("https://me:secret@host/x.git")).toBe("https://host/x.git");
  expect(keptRemote("ssh://git:secret@host/x")).toBe("ssh://git@host/x");
  expect(keptRemote("git@host:x")).toBe("git@host:x");
  const error = gitFailure("https://me:secret@host/x.git", "fetch the git repository", "remote: x\nfatal: unable to access 'https://me:secret@host/x.git/': The requested URL returned error: 403\n");
  expect(error).toMatchObject({ code: "unauthorized", message: expect.not.stringContaining("secret") as string });
});

test.skipIf(inUserNamespace())("a git that hangs ends with its helpers, by time and by signal", async () => {
  const bin = join(scratch, "bin");
  mkdirSync(bin);
  writeFileSync(join(bin, "git"), `#!/bin/sh\nsleep 1000 & echo $! > ${scratch}/child; wait\n`, { mode: 0o755 });
  const path = process.env["PATH"];
  process.env["PATH"] = `${bin}:${path}`;
  try {
    const options = { cwd: scratch, protocols: [], agent: undefined, knownHosts: "/dev/null", signal: undefined };
    await expect(runGit(["x"], { ...options, timeoutMs: 300 })).rejects.toMatchObject({ code: "deadlineExceeded" });
    expect(existsSync(`/proc/${readFileSync(join(scratch, "child"), "utf8").trim()}/fd/0`)).toBe(false);
    await expect(runGit(["x"], { ...options, timeoutMs: 10_000, signal: AbortSignal.timeout(200) })).rejects.toMatchObject({ code: "cancelled" });
    process.env["PATH"] = bin;
    rmSync(join(bin, "git"));
    symlinkSync("/bin/sh", join(bin, "sh"));
    await expect(runGit(["x"], { ...options, timeoutMs: 10_000 })).rejects.toMatchObject({ code: "notImplemented", message: expect.stringContaining("install the package git") as string });
  } finally {
    process.env["PATH"] = path;
  }
});
