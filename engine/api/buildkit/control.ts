import { randomBytes } from "node:crypto";
import { EngineError } from "../../base/errors.ts";
import type { CacheRecord } from "../../build/build.ts";
import { hostPlatform } from "../../oci/platform.ts";
import {
  diskUsageResponse, gatewaySolveRequest, gatewaySolveResponse, healthResponse, infoResponse, listWorkersResponse, nothing, pongResponse, pruneRequest, returnRequest, solveRequest, solveResponse, statusRequest,
  statusResponse, usageRecord,
} from "./messages.ts";
import type { SolveRequest } from "./messages.ts";
import { Progress } from "./progress.ts";
import { streaming, unary } from "./server.ts";
import type { Call, Method, Methods } from "./server.ts";
import { buildInSession } from "./session-build.ts";
import type { BuildKitBackend } from "./session-build.ts";
import { readSolve } from "./solve-request.ts";
import type { FrontendCall, Solve, Solves } from "./solves.ts";

const CONTROL = "/moby.buildkit.v1.Control/";
const GATEWAY = "/moby.buildkit.v1.frontend.LLBBridge/";
/** Header in which a client that steers a build itself names it. */
const BUILD_ID = "buildkit-controlapi-buildid";
/** The version whose interface this follows. */
const VERSION = { package: "github.com/moby/buildkit", version: "v0.12.0", revision: "" };
/** What the gateway does: solve with a frontend, and take a result back. */
const CAPABILITIES = ["solve.base", "solve.inlinereturn", "return", "returnmap", "proto.refarray", "importcaches", "gateway.solve.evaluate"];

/**
 * BuildKit's control API, as far as a client that builds images in this engine uses it. A client may name the frontend in its request (BuildKit's own CLI), or steer the
 * build through the gateway (buildx): it asks for the frontend's result there, and the build runs when it gives that back.
 */
export function controlMethods(backend: BuildKitBackend, solves: Solves): Methods {
  const control: Readonly<Record<string, Method>> = {
    Solve: unary(solveRequest, solveResponse, (request, call) => solve(backend, solves, request, call)),
    Status: streaming(statusRequest, statusResponse, ({ Ref }, { signal }) => status(solves, Ref, signal)),
    Info: unary(nothing, infoResponse, () => ({ buildkitVersion: VERSION })),
    ListWorkers: unary(nothing, listWorkersResponse, () => ({ record: [worker()] })),
    DiskUsage: unary(nothing, diskUsageResponse, async (_, { signal }) => ({ record: (await backend.builder.cacheRecords({ signal })).map(usageOf) })),
    Prune: streaming(pruneRequest, usageRecord, (request, { signal }) => prune(backend, request, signal)),
  };
  const gateway: Readonly<Record<string, Method>> = {
    Ping: unary(nothing, pongResponse, () => ({ FrontendAPICaps: CAPABILITIES.map((ID) => ({ ID, Enabled: true })), Workers: [worker()] })),
    Solve: unary(gatewaySolveRequest, gatewaySolveResponse, ({ Frontend, FrontendOpt, allowResultReturn }, call) => {
      const id = randomBytes(12).toString("hex");
      steered(solves, call).calls.set(id, { frontend: Frontend, attrs: FrontendOpt });
      return allowResultReturn ? { result: { refDeprecated: undefined, ref: { id }, metadata: {} } } : { ref: id };
    }),
    Return: unary(returnRequest, nothing, ({ result, error }, call) => giveBack(steered(solves, call), result?.ref?.id ?? result?.refDeprecated, error)),
  };
  return new Map([
    ...Object.entries(control).map(([name, method]) => [`${CONTROL}${name}`, method] as const),
    ...Object.entries(gateway).map(([name, method]) => [`${GATEWAY}${name}`, method] as const),
    ["/grpc.health.v1.Health/Check", unary(nothing, healthResponse, () => ({ status: 1 }))],
  ]);
}

async function solve(backend: BuildKitBackend, solves: Solves, request: SolveRequest, { signal }: Call): Promise<{ ExporterResponse: Record<string, string> }> {
  if (request.Definition !== undefined && request.Definition.length > 0) throw new EngineError("notImplemented", "low-level builds (LLB) are not offered here: build from a Dockerfile");
  const running = solves.begin(request.Ref);
  try {
    const call = request.Frontend === "" ? await steeredCall(running, signal) : { frontend: request.Frontend, attrs: request.FrontendAttrs };
    const wanted = readSolve(request, call);
    const session = await backend.sessions.find(request.Session, { signal });
    const progress = new Progress(request.Ref, wanted.filename ?? "Dockerfile", (message) => running.send(message));
    for (const warning of wanted.warnings) progress.warn(warning);
    const { imageId } = await buildInSession(backend, session, wanted, progress, signal);
    const names = wanted.request.tags.join(",");
    return { ExporterResponse: { "containerimage.digest": imageId, "containerimage.config.digest": imageId, ...(names === "" ? {} : { "image.name": names }) } };
  } finally {
    solves.end(request.Ref);
  }
}

/** Waits until the client says which result it wants. */
async function steeredCall(running: Solve, signal: AbortSignal): Promise<FrontendCall> {
  const stop = (): void => running.returned.reject(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await running.returned.promise;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

async function* status(solves: Solves, ref: string, signal: AbortSignal): AsyncGenerator<Parameters<typeof statusResponse.encode>[0]> {
  try {
    yield* solves.get(ref).read(signal);
  } finally {
    solves.release(ref);
  }
}

/** A frontend's results are few. */
const MAX_CALLS = 100;

function steered(solves: Solves, { headers }: Call): Solve {
  const id = headers[BUILD_ID];
  if (typeof id !== "string" || id === "") throw new EngineError("invalidArgument", `the call names no build in its header ${BUILD_ID}`);
  const found = solves.get(id);
  if (found.calls.size >= MAX_CALLS) throw new EngineError("resourceExhausted", "the build has asked for too many results");
  return found;
}

function giveBack(running: Solve, id: string | undefined, error: { readonly code: number; readonly message: string } | undefined): Record<string, never> {
  const call = id === undefined ? undefined : running.calls.get(id);
  if (error !== undefined && error.code !== 0) running.returned.reject(new EngineError("invalidArgument", error.message));
  else if (call === undefined) running.returned.reject(new EngineError("invalidArgument", "the client gave no result that this engine knows"));
  else running.returned.resolve(call);
  return {};
}

async function* prune({ builder }: BuildKitBackend, { all, filter, keepBytes, keepDuration }: { readonly all: boolean; readonly filter: readonly string[]; readonly keepBytes: number; readonly keepDuration: number }, signal: AbortSignal): AsyncGenerator<ReturnType<typeof usageOf>> {
  if (filter.length > 0) throw new EngineError("notImplemented", `the filter ${JSON.stringify(filter[0])} is not offered here: use until`);
  const records = new Map((await builder.cacheRecords({ signal })).map((record) => [record.id, record]));
  const { removed } = await builder.pruneCache({ all, keepBytes: keepBytes || undefined, unusedSince: keepDuration === 0 ? undefined : Date.now() - keepDuration / 1e6 }, { signal });
  for (const id of removed) yield usageOf(records.get(id)!);
}

function usageOf(record: CacheRecord) {
  const moment = (at: number): { seconds: number; nanos: number } => ({ seconds: Math.floor(at / 1000), nanos: Math.floor(at % 1000) * 1e6 });
  return {
    ID: record.id, Mutable: record.type === "cacheMount", InUse: record.inUse, Size: record.size, CreatedAt: moment(record.createdAt), LastUsedAt: moment(record.lastUsedAt), UsageCount: record.uses,
    Description: record.description, RecordType: record.type === "cacheMount" ? "exec.cachemount" : "regular", Shared: record.shared, Parents: record.parentId === null ? [] : [record.parentId],
  };
}

function worker() {
  const { os, architecture, variant = "" } = hostPlatform();
  return { ID: "slipway", Labels: { "org.mobyproject.buildkit.worker.executor": "oci" }, platforms: [{ OS: os, Architecture: architecture, Variant: variant }], BuildkitVersion: VERSION };
}
