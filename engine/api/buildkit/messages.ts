import { bytes, flag, integer, long, many, map, maybe, message, one, text } from "./protobuf.ts";
import type { Decoded } from "./protobuf.ts";

/** Messages of BuildKit's control API (moby.buildkit.v1), of its gateway, and of the services that a client's session offers; names and numbers are theirs. */

/** google.protobuf.Timestamp */
export const timestamp = message({ seconds: one(1, integer), nanos: one(2, integer) });

export const bytesMessage = message({ data: one(1, bytes) });
export const nothing = message({});

const cacheEntry = message({ Type: one(1, text), Attrs: map(2, text) });
const exporter = message({ Type: one(1, text), Attrs: map(2, text) });
const cacheOptions = message({ ExportRefDeprecated: one(1, text), ImportRefsDeprecated: many(2, text), Exports: many(4, cacheEntry), Imports: many(5, cacheEntry) });

export const solveRequest = message({
  Ref: one(1, text), Definition: maybe(2, bytes), Exporter: one(3, text), ExporterAttrs: map(4, text), Session: one(5, text), Frontend: one(6, text), FrontendAttrs: map(7, text),
  Cache: maybe(8, cacheOptions), Entitlements: many(9, text), Exporters: many(13, exporter),
});
export type SolveRequest = Decoded<typeof solveRequest>;
export const solveResponse = message({ ExporterResponse: map(1, text) });

export const statusRequest = message({ Ref: one(1, text) });

const position = message({ line: one(1, integer), character: one(2, integer) });
const range = message({ start: maybe(1, position), end: maybe(2, position) });
const sourceInfo = message({ filename: one(1, text), data: one(2, bytes) });

export const vertex = message({
  digest: one(1, text), inputs: many(2, text), name: one(3, text), cached: one(4, flag), started: maybe(5, timestamp), completed: maybe(6, timestamp), error: one(7, text),
});
export const vertexStatus = message({
  ID: one(1, text), vertex: one(2, text), name: one(3, text), current: one(4, integer), total: one(5, integer), timestamp: maybe(6, timestamp), started: maybe(7, timestamp), completed: maybe(8, timestamp),
});
const vertexLog = message({ vertex: one(1, text), timestamp: maybe(2, timestamp), stream: one(3, integer), msg: one(4, bytes) });
const vertexWarning = message({ vertex: one(1, text), level: one(2, integer), short: one(3, bytes), detail: many(4, bytes), url: one(5, text), info: maybe(6, sourceInfo), ranges: many(7, range) });
export const statusResponse = message({ vertexes: many(1, vertex), statuses: many(2, vertexStatus), logs: many(3, vertexLog), warnings: many(4, vertexWarning) });
export type StatusResponse = Decoded<typeof statusResponse>;
export type Vertex = Decoded<typeof vertex>;

const usageRecord = message({
  ID: one(1, text), Mutable: one(2, flag), InUse: one(3, flag), Size: one(4, integer), CreatedAt: maybe(6, timestamp), LastUsedAt: maybe(7, timestamp), UsageCount: one(8, integer),
  Description: one(9, text), RecordType: one(10, text), Shared: one(11, flag), Parents: many(12, text),
});
export { usageRecord };
export const diskUsageResponse = message({ record: many(1, usageRecord) });
/** Newer clients call `keepBytes` reserved space. */
export const pruneRequest = message({ filter: many(1, text), all: one(2, flag), keepDuration: one(3, integer), keepBytes: one(4, integer) });

const version = message({ package: one(1, text), version: one(2, text), revision: one(3, text) });
const platform = message({ Architecture: one(1, text), OS: one(2, text), Variant: one(3, text) });
const worker = message({ ID: one(1, text), Labels: map(2, text), platforms: many(3, platform), BuildkitVersion: maybe(5, version) });
export const listWorkersResponse = message({ record: many(1, worker) });
export const infoResponse = message({ buildkitVersion: maybe(1, version) });

const capability = message({ ID: one(1, text), Enabled: one(2, flag) });
export const pongResponse = message({ FrontendAPICaps: many(1, capability), LLBCaps: many(2, capability), Workers: many(3, worker) });
export const gatewaySolveRequest = message({ Frontend: one(2, text), FrontendOpt: map(3, text), allowResultReturn: one(5, flag), CacheImports: many(12, cacheEntry) });
const ref = message({ id: one(1, text) });
const result = message({ refDeprecated: maybe(1, text), ref: maybe(3, ref), metadata: map(10, bytes) });
export const gatewaySolveResponse = message({ ref: one(1, text), result: maybe(3, result) });
const rpcStatus = message({ code: one(1, integer), message: one(2, text), details: many(3, message({ typeUrl: one(1, text), value: one(2, bytes) })) });
export { rpcStatus };
export const returnRequest = message({ result: maybe(1, result), error: maybe(2, rpcStatus) });

/** fsutil.types */
const stat = message({
  path: one(1, text), mode: one(2, integer), size: one(5, integer), modTime: one(6, long), linkname: one(7, text), devmajor: one(8, integer), devminor: one(9, integer), xattrs: map(10, bytes),
});
export type Stat = Decoded<typeof stat>;
export const packet = message({ type: one(1, integer), stat: maybe(2, stat), ID: one(3, integer), data: one(4, bytes) });
export const PACKET = { stat: 0, request: 1, data: 2, finish: 3, error: 4 } as const;

export const secretRequest = message({ ID: one(1, text) });
export const secretResponse = message({ data: one(1, bytes) });
export const checkAgentRequest = message({ ID: one(1, text) });
export const credentialsRequest = message({ Host: one(1, text) });
export const credentialsResponse = message({ Username: one(1, text), Secret: one(2, text) });

/** grpc.health.v1 */
export const healthResponse = message({ status: one(1, integer) });
