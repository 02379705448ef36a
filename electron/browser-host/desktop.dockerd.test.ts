/** The contract end to end: a window's client over a real WebSocket, the services, a real dockerd. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openStream } from "../ipc/client.ts";
import type { DesktopEvent } from "../ipc/contract/events.ts";
import type { LogBatch, LogExportBatch } from "../ipc/contract/logs.ts";
import { findHint, toIpcErrorInfo } from "../ipc/errors.ts";
import { openTerminal } from "../ipc/terminal-session.ts";
import type { TestDaemon } from "../testing/dockerd.ts";
import { docker, startDockerd, TEST_IMAGE } from "../testing/dockerd.ts";
import type { TestDesktop } from "../testing/window.ts";
import { startDesktop, unixEndpoint } from "../testing/window.ts";

let daemon: TestDaemon;
let desktop: TestDesktop;

beforeAll(async () => {
  daemon = await startDockerd();
  desktop = await startDesktop(unixEndpoint(daemon.socketPath));
  await connected();
});

afterAll(async () => {
  await desktop?.[Symbol.asyncDispose]();
  await daemon?.[Symbol.asyncDispose]();
});

async function connected(): Promise<void> {
  for await (const batch of await desktop.client.events.subscribe()) {
    if (batch.some((event) => event.type === "resync")) return;
  }
}

async function failure(work: Promise<unknown>) {
  return work.then(
    () => Promise.reject(new Error("it should have failed")),
    (error: unknown) => toIpcErrorInfo(error),
  );
}

async function collect(containerId: string, options: { tail?: number; timestamps?: boolean } = {}): Promise<LogBatch[]> {
  const batches: LogBatch[] = [];
  const stream = openStream(desktop.client, (streamId, signal) => desktop.client.logs.follow({ streamId, containerId, follow: false, tail: options.tail ?? "all", timestamps: options.timestamps ?? false }, { signal }));
  for await (const batch of stream) batches.push(batch);
  return batches;
}

describe("containers", () => {
  it("runs, lists, inspects, renames, pauses, stops and removes one", async () => {
    const { client } = desktop;
    const { id } = await client.containers.run({
      image: TEST_IMAGE,
      name: "journey",
      command: ["sh", "-c", "trap 'exit 0' TERM; while true; do sleep 0.1; done"],
      env: [{ name: "GREETING", value: "hello = world" }],
      labels: { purpose: "test" },
      networks: [{ name: "none" }],
    });
    const inspected = await client.containers.inspect({ id });
    expect(inspected.State.Running).toBe(true);
    expect(inspected.Config.Env).toContain("GREETING=hello = world");
    const [listed] = await client.containers.list({ filters: { name: ["journey"] } });
    expect(listed).toMatchObject({ Id: id, State: "running", Labels: { purpose: "test" } });

    // A plain engine has no way to change what exists.
    expect(await failure(client.containers.configuration({ id }))).toMatchObject({ code: "notImplemented" });
    await client.containers.start({ id }); // Running already: fine.
    await client.containers.pause({ id });
    expect((await client.containers.inspect({ id })).State.Paused).toBe(true);
    await client.containers.unpause({ id });
    await client.containers.rename({ id, name: "journey-2" });
    await client.containers.stop({ id, timeoutSeconds: 5 });
    await client.containers.stop({ id });
    expect((await client.containers.inspect({ id: "journey-2" })).State).toMatchObject({ Running: false, ExitCode: 0 });
    await client.containers.remove({ id, volumes: true });
    expect(await client.containers.list({})).toEqual([]);
  });

  it("says which image is missing", async () => {
    const error = await failure(desktop.client.containers.run({ image: "no-such-image:1" }));
    expect(error.code).toBe("notFound");
    expect(findHint(error, "imageMissing")).toEqual({ type: "imageMissing", image: "no-such-image:1" });
  });

  it("says which container has the name", async () => {
    const { id } = await desktop.client.containers.create({ image: TEST_IMAGE, name: "taken", networks: [{ name: "none" }] });
    const error = await failure(desktop.client.containers.create({ image: TEST_IMAGE, name: "taken" }));
    expect(error.code).toBe("alreadyExists");
    expect(findHint(error, "nameInUse")).toEqual({ type: "nameInUse", name: "taken", containerId: id });
    await desktop.client.containers.remove({ id });
  });

  it("leaves nothing behind when the command is missing", async () => {
    const error = await failure(desktop.client.containers.run({ image: TEST_IMAGE, name: "nothing", command: ["/no/such/command"], networks: [{ name: "none" }] }));
    expect(error.code).toBe("commandNotFound");
    expect(await desktop.client.containers.list({})).toEqual([]);
  });

  it("refuses to remove a running container without force, and an image in use", async () => {
    const { client } = desktop;
    const { id } = await client.containers.run({ image: TEST_IMAGE, command: ["sleep", "1000"], networks: [{ name: "none" }] });
    expect(findHint(await failure(client.containers.remove({ id })), "containerRunning")).toBeDefined();
    const inUse = await failure(client.images.remove({ id: (await client.images.inspect({ id: TEST_IMAGE })).Id }));
    expect(inUse).toMatchObject({ code: "conflict", hints: [{ type: "inUse", containerId: id.slice(0, 12) }] });
    await client.containers.remove({ id, force: true });
  });

  it("names the wrong field", async () => {
    const error = await failure(desktop.client.containers.run({ image: TEST_IMAGE, ports: [{ containerPort: 99_999 }] }));
    expect(error.code).toBe("invalidArgument");
    expect(findHint(error, "field")?.path).toEqual(["ports", 0, "containerPort"]);
    expect(error.message).toContain("ports.0.containerPort");
  });
});

describe("images", () => {
  it("lists, tags and removes", async () => {
    const { client } = desktop;
    await client.images.tag({ id: TEST_IMAGE, target: "localhost:5000/copy:v1" });
    expect((await client.images.list({})).flatMap((image) => image.RepoTags ?? [])).toContain("localhost:5000/copy:v1");
    expect(await client.images.remove({ id: "localhost:5000/copy:v1" })).toEqual({ untagged: ["localhost:5000/copy:v1"], deleted: [] });
  });

  it("ends a pull from a registry that is not there with a clear error", async () => {
    const pull = async (): Promise<void> => {
      for await (const _ of await desktop.client.images.pull({ image: "127.0.0.1:1/nothing" }));
    };
    expect(await failure(pull())).toMatchObject({ code: "unavailable" });
  });
});

describe("logs", () => {
  it("separates sources, keeps order and counts lines", async () => {
    const { id } = await desktop.client.containers.run({ image: TEST_IMAGE, command: ["sh", "-c", "echo one; echo two; echo bad >&2; printf ünfinished"], networks: [{ name: "none" }] });
    await docker(daemon.socketPath, "wait", id);
    const chunks = (await collect(id)).flatMap((batch) => batch.chunks);
    expect(chunks.filter((chunk) => chunk.source === "stderr")).toEqual([{ source: "stderr", text: "bad", lines: 1 }]);
    const out = chunks.filter((chunk) => chunk.source === "stdout");
    expect(out.map((chunk) => chunk.text).join("\n")).toBe("one\ntwo\nünfinished");
    expect(out.at(-1)?.partial).toBe(true);
    const [stamped] = (await collect(id, { tail: 1, timestamps: true })).flatMap((batch) => batch.chunks);
    expect(stamped?.text).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z /);
    await desktop.client.containers.remove({ id });
  });

  it("stops reading while the window does not acknowledge, and loses nothing", async () => {
    const { client } = desktop;
    const { id } = await client.containers.run({ image: TEST_IMAGE, command: ["sh", "-c", "seq 1 400000"], networks: [{ name: "none" }] });
    await docker(daemon.socketPath, "wait", id);
    let acknowledged = 0;
    let received = 0;
    let lines = 0;
    let largest = 0;
    let first = true;
    for await (const batch of await client.logs.follow({ streamId: "slow", containerId: id, follow: false, tail: "all", timestamps: false })) {
      received += batch.bytes;
      largest = Math.max(largest, received - acknowledged);
      lines += batch.chunks.reduce((sum, chunk) => sum + chunk.lines, 0);
      if (first) await new Promise((resolve) => setTimeout(resolve, 500));
      first = false;
      await client.streams.ack({ streamId: "slow", bytes: batch.bytes });
      acknowledged += batch.bytes;
    }
    expect(lines).toBe(400_000);
    expect(largest).toBeLessThan(1024 * 1024);
    await client.containers.remove({ id });
  });

  it("pages both ways, exports, and says that it cannot search, as plain engines cannot", async () => {
    const { client } = desktop;
    const { id } = await client.containers.run({ image: TEST_IMAGE, command: ["sh", "-c", "for i in 1 2 3 4 5 6 7 8 9; do echo line $i; sleep 0.02; done"], networks: [{ name: "none" }] });
    await docker(daemon.socketPath, "wait", id);
    const all = (await collect(id, { timestamps: true })).flatMap((batch) => batch.chunks).flatMap((chunk) => chunk.text.split("\n"));
    const time = (all[6] ?? "").split(" ")[0] ?? "";
    const page = async (direction: "older" | "newer", lines: number, known = 0): Promise<string[]> => {
      const texts: string[] = [];
      for await (const batch of openStream(client, (streamId, signal) => client.logs.page({ streamId, containerId: id, direction, time, lines, known }, { signal }))) texts.push(...batch.chunks.flatMap((chunk) => chunk.text.split("\n")));
      return texts;
    };
    // The tail is counted from the end, so that the two lines after line 7 must be known to get three before them.
    expect(await page("older", 3, 2)).toEqual(all.slice(4, 7));
    expect(await page("newer", 2)).toEqual(all.slice(6, 8));
    const error = await failure((async () => { for await (const _ of openStream(client, (streamId, signal) => client.logs.search({ streamId, containerId: id, text: "line" }, { signal }))); })());
    expect(error).toMatchObject({ code: "notImplemented", message: "This engine does not search whole logs." });
    const path = join(await mkdtemp(join(tmpdir(), "slipway-export-")), "all.log");
    const done: LogExportBatch[] = [];
    for await (const batch of openStream(client, (streamId, signal) => client.logs.export({ streamId, path, containers: [{ id, name: "one" }], timestamps: false }, { signal }))) done.push(batch);
    expect(done.at(-1)).toMatchObject({ lines: 9, path });
    expect(await readFile(path, "utf8")).toBe(Array.from({ length: 9 }, (_, index) => `line ${index + 1}\n`).join(""));
    await rm(dirname(path), { recursive: true });
    await client.containers.remove({ id });
  });

  it("follows, and lets go of the daemon when the window cancels", async () => {
    const { client } = desktop;
    const { id } = await client.containers.run({ image: TEST_IMAGE, command: ["sh", "-c", "while true; do echo tick; sleep 0.05; done"], networks: [{ name: "none" }] });
    const stop = new AbortController();
    let lines = 0;
    for await (const batch of openStream(client, (streamId, signal) => client.logs.follow({ streamId, containerId: id }, { signal }), stop.signal)) {
      lines += batch.chunks.reduce((sum, chunk) => sum + chunk.lines, 0);
      if (lines >= 3) stop.abort();
    }
    expect(lines).toBeGreaterThanOrEqual(3);
    await client.containers.remove({ id, force: true });
  });
});

describe("terminal", () => {
  it("runs a shell: input, resize, exit code", async () => {
    const { client } = desktop;
    const { id } = await client.containers.run({ image: TEST_IMAGE, command: ["sleep", "1000"], networks: [{ name: "none" }] });
    const terminal = openTerminal(client, { containerId: id, columns: 91, rows: 33 });
    let output = "";
    let exitCode: number | null | undefined;
    let asked = false;
    for await (const event of terminal.events) {
      if (event.type === "ready") terminal.write("stty size; echo $((6*7))\n");
      if (event.type === "output") output += event.data;
      if (event.type === "exit") exitCode = event.exitCode;
      if (!asked && output.includes("42")) {
        asked = true;
        terminal.resize(120, 40);
        setTimeout(() => terminal.write("stty size; exit 7\n"), 200);
      }
    }
    expect(output).toContain("33 91");
    expect(output).toContain("40 120");
    expect(exitCode).toBe(7);
    await client.containers.remove({ id, force: true });
  });

  it("keeps the order of a large paste", async () => {
    const { client } = desktop;
    const { id } = await client.containers.run({ image: TEST_IMAGE, command: ["sleep", "1000"], networks: [{ name: "none" }] });
    const terminal = openTerminal(client, { containerId: id, command: ["sh", "-c", "stty raw -echo; echo go; head -c 900000 | md5sum"] });
    const paste = Array.from({ length: 900_000 }, (_, at) => String.fromCharCode(97 + (at % 26))).join("");
    let output = "";
    for await (const event of terminal.events) {
      if (event.type === "output") output += event.data;
      if (event.type === "output" && output === "go\n") terminal.write(paste);
    }
    const { createHash } = await import("node:crypto");
    expect(output).toContain(createHash("md5").update(paste).digest("hex"));
    await client.containers.remove({ id, force: true });
  });

  it("says that a command is missing", async () => {
    const { client } = desktop;
    const { id } = await client.containers.run({ image: TEST_IMAGE, command: ["sleep", "1000"], networks: [{ name: "none" }] });
    const read = async (): Promise<void> => {
      for await (const _ of openTerminal(client, { containerId: id, command: ["/no/such"] }).events);
    };
    expect(await failure(read())).toMatchObject({ code: "commandNotFound" });
    await client.containers.remove({ id, force: true });
  });

  it("ends the shell when the window closes the terminal", async () => {
    const { client } = desktop;
    const { id } = await client.containers.run({ image: TEST_IMAGE, command: ["sleep", "1000"], networks: [{ name: "none" }] });
    const terminal = openTerminal(client, { containerId: id });
    for await (const event of terminal.events) if (event.type === "output") terminal.close();
    await expect.poll(async () => (await docker(daemon.socketPath, "top", id)).stdout.trim().split("\n").length, { timeout: 5000 }).toBe(2);
    await client.containers.remove({ id, force: true });
  });
});

describe("events and the engine's state", () => {
  it("tells of what others do", async () => {
    const seen: DesktopEvent[] = [];
    const stop = new AbortController();
    const reading = (async () => {
      for await (const batch of await desktop.client.events.subscribe(undefined, { signal: stop.signal })) seen.push(...batch);
    })().catch(() => undefined);
    await expect.poll(() => seen.length).toBeGreaterThan(1);
    expect(seen[0]).toMatchObject({ type: "engine", status: { state: "connected", managed: false } });
    expect(seen[1]).toEqual({ type: "resync", reason: "connected" });
    await docker(daemon.socketPath, "create", "--name", "elsewhere", TEST_IMAGE);
    await docker(daemon.socketPath, "rm", "elsewhere");
    await expect.poll(() => seen.flatMap((event) => (event.type === "docker" && event.event.objectType === "container" ? [event.event.action] : []))).toEqual(["create", "destroy"]);
    stop.abort();
    await reading;
  });

  it("notices that the daemon is gone, says so, and resyncs when it is back", async () => {
    const states: string[] = [];
    const stop = new AbortController();
    const reading = (async () => {
      for await (const batch of await desktop.client.events.subscribe(undefined, { signal: stop.signal })) {
        for (const event of batch) states.push(event.type === "engine" ? event.status.state : event.type === "resync" ? event.reason : "");
      }
    })().catch(() => undefined);
    await daemon.stop();
    await expect.poll(() => states.includes("connecting"), { timeout: 5000 }).toBe(true);
    const error = await failure(desktop.client.containers.list({}));
    expect(error).toMatchObject({ code: "unavailable", hints: [{ type: "engineDown", managed: false }] });
    await daemon.start();
    await expect.poll(() => states.at(-1), { timeout: 10_000 }).toBe("reconnected");
    expect((await desktop.client.engine.status()).state).toBe("connected");
    stop.abort();
    await reading;
  });

  it("ends calls and streams as unavailable when the host goes", async () => {
    const { client, websocket } = await desktop.connect();
    const reading = failure((async () => {
      for await (const _ of openStream(client, async (_streamId, signal) => client.events.subscribe(undefined, { signal }) as never));
    })());
    await client.app.info();
    websocket.terminate();
    expect(await reading).toMatchObject({ code: "unavailable" });
    expect(await failure(client.app.info())).toMatchObject({ code: "unavailable" });
  });
});

describe("a window that goes away", () => {
  it("takes its streams with it", async () => {
    await expect.poll(() => desktop.services.connection.listeners.size, { timeout: 5000 }).toBe(0);
    const before = { listeners: 0, sockets: openSockets() };
    const { client, websocket } = await desktop.connect();
    const { id } = await desktop.client.containers.run({ image: TEST_IMAGE, command: ["sh", "-c", "while true; do echo tick; sleep 0.05; done"], networks: [{ name: "none" }] });
    const first = async <T>(stream: AsyncIterable<T>, enough: (item: T) => boolean): Promise<AsyncIterator<T>> => {
      const iterator = stream[Symbol.asyncIterator]();
      for (let next = await iterator.next(); next.done !== true && !enough(next.value); ) next = await iterator.next();
      return iterator;
    };
    await first(await client.events.subscribe(), () => true);
    await first(openStream(client, (streamId, signal) => client.logs.follow({ streamId, containerId: id }, { signal })), () => true);
    await first(openTerminal(client, { containerId: id }).events, (event) => event.type === "output");
    expect(desktop.services.connection.listeners.size).toBe(1);
    expect(openSockets()).toBeGreaterThanOrEqual(before.sockets + 2);
    websocket.terminate();
    await expect.poll(() => ({ listeners: desktop.services.connection.listeners.size, sockets: openSockets() }), { timeout: 5000 }).toEqual(before);
    await desktop.client.containers.remove({ id, force: true });
  });
});

/** Connections of this process to the daemon. */
function openSockets(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === "PipeWrap").length;
}

describe("what takes space", () => {
  it("is told as far as Docker's disk usage goes, previewed as at least so much, and freed", async () => {
    const { client } = desktop;
    await docker(daemon.socketPath, "run", "--name", "spacious", "-v", "room:/data", TEST_IMAGE, "sh", "-c", "head -c 3000000 /dev/zero > /data/three; head -c 2000000 /dev/zero > /two");
    const [report, ...more] = await Array.fromAsync(await client.disk.read());
    expect(more).toEqual([]);
    expect(report).toMatchObject({ isExact: false, unmeasured: 0, root: null, disk: null });
    const find = (kind: string, name: RegExp) => report!.items.find((item) => item.kind === kind && name.test(item.name))!;
    const [container, volume, image] = [find("container", /^spacious$/), find("volume", /^room$/), find("image", new RegExp(TEST_IMAGE.split(":")[0]!))];
    expect(container.bytes).toBe(2_000_000);
    expect(volume).toMatchObject({ bytes: 3_000_000, users: [{ kind: "container", name: "spacious", running: false }] });
    expect(image.users.map(({ name }) => name)).toContain("spacious");
    expect((await client.disk.preview({ items: [volume] })).refused[0]?.message).toBe("The container spacious uses it: select that too, or keep this.");
    const preview = await client.disk.preview({ items: [container, volume] });
    expect(preview).toMatchObject({ freedBytes: 5_000_000, isExact: true, refused: [], layers: null });
    const events = await Array.fromAsync(await client.disk.free({ items: [volume, container] }));
    expect(events.map((event) => (event.type === "freed" ? event : `${event.type} ${event.item.name}`))).toEqual(["removed spacious", "removed room", { type: "freed", freedBytes: 5_000_000, removed: 2 }]);
    expect((await docker(daemon.socketPath, "volume", "ls", "-q")).stdout).not.toContain("room");
  });
});

describe("system", () => {
  it("describes the machine", async () => {
    expect(await desktop.client.system.info()).toMatchObject({ storageDriver: "overlay2", rootless: false });
  });

  it("names the process that holds a port", async () => {
    const [check] = await desktop.client.system.checkPorts({ ports: [{ port: desktop.host.port }] });
    expect(check).toMatchObject({ free: false, owner: { pid: process.pid } });
    expect(check?.suggestion).toBeGreaterThan(desktop.host.port);
  });
});
