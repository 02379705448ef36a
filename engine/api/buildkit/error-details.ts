import type { EngineError } from "../../base/errors.ts";
import { grpcCode } from "./grpc.ts";
import { rpcStatus } from "./messages.ts";

/** Under this type BuildKit's clients look for places in a Dockerfile, as JSON. */
const SOURCE = "github.com/moby/buildkit/errdefs.Source+json";

/** The place in the Dockerfile that an error names, for clients that show it with the lines around. */
export function errorStatus(error: EngineError): Uint8Array | undefined {
  const { line, endLine, file, source } = error.details;
  if (typeof line !== "number" || typeof source !== "string") return undefined;
  const value = {
    info: { filename: typeof file === "string" ? file : "Dockerfile", data: Buffer.from(source).toString("base64") },
    ranges: [{ start: { line }, end: { line: typeof endLine === "number" ? endLine : line } }],
  };
  return rpcStatus.encode({ code: grpcCode(error), message: error.message, details: [{ typeUrl: SOURCE, value: Buffer.from(JSON.stringify(value)) }] });
}
