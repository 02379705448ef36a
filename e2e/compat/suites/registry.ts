import { randomBytes } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { newName } from "../lab.ts";
import { PASSWORD, USER } from "../registries/lab.ts";
import type { RegistryLab } from "../registries/lab.ts";
import { api } from "../../fixtures/api.ts";
import type { Result } from "../../fixtures/exec.ts";
import { makeImage, makeLayer } from "../../fixtures/images.ts";
import { pushImage } from "../../fixtures/push.ts";

/** login, push, pull, logout against real registries in the set-ups that people have. */
export function registrySuite(lab: () => RegistryLab): void {
  const login = (host: string, password = PASSWORD): Promise<Result> => lab().engine.docker.run(["login", "-u", USER, "--password-stdin", host], { input: password });
  const busybox = (): string => `${lab().anonymous.host}/busybox:latest`;
  /** A local image of its own, committed on busybox, under `reference`. */
  const make = async (reference: string): Promise<void> => {
    const { docker } = lab().engine;
    await docker.ok("pull", "-q", busybox());
    const name = newName("maker");
    await docker.ok("run", "--name", name, busybox(), "sh", "-c", `echo ${name} > /made; head -c 300000 /dev/urandom > /random`);
    await docker.ok("commit", name, reference);
    await docker.ok("rm", name);
  };
  /** Pushes, removes, pulls by tag and by digest, runs; answers the digest. */
  const roundTrip = async (reference: string): Promise<string> => {
    const { docker } = lab().engine;
    await make(reference);
    const id = await docker.ok("images", "-q", "--no-trunc", reference);
    const pushed = await docker.ok("push", reference);
    const digest = /digest: (sha256:[0-9a-f]{64}) size: \d+/.exec(pushed)![1]!;
    expect(await docker.ok("image", "inspect", "-f", "{{json .RepoDigests}}", reference)).toContain(digest);
    await docker.ok("rmi", "-f", id);
    await docker.ok("pull", "-q", reference);
    expect(await docker.ok("images", "-q", "--no-trunc", reference)).toBe(id);
    const byDigest = `${reference.replace(/:[^:/]+$/, "")}@${digest}`;
    await docker.ok("rmi", "-f", id);
    expect(await docker.ok("pull", "-q", byDigest)).toBe(byDigest);
    expect(await docker.ok("run", "--rm", byDigest, "cat", "/made")).toMatch(/^maker-/);
    await docker.ok("rmi", "-f", id);
    return digest;
  };

  it("anonymous: push, pull by tag and digest, and what push prints", async () => {
    const { docker } = lab().engine;
    const reference = `${lab().anonymous.host}/anonymous/app:1`;
    await roundTrip(reference);
    await make(reference);
    const first = await docker.ok("push", reference);
    expect(first).toContain(`The push refers to repository [${lab().anonymous.host}/anonymous/app]`);
    expect(first).toMatch(/^[0-9a-f]{12}: Preparing/m);
    expect(first).toMatch(/^[0-9a-f]{12}: Pushed/m);
    expect(first).toMatch(/^[0-9a-f]{12}: (Mounted from busybox|Layer already exists)/m);
    expect(first.split("\n").at(-1)).toMatch(/^1: digest: sha256:[0-9a-f]{64} size: \d+$/);
    expect(await docker.ok("push", reference)).not.toMatch(/: Pushed|: Mounted/);
    expect(await docker.ok("push", "-q", reference)).toBe(reference);
    await docker.ok("tag", reference, `${lab().anonymous.host}/anonymous/app:2`);
    const all = await docker.ok("push", "-a", `${lab().anonymous.host}/anonymous/app`);
    expect(all.match(/digest: sha256:/g)).toHaveLength(2);
    const absent = await docker.run(["push", `${lab().anonymous.host}/never:made`]);
    expect([absent.code, absent.stderr.trim()]).toEqual([1, `tag does not exist: ${lab().anonymous.host}/never:made`]);
  });

  it("a password: refused without and with a wrong one, then login, push, pull, logout", async () => {
    const { docker } = lab().engine;
    const { host } = lab().password;
    const reference = `${host}/private/app:1`;
    await make(reference);
    const anonymous = await docker.run(["push", reference]);
    expect(anonymous.code).toBe(1);
    expect(anonymous.stderr).toMatch(/push access denied .*no basic auth credentials/);
    const wrong = await login(host, "wrong");
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toContain(`login attempt to http://${host}/v2/ failed with status: 401 Unauthorized`);
    const answer = await api(lab().engine.socket, "POST", "/v1.40/auth", { username: USER, password: "wrong", serveraddress: host });
    expect(answer.status).toBe(401);
    const right = await login(host);
    expect(right.stdout).toContain("Login Succeeded");
    await roundTrip(reference);
    await docker.ok("logout", host);
    const after = await docker.run(["pull", reference]);
    expect(after.code).toBe(1);
    expect(after.stderr).toContain(`pull access denied for ${host}/private/app, repository does not exist or may require 'docker login'`);
  });

  it("a token server: identity token, push, mount by two scopes, pull; the public part for anybody; logout", async () => {
    const { docker } = lab().engine;
    const { host } = lab().token;
    const wrong = await login(host, "wrong");
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toMatch(/unauthorized: incorrect username or password/);
    const answer = await api(lab().engine.socket, "POST", "/v1.40/auth", { username: USER, password: PASSWORD, serveraddress: host });
    expect(JSON.parse(answer.body)).toEqual({ Status: "Login Succeeded", IdentityToken: expect.stringMatching(/^refresh-/) as string });
    expect((await login(host)).stdout).toContain("Login Succeeded");
    await roundTrip(`${host}/team/app:1`);
    expect(lab().tokens.asked.some(({ how, user, scopes }) => how === "POST refresh_token" && user === USER && scopes.includes("repository:team/app:pull,push"))).toBe(true);
    await docker.ok("pull", "-q", `${host}/team/app:1`);
    await docker.ok("tag", `${host}/team/app:1`, `${host}/public/app:1`);
    expect(await docker.ok("push", `${host}/public/app:1`)).toMatch(/: Mounted from team\/app/);
    expect(lab().tokens.asked.some(({ scopes }) => scopes.length === 2 && scopes.includes("repository:team/app:pull"))).toBe(true);
    const inspected = await api(lab().engine.socket, "GET", `/v1.40/distribution/${host}/team/app:1/json`, undefined, { "x-registry-auth": Buffer.from(JSON.stringify({ username: USER, password: PASSWORD })).toString("base64url") });
    expect(inspected.status).toBe(200);
    await docker.ok("logout", host);
    expect((await docker.run(["pull", `${host}/team/app:1`])).stderr).toContain("pull access denied");
    await docker.ok("pull", "-q", `${host}/public/app:1`);
    expect((await docker.run(["push", `${host}/public/app:1`])).stderr).toMatch(/push access denied/);
  });

  it("TLS with an authority and a client certificate of one's own; and what is said without them", async () => {
    const { docker } = lab().engine;
    await roundTrip(`${lab().tls.host}/secure/app:1`);
    expect((await login(lab().tls.host)).stdout).toContain("Login Succeeded");
    // By another name of the same machine, for which there are no certificates, its own are unknown.
    const strange = await docker.run(["pull", `localhost.localdomain:${lab().tls.host.split(":")[1]}/secure/app:1`]);
    expect(strange.code).toBe(1);
    expect(strange.stderr).toMatch(/certificate|no such host|could not be looked up|proxy/);
  });

  it("behind a proxy with a password, by plain http and by https", async () => {
    const { proxy, plain, secure } = lab().proxied;
    await roundTrip(`${plain}/proxied/app:1`);
    await roundTrip(`${secure}/proxied/app:1`);
    expect(proxy.seen.some((line) => line.startsWith(`GET http://${plain}/v2/`))).toBe(true);
    expect(proxy.seen).toContain(`CONNECT ${secure}`);
    expect(proxy.refused).toBe(0);
    const beyond = await lab().engine.docker.run(["pull", "nobody.registry.test/app"]);
    expect(beyond.stderr).toMatch(/the proxy http:\/\/127\.0\.0\.1:\d+ does not let us through to nobody\.registry\.test/);
    expect(await lab().engine.docker.ok("info", "-f", "{{.HTTPProxy}}")).toMatch(/^http:\/\/xxxxx:xxxxx@127\.0\.0\.1:\d+$/);
  });

  it("a mirror of Docker Hub: the first that answers serves", async () => {
    const { docker } = lab().engine;
    expect(await docker.ok("pull", "-q", "mirrored")).toBe("docker.io/library/mirrored:latest");
    expect(await docker.ok("images", "--format", "{{.Repository}}", "mirrored")).toBe("mirrored");
    const nowhere = await docker.run(["pull", "not-at-the-mirror"]);
    expect(nowhere.stderr).toMatch(/docker\.io|registry-1/);
  });

  it("the window's view: catalog, tags, whether a tag is behind, tests of a registry", async () => {
    const { socket, docker } = lab().engine;
    const { anonymous, password } = lab();
    const get = async (path: string): Promise<{ status: number; json: Record<string, unknown> }> => {
      const { status, body } = await api(socket, "GET", path);
      return { status, json: JSON.parse(body) as Record<string, unknown> };
    };
    expect((await get(`/slipway/registry/catalog?registry=${anonymous.host}`)).json["Repositories"]).toEqual(expect.arrayContaining(["busybox", "library/mirrored"]));
    const tags = await get(`/slipway/registry/tags?repository=${anonymous.host}/busybox`);
    expect(tags.json).toMatchObject({ Total: 1, IsLast: true, Tags: [{ Name: "latest", Digest: expect.stringMatching(/^sha256:/) as string, CreatedAt: "2024-01-02T03:04:05.000Z", Error: "" }] });
    const name = newName("moving");
    await pushImage(anonymous.url, name, "latest", makeImage([makeLayer([{ name: "v", data: "1" }])]));
    await docker.ok("pull", "-q", `${anonymous.host}/${name}`);
    expect((await get(`/slipway/registry/behind?reference=${anonymous.host}/${name}`)).json).toMatchObject({ State: "current", Behind: false });
    await pushImage(anonymous.url, name, "latest", makeImage([makeLayer([{ name: "v", data: "2" }])]));
    expect((await get(`/slipway/registry/behind?reference=${anonymous.host}/${name}`)).json).toMatchObject({ State: "behind", Behind: true });
    expect((await get(`/slipway/registry/test?registry=${anonymous.host}`)).json).toMatchObject({ Ok: true, Step: "done" });
    expect((await get(`/slipway/registry/test?registry=${password.host}`)).json).toMatchObject({ Ok: false, Step: "login" });
    expect((await get("/slipway/registry/test?registry=127.0.0.1:1")).json).toMatchObject({ Ok: false, Step: "connect" });
    expect((await get("/slipway/registry/limits")).status).toBe(200);
    expect((await get("/slipway/registry/tags")).status).toBe(400);
    expect((await docker.run(["search", `${anonymous.host}/busy`])).stderr).toContain(`the registry ${anonymous.host} cannot be searched: list its repositories instead`);
  });

  it("transfers are listed, started without a client, and forgotten", async () => {
    const { socket } = lab().engine;
    const name = newName("transfer");
    await pushImage(lab().anonymous.url, name, "latest", makeImage([makeLayer([{ name: "r", data: randomBytes(100_000) }])]));
    const started = await api(socket, "POST", "/slipway/transfers", { Kind: "pull", Reference: `${lab().anonymous.host}/${name}` });
    expect(started.status).toBe(201);
    const { Id } = JSON.parse(started.body) as { Id: string };
    await expect.poll(async () => (JSON.parse((await api(socket, "GET", `/slipway/transfers/${Id}`)).body) as { State: string }).State, { timeout: 15_000 }).toBe("done");
    expect((JSON.parse((await api(socket, "GET", "/slipway/transfers")).body) as { Id: string }[]).some((transfer) => transfer.Id === Id)).toBe(true);
    expect((await api(socket, "POST", `/slipway/transfers/${Id}/pause`)).status).toBe(409);
    expect((await api(socket, "DELETE", `/slipway/transfers/${Id}`)).status).toBe(204);
    expect((await api(socket, "GET", `/slipway/transfers/${Id}`)).status).toBe(404);
    expect((await api(socket, "POST", "/slipway/transfers", { Kind: "steal", Reference: "x" })).status).toBe(400);
  });

  it("no secret is in the log, the database, the files, the events, or a command line", async () => {
    const { engine } = lab();
    const events = await engine.docker.ok("events", "--since", "1h", "--until", "0s");
    expect(events.includes("image push")).toBe(true);
    const places: [string, Buffer][] = [["log", Buffer.from(await engine.log())], ["events", Buffer.from(events)], ...(await filesBelow(engine.root)), ...(await filesBelow(join(engine.dir, "run"))), ...(await commandLines())];
    const secrets = [PASSWORD, Buffer.from(`${USER}:${PASSWORD}`).toString("base64"), Buffer.from(`proxy-user:proxy-${PASSWORD}`).toString("base64"), "refresh-", "eyJ0eXAiOiJKV1Qi"];
    const found = places.flatMap(([place, bytes]) => secrets.filter((secret) => bytes.includes(secret)).map((secret) => `${secret.slice(0, 12)} in ${place}`));
    expect(found).toEqual([]);
  });
}

/** Files of up to 64 MB below a folder, layers' contents aside. */
async function filesBelow(folder: string): Promise<[string, Buffer][]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)).filter((path) => !/\/(snapshots|blobs|compile-cache|volumes)\//.test(path));
  return Promise.all(paths.map(async (path): Promise<[string, Buffer]> => [path, await readFile(path).catch(() => Buffer.alloc(0))]));
}

/** Of all processes but this test's and the docker CLI's. */
async function commandLines(): Promise<[string, Buffer][]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  return Promise.all(pids.map(async (pid): Promise<[string, Buffer]> => [`process ${pid}`, await readFile(`/proc/${pid}/cmdline`).catch(() => Buffer.alloc(0))]));
}
