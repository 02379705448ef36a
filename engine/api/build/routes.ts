import { EngineError, isCancelled } from "../../base/errors.ts";
import type { BuildEvent, Builder, CachePruneRequest } from "../../build/build.ts";
import { describeDockerfile } from "../../dockerfile/describe/describe.ts";
import type { ApiReply } from "../reply.ts";
import type { ApiRequest } from "../request.ts";
import type { Handler, Route } from "../router.ts";
import { object, text } from "../shape.ts";
import { ClassicStream } from "./classic-stream.ts";
import { classicRequest, credentialsByRegistry } from "./classic-request.ts";
import { failedRootRoutes } from "./failed-root.ts";
import { pruneRequest } from "./prune-request.ts";
import { slipwayBuildBody, slipwayRequest } from "./slipway-request.ts";

/**
 * Building images: Docker's classic interface, and below `/slipway` what it has no word for.
 * @param sessionBuild takes builds of clients that have a session (`version=2`)
 */
export function buildRoutes(builder: Builder, sessionBuild: Handler): Route[] {
  return [
    { method: "POST", path: "/build", handler: (request, reply) => (request.text("version") === "2" ? sessionBuild(request, reply) : build(builder, request, reply)) },
    { method: "POST", path: "/build/prune", handler: (request, reply) => prune(builder, pruneRequest(request), request, reply) },
    { method: "POST", path: "/slipway/build", handler: (request, reply) => slipwayBuild(builder, request, reply) },
    { method: "POST", path: "/slipway/build/plan", handler: (request, reply) => plan(builder, request, reply) },
    { method: "GET", path: "/slipway/builds", handler: (_request, reply) => reply.json(builder.history()) },
    { method: "GET", path: "/slipway/build/changes", handler: (request, reply) => changes(builder, request, reply) },
    { method: "POST", path: "/slipway/dockerfile", handler: describe },
    { method: "GET", path: "/slipway/builds/{id}", handler: (request, reply) => reply.json(builder.record(request.param("id"))) },
    { method: "DELETE", path: "/slipway/builds/{id}", handler: async (request, reply) => done(reply, builder.forget(request.param("id"))) },
    { method: "GET", path: "/slipway/builds/{id}/events", handler: (request, reply) => events(builder, request, reply) },
    { method: "POST", path: "/slipway/builds/{id}/cancel", handler: (request, reply) => (builder.cancel(request.param("id")), reply.empty()) },
    { method: "POST", path: "/slipway/builds/{id}/retry", handler: (request, reply) => retry(builder, request, reply) },
    { method: "POST", path: "/slipway/builds/{id}/dismiss", handler: async (request, reply) => done(reply, builder.dismiss(request.param("id"))) },
    ...failedRootRoutes(builder),
  ];
}

async function done(reply: ApiReply, work: Promise<void>): Promise<void> {
  await work;
  reply.empty();
}

/** `POST /build`: the answer is Docker's JSON stream; quietly, only the image's id. */
async function build(builder: Builder, request: ApiRequest, reply: ApiReply): Promise<void> {
  const wanted = classicRequest(request);
  const quiet = request.flag("q");
  const kept: object[] = [];
  const lines = reply.jsonLines();
  const classic = new ClassicStream((line) => (quiet ? void kept.push(line) : lines.send(line)));
  try {
    const { imageId } = await builder.build(wanted, classic.sink, { signal: request.signal });
    if (quiet) lines.send({ stream: `${imageId}\n` });
  } catch (error) {
    if (isCancelled(error) || request.signal.aborted) throw error;
    // The stream has told it; quietly, what was built is of use now.
    for (const line of kept) lines.send(line);
  }
  reply.end();
}

/** `POST /slipway/build`: the answer is the build's events, a line of JSON each. */
async function slipwayBuild(builder: Builder, request: ApiRequest, reply: ApiReply): Promise<void> {
  const wanted = slipwayRequest(request, await request.json(slipwayBuildBody));
  await streamEvents(request, reply, (sink) => builder.build(wanted, sink, { signal: request.signal }));
}

/** `POST /slipway/builds/{id}/retry`: a failed build again, with an edited Dockerfile if one is given; steps that were finished are. */
async function retry(builder: Builder, request: ApiRequest, reply: ApiReply): Promise<void> {
  const body = (await request.optionalJson(object({ dockerfileText: text }))) ?? {};
  const { id, failedStep } = builder.record(request.param("id"));
  if (failedStep === null) throw new EngineError("notFound", `the build ${id.slice(0, 12)} keeps no failed step: it did not fail, or was dismissed`);
  const credentials = request.headers["x-registry-config"] === undefined ? undefined : credentialsByRegistry(request);
  await streamEvents(request, reply, (sink) => builder.retry(id, body.dockerfileText, sink, { signal: request.signal, credentials }));
}

async function streamEvents(request: ApiRequest, reply: ApiReply, run: (sink: (event: BuildEvent) => void) => Promise<unknown>): Promise<void> {
  const lines = reply.jsonLines();
  try {
    await run((event) => lines.send(event));
  } catch (error) {
    // Its last event has told it.
    if (request.signal.aborted) throw error;
  }
  reply.end();
}

/** `POST /slipway/dockerfile`: what an editor shows of a Dockerfile. */
async function describe(request: ApiRequest, reply: ApiReply): Promise<void> {
  const body = await request.json(object({ text, file: text }));
  if (body.text === undefined) throw new EngineError("invalidArgument", "the request has no text: give the Dockerfile as `text`");
  reply.json(describeDockerfile(body.text, body.file));
}

async function plan(builder: Builder, request: ApiRequest, reply: ApiReply): Promise<void> {
  const wanted = slipwayRequest(request, await request.json(slipwayBuildBody));
  reply.json(await builder.plan(wanted, { signal: request.signal }));
}

async function events(builder: Builder, request: ApiRequest, reply: ApiReply): Promise<void> {
  const id = request.param("id");
  builder.record(id);
  const lines = reply.jsonLines();
  for await (const event of builder.events(id, { signal: request.signal, follow: request.flag("follow") })) await lines.write(event);
  reply.end();
}

/** `GET /slipway/build/changes`: a line for each build that changes; the first line, without a build, says that nothing is missed from now on. */
async function changes(builder: Builder, request: ApiRequest, reply: ApiReply): Promise<void> {
  const lines = reply.jsonLines();
  const stream = builder.changes({ signal: request.signal })[Symbol.asyncIterator]();
  const first = stream.next();
  await lines.write({});
  for (let next = await first; next.done !== true; next = await stream.next()) await lines.write(next.value);
  reply.end();
}

async function prune(builder: Builder, wanted: CachePruneRequest, request: ApiRequest, reply: ApiReply): Promise<void> {
  const { removed, freedBytes } = await builder.pruneCache(wanted, { signal: request.signal });
  reply.json({ CachesDeleted: removed, SpaceReclaimed: freedBytes });
}
