/**
 * Amazon ECR from the window to the engine: AWS's SDK asks a stand-in that verifies its signature, and a real registry accepts the password it hands
 * out. The registry has ECR's own address: the engine reaches it through a proxy, as in many companies, and trusts its authority by certs.d.
 */
import { chmod, copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeAuthority } from "../fixtures/certificates.ts";
import { startEngine } from "../fixtures/engines.ts";
import type { TestEngine } from "../fixtures/engines.ts";
import { tempDir } from "../fixtures/exec.ts";
import { busyboxRoot, makeImage, makeLayer } from "../fixtures/images.ts";
import { startProxy } from "../fixtures/proxy.ts";
import { pushImage } from "../fixtures/push.ts";
import { startRegistry } from "../fixtures/registry.ts";
import { openStream } from "../../electron/ipc/client.ts";
import type { PullEvent } from "../../electron/ipc/contract/images.ts";
import { toIpcErrorInfo } from "../../electron/ipc/errors.ts";
import { startAws } from "../../electron/testing/aws.ts";
import type { AwsDouble } from "../../electron/testing/aws.ts";
import { makePassword } from "../../electron/testing/htpasswd.ts";
import { leakedSecrets } from "../../electron/testing/leaked-secrets.ts";
import type { TestDesktop } from "../../electron/testing/window.ts";
import { startDesktop, unixEndpoint } from "../../electron/testing/window.ts";
import { DockerConfigFile } from "../../electron/services/credentials/config-file.ts";
import { SettingsFile } from "../../electron/services/settings.ts";
import { missing, openDesktop } from "../harness/desktop.ts";
import type { HostKind } from "../harness/desktop.ts";
import { violations } from "../harness/looks.ts";

const HOST = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";
const SECRET_KEY = "canary-aws-key-3f90";
/** As long as ECR's. bcrypt reads the first 72 bytes. */
const PASSWORD = `canary-ecr-password-${"0123456789abcdef".repeat(110)}`;
const stack = new AsyncDisposableStack();
const environment = { ...process.env };
let folder: string;
let engine: TestEngine;
let aws: AwsDouble;
let desktop: TestDesktop;
let configPath: string;

beforeAll(async () => {
  const dir = stack.use(await tempDir("ecr"));
  folder = dir.path;
  await chmod(folder, 0o755);
  const authority = await makeAuthority(folder);
  const server = await authority.issue("server", [`DNS:${HOST}`]);
  await writeFile(join(folder, "htpasswd"), await makePassword("AWS", PASSWORD));
  const open = stack.use(await startRegistry({ storage: join(folder, "data") }));
  await pushImage(open.url, "app", "1", makeImage([makeLayer(busyboxRoot())]));
  const registry = stack.use(await startRegistry({ storage: join(folder, "data"), tls: server, auth: `{htpasswd: {realm: ecr, path: ${JSON.stringify(join(folder, "htpasswd"))}}}` }));
  const proxy = stack.use(await startProxy({ names: { [`${HOST}:443`]: registry.host }, user: "proxy", password: "proxy" }));
  await mkdir(join(folder, "certs.d", HOST), { recursive: true });
  await copyFile(authority.certificate, join(folder, "certs.d", HOST, "ca.crt"));
  await chmod(join(folder, "certs.d", HOST, "ca.crt"), 0o644);
  engine = stack.use(await startEngine(process.getuid?.() === 0 ? "ours-rootful" : "ours-rootless", { env: { SLIPWAY_DEBUG: "1", SLIPWAY_CERTS_DIR: join(folder, "certs.d"), HTTPS_PROXY: proxy.url } }));
  aws = stack.use(await startAws({ password: PASSWORD, keys: { AKIAGOOD: { secret: SECRET_KEY } } }));
  for (const name of Object.keys(process.env)) if (name.startsWith("AWS_")) delete process.env[name];
  await writeFile(join(folder, "credentials"), `[team]\naws_access_key_id = AKIAGOOD\naws_secret_access_key = ${SECRET_KEY}\n`);
  Object.assign(process.env, { AWS_ENDPOINT_URL_ECR: aws.url, AWS_EC2_METADATA_DISABLED: "true", AWS_CONFIG_FILE: join(folder, "config"), AWS_SHARED_CREDENTIALS_FILE: join(folder, "credentials") });
  configPath = join(engine.dir, "docker-config", "config.json");
  desktop = stack.use(await startDesktop(unixEndpoint(engine.socket), undefined, { dockerConfig: new DockerConfigFile(configPath), settings: await SettingsFile.load(join(folder, "desktop", "settings.json")) }));
});
afterAll(async () => {
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, environment);
  await stack.disposeAsync();
});

async function failure(work: Promise<unknown>) {
  return work.then(() => Promise.reject(new Error("it should have failed")), (error: unknown) => toIpcErrorInfo(error));
}

async function pull(image: string): Promise<PullEvent | undefined> {
  let last: PullEvent | undefined;
  for await (const event of await desktop.client.images.pull({ image })) last = event;
  return last;
}

it("AWS credentials log in, and pulls, pushes, builds and browsing have a token each time", async () => {
  const { client } = desktop;
  const image = `${HOST}/app:1`;
  expect(await failure(pull(image))).toMatchObject({ code: "unauthorized" });
  expect(await client.registries.awsProfiles()).toEqual(["team"]);
  expect(await failure(client.registries.loginAws({ host: HOST, profile: "other" }))).toMatchObject({ code: "unauthorized", message: expect.stringContaining("profile other") });
  const info = await client.registries.loginAws({ host: HOST, profile: "team" });
  expect(info).toMatchObject({ host: HOST, kind: "ecr", name: "Amazon ECR (eu-west-1, 123456789012)", login: { username: "AWS", place: "aws", by: "team" } });
  expect((info.login?.expires ?? 0) - Date.now()).toBeGreaterThan(11 * 3_600_000);

  expect(await client.registries.test({ host: HOST })).toMatchObject({ ok: true });
  expect(await pull(image)).toMatchObject({ type: "done", changed: true });
  await client.images.tag({ id: image, target: `${HOST}/app:2` });
  const { id } = await client.transfers.start({ kind: "push", reference: `${HOST}/app:2` });
  await expect.poll(async () => {
    for await (const event of await client.transfers.watch()) if (event.type === "all") return event.transfers.find((each) => each.id === id)?.state;
    return undefined;
  }, { timeout: 20_000 }).toBe("done");
  expect((await client.registries.tags({ repository: `${HOST}/app` })).tags.map(({ name }) => name).toSorted()).toEqual(["1", "2"]);
  for (const tag of ["1", "2"]) await client.images.remove({ id: `${HOST}/app:${tag}` });

  const project = join(folder, "project");
  await mkdir(project);
  await writeFile(join(project, "Dockerfile"), `FROM ${image}\nRUN --network=none true\n`);
  await chmod(project, 0o755);
  const build = await client.builds.start({ context: project });
  let last: unknown;
  for await (const batch of openStream(client, (streamId, signal) => client.builds.follow({ streamId, id: build.id }, { signal }))) last = batch.events.at(-1);
  expect(last).toMatchObject({ type: "ended", outcome: "built" });
  expect(aws.granted).toEqual([{ service: "ecr", region: "eu-west-1", key: "AKIAGOOD" }]);
});

it("the profile is remembered, and nothing else", async () => {
  const text = await readFile(join(folder, "desktop", "settings.json"), "utf8");
  expect(JSON.parse(text)).toMatchObject({ registries: { aws: { [HOST]: { profile: "team" } } } });
  const log = await engine.log();
  expect(log).toContain("/images/create");
  await writeFile(join(folder, "events"), await engine.docker.ok("events", "--since", "1h", "--until", "0s"));
  expect(await leakedSecrets([PASSWORD.slice(0, 40), SECRET_KEY], [folder, engine.dir], [join(folder, "credentials")])).toEqual([]);
});

it("the stock CLI logs in as `aws ecr get-login-password` is used, and the window finds its login", async () => {
  const { client } = desktop;
  await client.registries.logout({ host: HOST });
  expect((await client.registries.list()).map(({ host }) => host)).toEqual(["docker.io"]);
  const login = await engine.docker.run(["login", "--username", "AWS", "--password-stdin", HOST], { input: PASSWORD });
  expect(login.stdout).toContain("Login Succeeded");
  expect((await engine.docker.run(["pull", `${HOST}/app:2`])).code).toBe(0);
  expect((await client.registries.list()).find(({ host }) => host === HOST)?.login).toEqual({ username: "AWS", place: "plain" });
  await client.images.remove({ id: `${HOST}/app:2`, force: true });
  expect(await pull(`${HOST}/app:2`)).toMatchObject({ type: "done" });
  expect(aws.granted).toHaveLength(1);
  expect(await leakedSecrets([PASSWORD.slice(0, 40)], [folder, engine.dir])).toEqual([expect.stringContaining(configPath)]);
});

for (const host of ["browser", "electron"] satisfies HostKind[]) {
  const reason = missing(host);
  if (reason !== undefined) console.warn(`SKIPPED: ECR in ${host}, because ${reason}.`);
  describe.skipIf(reason !== undefined)(`in ${host}`, () => {
    it("with clicks: an address of ECR is added, logs in with a profile, shows when that ends, and is pulled from", async () => {
      await desktop.client.registries.logout({ host: HOST });
      await using opened = await openDesktop(host, { socket: engine.socket, name: `ecr-${host}` });
      const { page } = opened;
      page.setDefaultTimeout(20_000);
      await page.getByRole("link", { name: "Registries" }).click();
      await page.getByRole("button", { name: "Add", exact: true }).click();
      await page.getByRole("dialog").getByRole("textbox").first().fill(HOST);
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { name: "Amazon ECR (eu-west-1, 123456789012)" }).waitFor();
      await page.getByRole("button", { name: "Log in" }).first().click();
      const dialog = page.getByRole("dialog", { name: `Log in to ${HOST}` });
      await dialog.getByRole("combobox", { name: "Profile" }).selectOption({ label: "team" });
      await dialog.getByRole("button", { name: "Log in" }).last().click();
      await dialog.waitFor({ state: "hidden" });
      await page.getByText(/^1[12] h left$/).first().waitFor();
      await opened.shot("logged-in");
      expect(await violations(page)).toEqual([]);
      await page.getByRole("tab", { name: "Repositories" }).click();
      await page.getByRole("list", { name: "Repositories" }).getByRole("link", { name: /^app/ }).click();
      const tag = page.getByRole("grid", { name: "Tags", includeHidden: true }).getByRole("row", { name: `${HOST}/app:1`, exact: true, includeHidden: true });
      await tag.hover();
      await tag.getByRole("button", { name: `Pull ${HOST}/app:1`, exact: true }).click();
      await expect.poll(async () => (await desktop.client.images.list({})).some(({ RepoTags }) => RepoTags?.includes(`${HOST}/app:1`))).toBe(true);
      expect(opened.problems).toEqual([]);
    });
  });
}
