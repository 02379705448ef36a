import { connect, createServer as createHttp2Server } from "node:http2";
import type { ClientHttp2Session, Http2Server, ServerHttp2Stream } from "node:http2";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { connect as connectSocket } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { EngineError } from "../../base/errors.ts";
import type { BuildRequest, Builder } from "../../build/build.ts";
import type { TreeOpener } from "../../build/open-context.ts";
import { TarTree } from "../../build/files/tree/tar-tree.ts";
import { WorkerPool } from "../../sys/workers.ts";
import { CallLog } from "../calls/call-log.ts";
import { createApiServer } from "../server.ts";
import { errorOfStatus, frameMessage, readMessages } from "./grpc.ts";
import {
  PACKET, bytesMessage, checkAgentRequest, credentialsRequest, credentialsResponse, diskUsageResponse, gatewaySolveRequest, gatewaySolveResponse, infoResponse, listWorkersResponse, nothing, packet, pongResponse,
  returnRequest, secretRequest, secretResponse, solveRequest, solveResponse, statusRequest, statusResponse,
} from "./messages.ts";
import type { Message } from "./protobuf.ts";
import { buildKitRoutes } from "./routes.ts";

const resources = new AsyncDisposableStack();
let cleanUp: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const release of cleanUp.reverse()) await release();
  cleanUp = [];
});
const pool = new WorkerPool({ threads: 1 });
resources.use(pool);

type BuildFunction = Builder["build"];

interface Engine {
  readonly port: number;
  readonly errors: unknown[];
  readonly run: string;
}

/** An API server with BuildKit's routes on a builder that only does what the test says. */
async function serve(build: BuildFunction): Promise<Engine> {
  const run = mkdtempSync(join(tmpdir(), "buildkit-"));
  mkdirSync(join(run, "build"));
  const trees: Pick<TreeOpener, "tar"> = { tar: (stream, options) => TarTree.receive(stream, { pool, directory: join(run, "spools") }, options) };
  const errors: unknown[] = [];
  const builder = { build, cacheRecords: () => Promise.resolve([]) } as unknown as Builder;
  const buildKit = buildKitRoutes({ builder, trees, run, onError: (_, error) => errors.push(error) });
  const server = createApiServer({ routes: [...buildKit.routes, { method: "POST", path: "/build", handler: buildKit.build }], version: "0", calls: new CallLog(), onError: (error) => errors.push(error), onRequest: () => undefined });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanUp.push(() => (buildKit.close(), server.closeAllConnections(), void server.close(), rmSync(run, { recursive: true })));
  return { port: (server.address() as AddressInfo).port, errors, run };
}

/** A connection that has left HTTP/1. */
function upgrade({ port }: Engine, path: string, headers: Record<string, string> = {}): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ port, method: "POST", path, headers: { connection: "Upgrade", upgrade: "h2c", ...headers } });
    request.on("upgrade", (response, socket, head) => {
      socket.unshift(head);
      cleanUp.push(() => void socket.destroy());
      socket.on("error", () => undefined);
      expect(response.headers["upgrade"]).toBe("h2c");
      resolve(socket as Socket);
    });
    request.on("response", (response) => (response.resume(), reject(new Error(`status ${response.statusCode}`))));
    request.on("error", reject);
    request.end();
  });
}

async function control(engine: Engine): Promise<ClientHttp2Session> {
  const socket = await upgrade(engine, "/grpc");
  const session = connect("http://localhost", { createConnection: () => socket });
  session.on("error", () => undefined);
  return session;
}

async function* call<Q, A>(session: ClientHttp2Session, path: string, asked: Message<Q>, answered: Message<A>, value: Partial<Q>, headers: Record<string, string> = {}): AsyncGenerator<A> {
  const stream = session.request({ ":method": "POST", ":path": path, "content-type": "application/grpc", te: "trailers", ...headers });
  let error: EngineError | undefined;
  stream.on("trailers", (trailers) => (error = errorOfStatus(trailers["grpc-status"], trailers["grpc-message"])));
  const closed = new Promise<void>((resolve) => stream.once("close", () => resolve()));
  stream.end(frameMessage(asked.encode(value)));
  for await (const message of readMessages(stream)) yield answered.decode(message);
  await closed;
  if (error !== undefined) throw error;
}

async function one<Q, A>(...args: Parameters<typeof call<Q, A>>): Promise<A> {
  let answer: A | undefined;
  for await (const value of call(...args)) answer = value;
  return answer!;
}

type Serve = (stream: ServerHttp2Stream, messages: AsyncIterable<Buffer>, headers: Readonly<Record<string, unknown>>) => Promise<void>;

/** A client's session: what it serves, by path. */
async function openSession(engine: Engine, id: string, methods: Readonly<Record<string, Serve>>): Promise<Socket> {
  const socket = await upgrade(engine, "/session", { "X-Docker-Expose-Session-Uuid": id, "X-Docker-Expose-Session-Grpc-Method": Object.keys(methods).join(",") });
  const server: Http2Server = createHttp2Server();
  server.on("session", (session) => session.on("error", () => undefined));
  server.on("stream", (stream, headers) => {
    stream.on("error", () => undefined);
    stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
    let trailers = { "grpc-status": "0", "grpc-message": "" };
    stream.on("wantTrailers", () => stream.sendTrailers(trailers));
    const method = methods[String(headers[":path"])];
    void (method === undefined ? Promise.reject(new Error("absent")) : method(stream, readMessages(stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>), headers)).catch((error: unknown) => (trailers = { "grpc-status": "5", "grpc-message": String(error) })).then(() => stream.end());
  });
  server.emit("connection", socket);
  return socket;
}

const unary = <Q, A>(asked: Message<Q>, answered: Message<A>, answer: (request: Q) => Partial<A>): Serve => async (stream, messages) => {
  for await (const message of messages) return void stream.write(frameMessage(answered.encode(answer(asked.decode(message)))));
};

const DIFF_COPY = "/moby.filesync.v1.FileSync/DiffCopy";
const DIRECTORY = 2 ** 31;

/** Sends files as fsutil does: all entries first, then the data of those asked for, several at a time. */
function filesOf(files: Readonly<Record<string, string>>, seen: Record<string, unknown>[] = []): Serve {
  return async (stream, messages, headers) => {
    seen.push({ name: headers["dir-name"], exclude: headers["exclude-patterns"], follow: headers["followpaths"] });
    const follow = String(headers["followpaths"] ?? "");
    const names = Object.keys(files).filter((name) => follow === "" || follow.split(", ").includes(name));
    const send = (value: Parameters<typeof packet.encode>[0]): void => void stream.write(frameMessage(packet.encode(value)));
    const stat = (path: string, mode: number, size: number) => ({ path, mode, size, modTime: 1_700_000_000_000_000_001n, linkname: "", devmajor: 0, devminor: 0, xattrs: {} });
    for (const name of names) send({ type: PACKET.stat, stat: stat(name, name.endsWith("dir") ? DIRECTORY + 0o755 : 0o644, files[name]!.length) });
    send({ type: PACKET.stat });
    const waiting: number[] = [];
    for await (const message of messages) {
      const { type, ID } = packet.decode(message);
      if (type === PACKET.request) waiting.push(ID);
      // Two at a time, in the wrong order.
      if (waiting.length === 2 || names.length < 4) {
        for (const id of waiting.reverse()) {
          for (const half of [files[names[id]!]!.slice(0, 3), files[names[id]!]!.slice(3)]) if (half !== "") send({ type: PACKET.data, ID: id, data: Buffer.from(half) });
          send({ type: PACKET.data, ID: id });
        }
        waiting.length = 0;
      }
      if (type === PACKET.finish) return send({ type: PACKET.finish });
    }
  };
}

const RESULT = { buildId: "b", imageId: `sha256:${"1".repeat(64)}`, tags: [] } as unknown as Awaited<ReturnType<BuildFunction>>;

/** The files of a request's context. */
async function contextOf(request: BuildRequest, run: string, paths: readonly string[]): Promise<(string | undefined)[]> {
  if (request.context.type !== "tar") throw new Error(request.context.type);
  await using tree = await TarTree.receive(request.context.stream, { pool, directory: join(run, "spools") });
  return await Promise.all(paths.map(async (path) => {
    const bytes = await tree.read(path, 1000);
    return bytes === undefined ? undefined : Buffer.from(bytes).toString();
  }));
}

describe("BuildKit's control API", () => {
  it("tells of the worker, the version and what it does not offer", async () => {
    const session = await control(await serve(() => Promise.reject(new Error("not built"))));
    expect((await one(session, "/moby.buildkit.v1.Control/Info", nothing, infoResponse, {})).buildkitVersion?.version).toMatch(/^v0\./);
    expect((await one(session, "/moby.buildkit.v1.Control/ListWorkers", nothing, listWorkersResponse, {})).record[0]?.platforms[0]?.OS).toBe("linux");
    expect((await one(session, "/moby.buildkit.v1.Control/DiskUsage", nothing, diskUsageResponse, {})).record).toEqual([]);
    await expect(one(session, "/moby.buildkit.v1.Control/ListenBuildHistory", nothing, nothing, {})).rejects.toMatchObject({ code: "notImplemented" });
    await expect(one(session, "/moby.buildkit.v1.Control/Solve", solveRequest, solveResponse, { Ref: "r", Session: "s", Definition: Buffer.from([8, 1]) })).rejects.toThrow("LLB");
    await expect(one(session, "/moby.buildkit.v1.Control/Solve", solveRequest, solveResponse, { Ref: "q", Session: "s", Frontend: "buildpacks.v0" })).rejects.toThrow('the frontend "buildpacks.v0"');
  });

  it("builds with the client's files, secrets, agent and credentials, and tells of the steps", async () => {
    const seen: Record<string, unknown>[] = [];
    let wanted: BuildRequest | undefined;
    const asked: string[] = [];
    const engine = await serve(async (request, sink) => {
      wanted = request;
      asked.push(...(await contextOf(request, engine.run, ["a", "dir/b", "c", "d"])).map(String));
      asked.push(Buffer.from((await request.secrets.get("token"))!).toString(), String(await request.secrets.get("other")), JSON.stringify(await request.credentials("docker.io")));
      const socket = connectSocket((await request.ssh.get("default"))!);
      socket.write("ping");
      asked.push(String(await new Promise((resolve) => socket.once("data", resolve))), String(await request.ssh.get("none")));
      socket.destroy();
      const range = { start: { line: 1, column: 1, offset: 0 }, end: { line: 1, column: 9, offset: 8 } };
      sink({ type: "planned", steps: [{ number: 1, fromTrigger: false, stage: 0, stageName: "", text: "FROM base", range, type: "from" }], skippedStages: [] });
      sink({ type: "stepStarted", step: 1, at: Date.now() });
      sink({ type: "stepOutput", step: 1, stream: "stdout", text: "said" });
      sink({ type: "stepEnded", step: 1, outcome: "cached", reason: null, statistics: { startedAt: 0, durationMs: 0, cpuMs: null, layerBytes: null }, result: null });
      sink({ type: "ended", at: Date.now(), outcome: "built", imageId: RESULT.imageId, tags: ["app:latest"] });
      return RESULT;
    });
    await openSession(engine, "s", {
      [DIFF_COPY]: filesOf({ Dockerfile: "FROM base", ".dockerignore": "*.log", a: "content of a", c: "ccc", d: "d", dir: "", "dir/b": "bb" }, seen),
      "/moby.buildkit.secrets.v1.Secrets/GetSecret": unary(secretRequest, secretResponse, ({ ID }) => {
        if (ID !== "token") throw new Error("not found");
        return { data: Buffer.from("value") };
      }),
      "/moby.sshforward.v1.SSH/CheckAgent": unary(checkAgentRequest, nothing, ({ ID }) => {
        if (ID !== "default") throw new Error("unset");
        return {};
      }),
      "/moby.sshforward.v1.SSH/ForwardAgent": async (stream, messages) => {
        for await (const message of messages) stream.write(frameMessage(bytesMessage.encode({ data: Buffer.from(`pong to ${Buffer.from(bytesMessage.decode(message).data).toString()}`) })));
      },
      "/moby.filesync.v1.Auth/Credentials": unary(credentialsRequest, credentialsResponse, ({ Host }) => ({ Username: Host, Secret: "password" })),
    });
    const session = await control(engine);
    const statuses = Array.fromAsync(call(session, "/moby.buildkit.v1.Control/Status", statusRequest, statusResponse, { Ref: "r" }));
    const attrs = { target: "t", "build-arg:A": "1", "label:l": "x", "no-cache": "", "image-resolve-mode": "pull", "add-hosts": "db=10.0.0.1,v6=[::1]", "force-network-mode": "host", "shm-size": "1024", ulimit: "nofile=10:20", platform: "linux/amd64" };
    const answer = await one(session, "/moby.buildkit.v1.Control/Solve", solveRequest, solveResponse, { Ref: "r", Session: "s", Frontend: "dockerfile.v0", FrontendAttrs: attrs, Exporter: "moby", ExporterAttrs: { name: "app,app:2" } });
    expect({ ...answer.ExporterResponse }).toEqual({ "containerimage.digest": RESULT.imageId, "containerimage.config.digest": RESULT.imageId, "image.name": "app,app:2" });
    expect(wanted).toMatchObject({
      target: "t", args: { A: "1" }, labels: { l: "x" }, tags: ["app", "app:2"], noCache: true, pull: true, network: "host", extraHosts: ["db:10.0.0.1", "v6:::1"], dockerfile: { text: "FROM base", name: "Dockerfile" },
      limits: { ShmSize: 1024, Ulimits: [{ Name: "nofile", Soft: 10, Hard: 20 }] }, context: { ignore: ["*.log"] },
    });
    expect(asked).toEqual(["content of a", "bb", "ccc", "d", "value", "undefined", '{"username":"registry-1.docker.io","password":"password"}', "pong to ping", "undefined"]);
    expect(seen.at(-1)).toEqual({ name: "context", exclude: "*.log", follow: undefined });
    const all = await statuses;
    const vertexes = all.flatMap((status) => status.vertexes);
    expect(vertexes.find(({ name, completed }) => name === "[1/1] FROM base" && completed !== undefined)).toMatchObject({ cached: true, error: "" });
    expect(all.flatMap((status) => status.logs).map(({ msg }) => Buffer.from(msg).toString())).toEqual(["said"]);
    expect(all.flatMap((status) => status.statuses).map(({ name }) => name)).toContain("naming to docker.io/library/app:latest");
    expect(engine.errors).toEqual([]);
  });

  it("lets a client steer the build through the gateway", async () => {
    let built = 0;
    const engine = await serve((request) => {
      built++;
      expect(request.target).toBe("chosen");
      return Promise.resolve(RESULT);
    });
    await openSession(engine, "s", { [DIFF_COPY]: filesOf({ Dockerfile: "FROM base" }) });
    const session = await control(engine);
    const solving = one(session, "/moby.buildkit.v1.Control/Solve", solveRequest, solveResponse, { Ref: "r", Session: "s", Exporter: "moby" });
    const id = { "buildkit-controlapi-buildid": "r" };
    const { FrontendAPICaps } = await one(session, "/moby.buildkit.v1.frontend.LLBBridge/Ping", nothing, pongResponse, {}, id);
    expect(FrontendAPICaps).toContainEqual({ ID: "return", Enabled: true });
    const { result } = await one(session, "/moby.buildkit.v1.frontend.LLBBridge/Solve", gatewaySolveRequest, gatewaySolveResponse, { Frontend: "dockerfile.v0", FrontendOpt: { target: "chosen" }, allowResultReturn: true }, id);
    expect(built).toBe(0);
    await one(session, "/moby.buildkit.v1.frontend.LLBBridge/Return", returnRequest, nothing, { result }, id);
    expect((await solving).ExporterResponse["containerimage.digest"]).toBe(RESULT.imageId);
    expect(built).toBe(1);
    const failing = one(session, "/moby.buildkit.v1.Control/Solve", solveRequest, solveResponse, { Ref: "r2", Session: "s", Exporter: "moby" });
    failing.catch(() => undefined);
    await one(session, "/moby.buildkit.v1.frontend.LLBBridge/Return", returnRequest, nothing, { error: { code: 2, message: "the client gave up", details: [] } }, { "buildkit-controlapi-buildid": "r2" });
    await expect(failing).rejects.toThrow("the client gave up");
  });

  for (const closed of ["session", "control"]) {
    it(`ends a build whose client closes its ${closed} connection`, async () => {
      const begun = Promise.withResolvers<void>();
      const ended = Promise.withResolvers<unknown>();
      const engine = await serve((_, __, options) => {
        begun.resolve();
        return new Promise((_resolve, reject) => options!.signal!.addEventListener("abort", () => (ended.resolve(options!.signal!.reason), reject(options!.signal!.reason as Error))));
      });
      const socket = await openSession(engine, "s", { [DIFF_COPY]: filesOf({ Dockerfile: "FROM base" }) });
      const session = await control(engine);
      one(session, "/moby.buildkit.v1.Control/Solve", solveRequest, solveResponse, { Ref: "r", Session: "s", Frontend: "dockerfile.v0" }).catch(() => undefined);
      await begun.promise;
      if (closed === "session") socket.destroy();
      else session.destroy();
      expect(await ended.promise).toMatchObject({ code: "cancelled" });
    });
  }

  it("takes sessions of clients that announce a body and send none, as docker-modem does", async () => {
    const engine = await serve(() => Promise.resolve(RESULT));
    const socket = await upgrade(engine, "/grpc", { "transfer-encoding": "chunked" });
    const session = connect("http://localhost", { createConnection: () => socket });
    expect((await one(session, "/moby.buildkit.v1.Control/Info", nothing, infoResponse, {})).buildkitVersion).toBeDefined();
  });

  it("refuses what is no session, a second one of the same id, and a build without one", async () => {
    const engine = await serve(() => Promise.resolve(RESULT));
    await expect(upgrade(engine, "/session")).rejects.toThrow("status 400");
    await openSession(engine, "s", {});
    await expect(upgrade(engine, "/session", { "X-Docker-Expose-Session-Uuid": "s" })).rejects.toThrow("status 409");
    await new Promise<void>((resolve) => httpRequest({ port: engine.port, method: "POST", path: "/grpc" }, (response) => (expect(response.statusCode).toBe(400), response.resume(), resolve())).end());
  });
});

describe("a hostile session", () => {
  const attack = async (serveFiles: Serve): Promise<unknown> => {
    const engine = await serve(async (request) => {
      await contextOf(request, engine.run, []);
      return RESULT;
    });
    await openSession(engine, "s", { [DIFF_COPY]: (stream, messages, headers) => (headers["followpaths"] === undefined ? serveFiles(stream, messages, headers) : filesOf({ Dockerfile: "FROM base" })(stream, messages, headers)) });
    const session = await control(engine);
    return one(session, "/moby.buildkit.v1.Control/Solve", solveRequest, solveResponse, { Ref: "r", Session: "s", Frontend: "dockerfile.v0" }).then(() => "built", (error: unknown) => error);
  };
  const stat = (path: string, size = 0, mode = 0o644) => ({ type: PACKET.stat, stat: { path, mode, size, modTime: 0n, linkname: "", devmajor: 0, devminor: 0, xattrs: {} } });
  const sending = (...packets: readonly Parameters<typeof packet.encode>[0][]): Serve => async (stream, messages) => {
    for (const value of packets) stream.write(frameMessage(packet.encode(value)));
    for await (const message of messages) if (packet.decode(message).type === PACKET.finish) return;
  };

  it("names nothing outside of the context", async () => {
    for (const path of ["../up", "/etc/passwd", "a/../../b", "a//b", ".", "a/./b", "nul\0", "x".repeat(5000)]) expect(await attack(sending(stat(path))), path).toMatchObject({ message: expect.stringContaining("leads out of the context") as string });
  });

  it("sends only what was asked for, and no more than it said", async () => {
    expect(await attack(sending({ type: PACKET.data, ID: 7, data: Buffer.from("x") }))).toMatchObject({ message: expect.stringContaining("was not asked for") as string });
    const large = Buffer.alloc(1 << 20);
    expect(await attack(sending(stat("f", 10), { type: PACKET.data, ID: 0, data: large }, { type: PACKET.data, ID: 0, data: large }))).toMatchObject({ message: expect.stringContaining("changed while the client sent it") as string });
    expect(await attack(sending(stat("f", 3 << 20), { type: PACKET.data, ID: 0, data: large }, { type: PACKET.data, ID: 0 }))).toMatchObject({ message: expect.stringContaining("changed while") as string });
    expect(await attack(sending(stat("f", -1)))).toMatchObject({ message: expect.stringContaining("-1 bytes") as string });
  });

  it("cannot end early, go on too long, or send noise", async () => {
    expect(await attack(sending(stat("f", 1), { type: PACKET.finish }))).not.toBe("built");
    expect(await attack(sending({ type: PACKET.stat }, stat("late")))).not.toBe("built");
    expect(await attack(sending({ type: PACKET.error, data: Buffer.from("permission denied") }))).toMatchObject({ message: expect.stringContaining("permission denied") as string });
    expect(await attack(async (stream) => void stream.write(Buffer.from("\0\xff\xff\xff\xffnoise", "latin1")))).toMatchObject({ code: "resourceExhausted" });
    expect(await attack(async (stream) => void stream.write(frameMessage(Buffer.from("0b0b", "hex"))))).toMatchObject({ message: expect.stringContaining("protocol buffer") as string });
    expect(await attack(() => Promise.reject(new Error("no such directory")))).toMatchObject({ message: expect.stringContaining("no such directory") as string });
  });

  it("speaks HTTP/2 or is dropped", async () => {
    const engine = await serve(() => Promise.resolve(RESULT));
    for (const path of ["/session", "/grpc"]) {
      const socket = await upgrade(engine, path, { "X-Docker-Expose-Session-Uuid": "noise" });
      const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
      socket.resume();
      socket.write("this is no HTTP/2 at all, and long enough to be sure of that\r\n\r\n".repeat(10));
      await closed;
    }
    expect(engine.errors).toEqual([]);
  });
});

