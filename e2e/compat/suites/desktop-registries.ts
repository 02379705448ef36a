import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { toIpcErrorInfo } from "../../../electron/ipc/errors.ts";
import type { TransferInfo } from "../../../electron/ipc/contract/transfers.ts";
import { DockerConfigFile } from "../../../electron/services/credentials/config-file.ts";
import { startDesktop, unixEndpoint } from "../../../electron/testing/window.ts";
import type { TestDesktop } from "../../../electron/testing/window.ts";
import { tempDir } from "../../fixtures/exec.ts";
import type { TempDir } from "../../fixtures/exec.ts";
import { PASSWORD, USER } from "../registries/lab.ts";
import type { RegistryLab } from "../registries/lab.ts";

/** The desktop's services with the same registries: what a window does, without the window. */
export function desktopRegistrySuite(lab: () => RegistryLab): void {
  let folder: TempDir;
  let desktop: TestDesktop;
  const config = (): Promise<string> => readFile(join(folder.path, "config.json"), "utf8");
  beforeAll(async () => {
    folder = await tempDir("desktop-config");
    desktop = await startDesktop(unixEndpoint(lab().engine.socket), undefined, { dockerConfig: new DockerConfigFile(join(folder.path, "config.json")) });
  });
  afterAll(async () => {
    await desktop?.[Symbol.asyncDispose]();
    await folder?.[Symbol.asyncDispose]();
  });

  async function ended(id: string): Promise<TransferInfo> {
    for await (const event of await desktop.client.transfers.watch()) {
      const found = event.type === "all" ? event.transfers.find((each) => each.id === id) : event.type === "changed" && event.transfer.id === id ? event.transfer : undefined;
      if (found !== undefined && found.state !== "running") return found;
    }
    throw new Error("the stream ended");
  }

  async function pull(image: string): Promise<string | undefined> {
    for await (const event of await desktop.client.images.pull({ image })) if (event.type === "done") return event.digest;
    return undefined;
  }

  const setUps: readonly [name: string, host: (lab: RegistryLab) => string, login: boolean][] = [
    ["anonymous", ({ anonymous }) => anonymous.host, false],
    ["a password", ({ password }) => password.host, true],
    ["tokens", ({ token }) => token.host, true],
    ["an authority of its own and client certificates", ({ tls }) => tls.host, false],
    ["a proxy", ({ proxied }) => proxied.plain, false],
    ["a proxy and TLS", ({ proxied }) => proxied.secure, false],
  ];

  it.each(setUps)("the desktop meets a registry with %s: login, push, pull by tag and digest, browse, logout", async (_, hostOf, needsLogin) => {
    const { client } = desktop;
    const host = hostOf(lab());
    const image = `${host}/desktop/app:1`;
    await pull(`${lab().anonymous.host}/busybox:latest`);
    await client.images.tag({ id: `${lab().anonymous.host}/busybox:latest`, target: image });
    if (needsLogin) {
      const refused = await ended((await client.transfers.start({ kind: "push", reference: image })).id);
      expect([refused.state, refused.error]).toEqual(["failed", expect.stringMatching(/unauthorized|authentication|denied|log in/i)]);
      const wrong = toIpcErrorInfo(await client.registries.login({ host, username: USER, password: "wrong-canary-0a" }).then(() => undefined, (error: unknown) => error));
      expect(wrong.code).toBe("unauthorized");
      expect(JSON.stringify(wrong)).not.toContain("wrong-canary-0a");
      expect((await client.registries.login({ host, username: USER, password: PASSWORD })).login).toEqual({ username: USER, place: "plain" });
    }
    expect(await client.registries.test({ host })).toMatchObject({ ok: true, step: "done" });
    expect(await ended((await client.transfers.start({ kind: "push", reference: image })).id)).toMatchObject({ state: "done", error: "" });
    expect((await client.registries.catalog({ host })).repositories).toContain("desktop/app");
    const [tag] = (await client.registries.tags({ repository: `${host}/desktop/app` })).tags;
    expect(tag).toMatchObject({ name: "1", local: "current", error: "" });
    expect(await client.registries.behind({ references: [image] })).toEqual({ [image]: "current" });
    await client.images.remove({ id: image });
    expect(await pull(image)).toBe(tag?.digest);
    expect(await pull(`${host}/desktop/app@${tag?.digest}`)).toBe(tag?.digest);
    if (needsLogin) {
      await client.registries.logout({ host });
      expect(await config()).not.toContain(host);
    }
  });

  it("of a token server the desktop keeps the identity token, not the password", async () => {
    const { client } = desktop;
    const { host } = lab().token;
    await client.registries.login({ host, username: USER, password: PASSWORD });
    const { auths } = JSON.parse(await config()) as { auths: Record<string, { auth: string; identitytoken: string }> };
    expect(auths[host]).toEqual({ auth: Buffer.from(`${USER}:`).toString("base64"), identitytoken: expect.stringMatching(/^refresh-/) });
    expect(await client.registries.test({ host })).toMatchObject({ ok: true });
    await client.registries.logout({ host });
  });

  it("the desktop says how far it got", async () => {
    const { client } = desktop;
    const steps = await Promise.all(["127.0.0.1:1", lab().password.host, `localhost:${lab().tls.host.split(":")[1]}`].map(async (host) => client.registries.test({ host })));
    expect(steps.map(({ ok, step }) => [ok, step])).toEqual([[false, "connect"], [false, "login"], [false, "tls"]]);
    for (const { message, milliseconds } of steps) expect([message, milliseconds]).toEqual([expect.stringMatching(/./), expect.any(Number)]);
  });
}
