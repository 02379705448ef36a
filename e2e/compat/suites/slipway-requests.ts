import { request } from "node:http";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { api } from "../../fixtures/api.ts";
import { tempDir } from "../../fixtures/exec.ts";
import { newName } from "../lab.ts";
import type { Suite } from "../lab.ts";

const CANARY = `canary-${process.pid}`;

interface Row { readonly Id: number; readonly Method: string; readonly Target: string; readonly Client: string; readonly Status: number; readonly Open: boolean; readonly Streaming: boolean; readonly Milliseconds: number; readonly Received: number; readonly Sent: number }

interface Details extends Row {
  readonly Content: { readonly RequestHeaders: readonly (readonly [string, string])[]; readonly RequestBody: string; readonly ResponseBody: string } | null;
}

/** `/slipway/requests`. */
export const slipwayRequestsSuite: Suite = (lab) => {
  const list = async (): Promise<Row[]> => (JSON.parse((await api(lab().engine.socket, "GET", "/slipway/requests")).body) as { Calls: Row[] }).Calls;
  const last = async (of: RegExp): Promise<Row | undefined> => (await list()).findLast((row) => of.test(row.Target));
  /** Follows until disposed, and keeps all that it is told. */
  function follow(): { readonly heard: () => string } & AsyncDisposable {
    let text = "";
    const call = request({ socketPath: lab().engine.socket, path: "/slipway/requests?follow=1" }, (response) => {
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (text += chunk));
      response.on("error", () => undefined);
    });
    call.on("error", () => undefined);
    call.end();
    return {
      heard: () => text,
      async [Symbol.asyncDispose]() {
        call.destroy();
        await expect.poll(async () => (await list()).some((row) => row.Open && row.Target.includes("follow"))).toBe(false);
      },
    };
  }

  it("names the docker CLI, and says where the engine listens", async () => {
    await lab().docker.ok("ps", "-a");
    expect(await last(/\/containers\/json/)).toMatchObject({ Method: "GET", Client: expect.stringMatching(/^Docker-Client\//) as string, Status: 200, Open: false });
    expect(JSON.parse((await api(lab().engine.socket, "GET", "/slipway/requests")).body)).toMatchObject({ Socket: lab().engine.socket });
    expect((await api(lab().engine.socket, "GET", "/slipway/requests/x")).status).toBe(404);
  });

  it("shows an attach and an exec as open while they last, then with their bytes", async () => {
    const { docker, busybox } = lab();
    const name = newName();
    await docker.ok("run", "-d", "--name", name, busybox, "sleep", "1000");
    const exec = docker.run(["exec", name, "sh", "-c", "while [ ! -e /stop ]; do sleep 0.05; done; head -c 100000 /dev/zero"]);
    await expect.poll(() => last(/\/exec\/[^/]+\/start/)).toMatchObject({ Status: 101, Open: true, Streaming: true });
    await docker.ok("exec", name, "touch", "/stop");
    expect((await exec).code).toBe(0);
    await expect.poll(async () => (await list()).filter((row) => /\/exec\/[^/]+\/start/.test(row.Target)).map((row) => [row.Open, row.Sent > 100_000])).toEqual([[false, true], [false, false]]);
    await docker.ok("rm", "-f", name);
  });

  it("keeps no credential, in whatever way it came, also while somebody watches", async () => {
    const { engine, busybox, image } = lab();
    const { socket } = engine;
    const auth = Buffer.from(JSON.stringify({ username: "me", password: CANARY })).toString("base64url");
    const all = Buffer.from(JSON.stringify({ "ghcr.io": { username: "me", password: CANARY } })).toString("base64url");
    await using folder = await tempDir("requests");
    const context = join(folder.path, "context");
    await mkdir(context);
    await chmod(folder.path, 0o755);
    await writeFile(join(context, "Dockerfile"), `FROM ${busybox}\nRUN --mount=type=secret,id=npm test -s /run/secrets/npm\n`);
    await using watching = follow();
    await expect.poll(() => watching.heard()).toContain("Socket");
    const statuses = [
      await api(socket, "POST", "/auth", { username: "me", password: CANARY, serveraddress: "127.0.0.1:1" }, { "user-agent": "test" }),
      await api(socket, "POST", `/images/create?fromImage=${encodeURIComponent(image("busybox"))}&tag=latest`, undefined, { "x-registry-auth": auth }),
      await api(socket, "POST", `/images/create?fromSrc=${encodeURIComponent(`http://me:${CANARY}@127.0.0.1:1/x.tar`)}`),
      await api(socket, "POST", `/build?remote=${encodeURIComponent(`http://me:${CANARY}@127.0.0.1:1/x.git`)}&buildargs=${encodeURIComponent(JSON.stringify({ NPM_TOKEN: CANARY }))}`, undefined, { "x-registry-config": all }),
      await api(socket, "POST", "/slipway/build", { context, secrets: { npm: Buffer.from(CANARY).toString("base64") }, args: { API_KEY: CANARY } }, { "x-registry-config": all, authorization: `Bearer ${CANARY}` }),
      await api(socket, "POST", "/containers/create", { Image: busybox, Cmd: ["true"], Env: [`DB_PASSWORD=${CANARY}`, "PLAIN=seen"] }),
    ].map(({ status }) => status);
    expect(statuses[1]).toBe(200);
    expect(statuses[4]).toBe(200);
    expect(statuses[5]).toBe(201);
    const rows = await list();
    const told: Details[] = [];
    for (const { Id } of rows) told.push(JSON.parse((await api(socket, "GET", `/slipway/requests/${Id}`)).body) as Details);
    const text = [JSON.stringify(rows), JSON.stringify(told), watching.heard()].join("\n");
    for (const secret of [CANARY, auth, all, Buffer.from(CANARY).toString("base64")]) expect(text).not.toContain(secret);
    // Bodies and headers were kept in earnest: what is no secret is there.
    const kept = (of: RegExp): Details["Content"] => told.findLast(({ Target }) => of.test(Target))!.Content;
    expect(JSON.parse(kept(/^\/slipway\/build/)!.RequestBody)).toMatchObject({ context, secrets: "(hidden)", args: { API_KEY: "(hidden)" } });
    expect(JSON.parse(kept(/^\/containers\/create/)!.RequestBody)).toMatchObject({ Env: ["DB_PASSWORD=(hidden)", "PLAIN=seen"] });
    expect(kept(/^\/images\/create\?fromImage/)!.RequestHeaders).toContainEqual(["x-registry-auth", "(hidden)"]);
    expect(kept(/^\/auth/)).toMatchObject({ RequestBody: "", ResponseBody: "" });
  });
};
