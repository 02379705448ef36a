import { chmod, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, it } from "vitest";
import { newName } from "../lab.ts";
import type { Suite } from "../lab.ts";
import { api } from "../../fixtures/api.ts";
import { run, tempDir, waitFor } from "../../fixtures/exec.ts";
import type { TempDir } from "../../fixtures/exec.ts";
import { checkOciArchive } from "../../fixtures/oci-image.ts";
import { leaksOf } from "../../fixtures/leaks.ts";
import { slipwayBuild, startBuild } from "../../fixtures/slipway-build.ts";
import type { SlipwayBuild } from "../../fixtures/slipway-build.ts";

interface Forecast {
  readonly steps: readonly { readonly text: string; readonly forecast: string; readonly reason: object | null }[];
}

/** A directory of this machine as a context, which a rootless engine may read. */
async function contextOf(files: Readonly<Record<string, string>>): Promise<TempDir> {
  const dir = await tempDir("context");
  await chmod(dir.path, 0o755);
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(dir.path, name, ".."), { recursive: true });
    await writeFile(join(dir.path, name), text);
  }
  return dir;
}

/** Our own interface to builds: events, forecasts, reasons, history, failed roots. */
export const slipwayBuildSuite: Suite = (lab) => {
  const build = (body: object): Promise<SlipwayBuild> => slipwayBuild(lab().engine.socket, body);
  const plan = async (body: object): Promise<Forecast> => JSON.parse((await api(lab().engine.socket, "POST", "/slipway/build/plan", body)).body) as Forecast;
  const outcomes = ({ steps }: SlipwayBuild): string[] => steps.map(({ text, outcome }) => `${text.split(" ", 1)[0]} ${outcome}`);
  const shown = (image: string, ...command: string[]): Promise<string> => lab().docker.ok("run", "--rm", image, ...command);

  it("builds a directory in place, tells every step, and knows it again", async () => {
    await using dir = await contextOf({ Dockerfile: `FROM ${lab().busybox}\nWORKDIR /app\nCOPY src src\nRUN cat src/a > out; echo built; echo warned >&2\nLABEL x=y\nCMD ["cat", "/app/out"]\n`, "src/a": "one\n", "src/b": "two\n" });
    const tag = newName("built");
    const first = await build({ context: dir.path, tags: [tag] });
    expect(first.end).toMatchObject({ type: "ended", outcome: "built", tags: [`${tag}:latest`] });
    expect(outcomes(first)).toEqual(["FROM cached", "WORKDIR executed", "COPY executed", "RUN executed", "LABEL executed", "CMD executed"]);
    expect(first.output.split("\n").sort()).toEqual(["", "built", "warned"]);
    expect(first.events.filter(({ type }) => type === "stepOutput").map(({ stream }) => String(stream)).sort()).toEqual(["stderr", "stdout"]);
    expect(await shown(tag)).toBe("one");
    const second = await build({ context: dir.path, tags: [tag] });
    expect(outcomes(second)).toEqual(["FROM cached", "WORKDIR cached", "COPY cached", "RUN cached", "LABEL cached", "CMD cached"]);
    expect(second.end["imageId"]).toBe(first.end["imageId"]);
  });

  it("a forecast says what would run and why, and runs nothing", async () => {
    await using dir = await contextOf({ Dockerfile: `FROM ${lab().busybox}\nARG V=1\nCOPY src /src\nRUN echo $V > /v\nRUN cat /src/a /v > /out\n`, "src/a": "one\n", "src/b": "two\n" });
    const tag = newName("planned");
    expect((await plan({ context: dir.path, tags: [tag] })).steps.map(({ forecast }) => forecast)).toEqual(["hit", "hit", "miss", "unknown", "unknown"]);
    const images = await lab().docker.ok("images", "-q", tag);
    expect(images).toBe("");
    await build({ context: dir.path, tags: [tag] });
    expect((await plan({ context: dir.path, tags: [tag] })).steps.map(({ forecast }) => forecast)).toEqual(["hit", "hit", "hit", "hit", "hit"]);
    const argument = await plan({ context: dir.path, tags: [tag], args: { V: "2" } });
    expect(argument.steps.map(({ forecast }) => forecast)).toEqual(["hit", "hit", "hit", "miss", "unknown"]);
    expect(argument.steps[3]!.reason).toEqual({ type: "argument", name: "V" });
    await writeFile(join(dir.path, "src/b"), "other\n");
    await writeFile(join(dir.path, "src/new"), "");
    await rm(join(dir.path, "src/a"));
    expect((await plan({ context: dir.path, tags: [tag] })).steps[2]).toMatchObject({ forecast: "miss", reason: { type: "files", changed: [expect.stringContaining("b")], added: [expect.stringContaining("new")], removed: [expect.stringContaining("a")], total: 3 } });
  });

  it("each miss has its reason", async () => {
    await using dir = await contextOf({ Dockerfile: `FROM ${lab().busybox}\nENV E=1\nRUN echo a > /a\nRUN echo b > /b\n`, f: "1" });
    const body = { context: dir.path, tags: [newName("reasons")] };
    const reasons = async (more: object = {}): Promise<unknown[]> => (await build({ ...body, ...more })).steps.filter(({ text }) => text.startsWith("RUN") || text.startsWith("COPY")).map(({ reason }) => reason);
    const rewrite = (text: string): Promise<void> => writeFile(join(dir.path, "Dockerfile"), text);
    expect(await reasons()).toEqual([{ type: "new" }, { type: "new" }]);
    expect(await reasons()).toEqual([null, null]);
    expect(await reasons({ noCache: true })).toEqual([{ type: "disabled" }, { type: "disabled" }]);
    await rewrite(`FROM ${lab().busybox}\nENV E=1\nRUN echo changed > /a\nRUN echo b > /b\n`);
    expect(await reasons()).toEqual([{ type: "instruction", before: "RUN echo a > /a" }, { type: "earlierStep", step: 3, text: "RUN echo changed > /a" }]);
    await rewrite(`FROM ${lab().busybox}\nENV E=2\nRUN echo changed > /a\nRUN echo b > /b\n`);
    expect(await reasons()).toMatchObject([{ type: "environment", name: "E" }, { type: "earlierStep" }]);
    await rewrite(`FROM ${lab().image("zstd:latest")}\nENV E=2\nRUN echo changed > /a\nRUN echo b > /b\n`);
    expect(await reasons()).toMatchObject([{ type: "base", before: expect.stringContaining("busybox"), now: expect.stringContaining("zstd") }, { type: "earlierStep" }]);
  });

  it("stages that do not need each other run at the same time; one that nobody needs does not run", async () => {
    const from = `FROM ${lab().busybox}`;
    const result = await build({ dockerfileText: `${from} AS a\nRUN sleep 2; echo a > /a\n${from} AS b\nRUN sleep 2; echo b > /b\n${from} AS never\nRUN exit 1\n${from}\nCOPY --from=a /a /\nCOPY --from=b /b /\n`, noCache: true });
    expect(result.end).toMatchObject({ outcome: "built" });
    const at = (type: string, step: number): number => result.events.findIndex((event) => event.type === type && event["step"] === step);
    expect(at("stepMissed", 4)).toBeLessThan(at("stepEnded", 2));
    expect(at("stepMissed", 2)).toBeLessThan(at("stepEnded", 4));
    expect(result.events.find(({ type }) => type === "planned")).toMatchObject({ skippedStages: ["never"] });
  });

  it("the history keeps builds with their events, and forgets them when told", async () => {
    const { engine: { socket } } = lab();
    const { id, events } = await build({ dockerfileText: `FROM ${lab().busybox}\nRUN echo told\n`, title: "told again", noCache: true });
    const [newest] = JSON.parse((await api(socket, "GET", "/slipway/builds")).body) as { id: string; title: string; status: string }[];
    expect(newest).toMatchObject({ id, title: "told again", status: "built" });
    const again = (await api(socket, "GET", `/slipway/builds/${id.slice(0, 10)}/events?follow=1`)).body.trim().split("\r\n").map((line) => JSON.parse(line) as unknown);
    expect(again).toEqual(events);
    expect((await api(socket, "DELETE", `/slipway/builds/${id}`)).status).toBe(204);
    expect(await api(socket, "GET", `/slipway/builds/${id}`)).toMatchObject({ status: 404, message: `No such build: ${id}` });
  });

  it("a failed step keeps its root: look around in it, build again from there, dismiss it", async () => {
    const { engine } = lab();
    await using dir = await contextOf({ f: "context\n" });
    const text = (last: string): string => `FROM ${lab().busybox}\nENV SEEN=1\nWORKDIR /w\nCOPY f f\nRUN echo before > before; sleep 1\nRUN echo half > half; ${last}\n`;
    const tag = newName("fixed");
    const failed = await build({ context: dir.path, dockerfileText: text("exit 7"), tags: [tag] });
    expect(failed.end).toMatchObject({ outcome: "failed", error: "The command '/bin/sh -c echo half > half; exit 7' returned a non-zero code: 7", details: { exitCode: 7 } });
    const path = `/slipway/builds/${failed.id}`;
    expect(JSON.parse((await api(engine.socket, "GET", path)).body)).toMatchObject({ status: "failed", failedStep: 6 });
    const { Id: session } = JSON.parse((await api(engine.socket, "POST", `${path}/exec`, { Cmd: ["sh", "-c", "pwd; cat before half f; echo $SEEN; exit 9"] })).body) as { Id: string };
    const output = await api(engine.socket, "POST", `/slipway/build-sessions/${session}/start`);
    expect(output.body).toContain("/w\n");
    expect(output.body.replaceAll(/[\0-\x08\x0e-\x1f\ufffd]/g, "")).toMatch(/before[^]*half[^]*context[^]*1/);
    expect(JSON.parse((await api(engine.socket, "GET", `/slipway/build-sessions/${session}/json`)).body)).toMatchObject({ Running: false, ExitCode: 9 });
    const again = await slipwayBuild(engine.socket, { dockerfileText: text("true") }, `${path}/retry`);
    expect(again.end).toMatchObject({ outcome: "built" });
    expect(outcomes(again)).toEqual(["FROM cached", "ENV cached", "WORKDIR cached", "COPY cached", "RUN cached", "RUN executed"]);
    expect(await shown(tag, "cat", "/w/half")).toBe("half");
    expect((await api(engine.socket, "POST", `${path}/exec`)).status).toBe(404);
    const other = await build({ dockerfileText: `FROM ${lab().busybox}\nRUN exit 1\n` });
    expect((await api(engine.socket, "POST", `/slipway/builds/${other.id}/dismiss`)).status).toBe(204);
    expect((await api(engine.socket, "POST", `/slipway/builds/${other.id}/dismiss`)).status).toBe(404);
    await expect.poll(() => leaksOf(engine)).toEqual([]);
  });

  it("secrets reach RUN and nothing else", async () => {
    const { engine, docker } = lab();
    const canary = `canary-${Math.random().toString(36).slice(2)}`;
    const tag = newName("secret");
    const result = await build({
      tags: [tag], secrets: { token: Buffer.from(canary).toString("base64") }, noCache: true,
      dockerfileText: `FROM ${lab().busybox}\nRUN --mount=type=secret,id=token wc -c < /run/secrets/token > /size; stat -c %a /run/secrets/token\nRUN --mount=type=secret,id=token,env=TOKEN echo -n "$TOKEN" | wc -c > /env-size\nRUN --mount=type=secret,id=absent ls /run/secrets 2>&1 | wc -l > /absent\nRUN ls -d /run > /after 2>&1; true\n`,
    });
    expect(result.end).toMatchObject({ outcome: "built" });
    expect(result.output).toContain("400");
    expect(await shown(tag, "sh", "-c", "cat /size /env-size /absent /after")).toBe(`${canary.length}\n${canary.length}\n1\nls: /run: No such file or directory`);
    const archive = await docker.bytes(["save", tag]);
    expect(archive.includes(canary)).toBe(false);
    expect(JSON.stringify(result.events)).not.toContain(canary);
    const found = await run("grep", ["-rlF", "--exclude-dir=proc", canary, engine.dir]);
    expect(found.stdout).toBe("");
    const missing = await build({ dockerfileText: `FROM ${lab().busybox}\nRUN --mount=type=secret,id=nope,required=true true\n` });
    expect(missing.end).toMatchObject({ outcome: "failed", error: expect.stringContaining("nope") as string });
  });

  it("an agent's socket reaches RUN where it asks for it", async () => {
    await using dir = await contextOf({});
    await chmod(dir.path, 0o777);
    const socket = join(dir.path, "agent");
    const server = createServer().listen(socket);
    await waitFor("the agent", async () => (await readdir(dir.path)).includes("agent"), 5000);
    await chmod(socket, 0o777);
    try {
      const result = await build({ ssh: { default: socket }, noCache: true, dockerfileText: `FROM ${lab().busybox}\nRUN --mount=type=ssh test -S "$SSH_AUTH_SOCK" && echo "at $SSH_AUTH_SOCK"\nRUN test -z "$SSH_AUTH_SOCK"\n` });
      expect(result.end).toMatchObject({ outcome: "built" });
      expect(result.output).toContain("at /run/buildkit/ssh_agent.0");
    } finally {
      server.close();
    }
  });

  it("a cancelled build ends at once and leaves nothing, whoever cancels it", async () => {
    const { engine } = lab();
    for (const how of ["leave", "cancel"] as const) {
      const started = startBuild(engine.socket, { dockerfileText: `FROM ${lab().busybox}\nRUN echo begun; sleep 600\n`, noCache: true });
      await waitFor("the step's output", () => Promise.resolve(started.events.some(({ text }) => text === "begun\n")), 30_000);
      const id = String(started.events[0]!["buildId"]);
      if (how === "leave") started.leave();
      else expect((await api(engine.socket, "POST", `/slipway/builds/${id}/cancel`)).status).toBe(204);
      await expect.poll(async () => (JSON.parse((await api(engine.socket, "GET", `/slipway/builds/${id}`)).body) as { status: string }).status, { timeout: 10_000 }).toBe("cancelled");
      await expect.poll(() => leaksOf(engine), { timeout: 10_000 }).toEqual([]);
    }
  });

  it("with SOURCE_DATE_EPOCH the same files and Dockerfile give the same digest, built anew each time", async () => {
    await using dir = await contextOf({ Dockerfile: `FROM ${lab().busybox}\nWORKDIR /app\nCOPY . .\nRUN mkdir made && echo x > made/x && ln -s x made/y && touch /new\nCMD ["true"]\n`, "a/b": "1" });
    const body = { context: dir.path, noCache: true, args: { SOURCE_DATE_EPOCH: "1700000000" }, tags: [newName("epoch")] };
    const first = await build(body);
    expect(first.end).toMatchObject({ outcome: "built" });
    await new Promise((resolve) => setTimeout(resolve, 1100));
    const second = await build(body);
    expect(second.end["imageId"]).toBe(first.end["imageId"]);
    expect(await lab().docker.ok("inspect", "-f", "{{.Created}}", body.tags[0]!)).toBe("2023-11-14T22:13:20Z");
    expect(await shown(body.tags[0]!, "stat", "-c", "%Y", "/new", "/app/made/x", "/app/made")).toBe("1700000000\n1700000000\n1700000000");
  });

  it("images are what the OCI image specification asks for", async () => {
    const tag = newName("valid");
    const result = await build({ tags: [tag], labels: { "a.b": "c" }, dockerfileText: `FROM ${lab().image("configured")} AS base\nFROM scratch\nCOPY --from=base /bin /bin\nWORKDIR /w\nRUN echo x > f && ln f g\nRUN rm f\nENV A=b\nEXPOSE 80 90/udp\nVOLUME /v\nUSER 1000:100\nSTOPSIGNAL 9\nHEALTHCHECK --interval=5s CMD true\nONBUILD RUN true\nMAINTAINER somebody\nENTRYPOINT ["sh"]\nCMD ["-c", "true"]\n` });
    expect(result.end).toMatchObject({ outcome: "built" });
    expect(() => checkOciArchive(Buffer.alloc(1024))).toThrow("oci-layout");
    checkOciArchive(await lab().docker.bytes(["save", tag]));
    const onBase = newName("valid");
    await build({ tags: [onBase], dockerfileText: `FROM ${lab().image("zstd")}\nRUN echo more > /more\n` });
    checkOciArchive(await lab().docker.bytes(["save", onBase]));
  });

  it("kill -9 in the middle: the next build of the same thing goes on from the last finished step", async () => {
    const { engine } = lab();
    await using dir = await contextOf({ Dockerfile: `FROM ${lab().busybox}\nCOPY f /f\nRUN echo one > /one\nRUN echo two > /two; test -e /go || { echo waiting; sleep 5; }\n`, f: "1" });
    const tag = newName("crashed");
    const started = startBuild(engine.socket, { context: dir.path, tags: [tag] });
    await waitFor("the last step", () => Promise.resolve(started.events.some(({ text }) => text === "waiting\n")), 30_000);
    const id = String(started.events[0]!["buildId"]);
    await engine.kill9();
    await engine.start();
    expect(JSON.parse((await api(engine.socket, "GET", `/slipway/builds/${id}`)).body)).toMatchObject({ status: "interrupted" });
    expect(await leaksOf(engine)).toEqual([]);
    expect(await readdir(join(engine.root, "build", "jobs"))).toEqual([]);
    const again = await build({ context: dir.path, tags: [tag] });
    expect(again.end).toMatchObject({ outcome: "built" });
    expect(outcomes(again)).toEqual(["FROM cached", "COPY cached", "RUN cached", "RUN executed"]);
    expect(await shown(tag, "cat", "/one", "/two")).toBe("one\ntwo");
  });

  it("an error names file, line and column, and shows them", async () => {
    const failed = await build({ dockerfileText: `FROM ${lab().busybox}\nCOPY --frm=x a b\n` });
    expect(failed.end).toMatchObject({ outcome: "failed", error: expect.stringMatching(/^Dockerfile:2:6: .*--frm.*--from/) as string, details: { line: 2, column: 6, frame: expect.stringContaining("> 2 | COPY --frm=x a b") as string } });
    expect((await api(lab().engine.socket, "POST", "/slipway/build", { context: "relative" })).message).toContain("relative");
    expect((await build({ context: "/no/such/directory" })).end).toMatchObject({ outcome: "failed", error: 'the context "/no/such/directory" does not exist' });
  });

  it("what .dockerignore hides is not there, for COPY and for bind mounts", async () => {
    await using dir = await contextOf({ ".dockerignore": "secret*\n!secret-but-wanted\nnode_modules\n", Dockerfile: `FROM ${lab().busybox}\nCOPY . /c\nRUN --mount=type=bind,target=/b find /b -type f | sort > /list; find /c -type f | sort >> /list\n`, secret1: "", "secret-but-wanted": "", "node_modules/x": "", "src/y": "" });
    const tag = newName("ignored");
    expect((await build({ context: dir.path, tags: [tag] })).end).toMatchObject({ outcome: "built" });
    expect(await shown(tag, "cat", "/list")).toBe(["/b", "/c"].flatMap((root) => [".dockerignore", "Dockerfile", "secret-but-wanted", "src/y"].map((name) => `${root}/${name}`)).join("\n"));
    expect(await readFile(join(dir.path, "secret1"), "utf8")).toBe("");
  });
};
