import type { IncomingMessage } from "node:http";
import { EngineError, messageOf } from "../base/errors.ts";
import type { Call } from "./calls/call-log.ts";
import { parseFilters, type Filters } from "./filters.ts";
import type { Shape } from "./shape.ts";

const MAX_JSON_BYTES = 4 * 1024 * 1024;

/** One request, with everything a handler reads. */
export class ApiRequest {
  readonly method: string;
  /** Without the version prefix and the query. */
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** N of the API version 1.N that the client speaks. */
  readonly minor: number;
  readonly headers: IncomingMessage["headers"];
  /** Aborts when the client goes away before the answer is complete. */
  readonly signal: AbortSignal;
  /** The body as it arrives; back-pressure reaches the client. */
  readonly body: AsyncIterable<Uint8Array>;

  readonly #call: Pick<Call, "asked">;

  constructor(parts: Pick<ApiRequest, "method" | "path" | "params" | "query" | "minor" | "headers" | "signal" | "body"> & { readonly call: Pick<Call, "asked"> }) {
    this.method = parts.method;
    this.path = parts.path;
    this.params = parts.params;
    this.query = parts.query;
    this.minor = parts.minor;
    this.headers = parts.headers;
    this.signal = parts.signal;
    this.body = parts.body;
    this.#call = parts.call;
  }

  param(name: string): string {
    return this.params[name] ?? "";
  }

  /** A query value, or undefined when absent or empty. */
  text(name: string): string | undefined {
    return this.query.get(name) || undefined;
  }

  /** Docker's truth: absent, empty, 0, no, false and none are false. */
  flag(name: string, fallback = false): boolean {
    const value = this.query.get(name);
    if (value === null) return fallback;
    return !["", "0", "no", "false", "none"].includes(value.trim().toLowerCase());
  }

  /** @throws EngineError `invalidArgument` when it is not a whole number */
  integer(name: string): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    if (!/^[+-]?[0-9]{1,15}$/.test(value)) throw new EngineError("invalidArgument", `bad value ${JSON.stringify(value)} of ${name}: expected a whole number`);
    return Number(value);
  }

  /** The `filters` parameter. @throws EngineError `invalidArgument` */
  filters(allowed: readonly string[]): Filters {
    return parseFilters(this.query.get("filters"), allowed);
  }

  /** The JSON body checked against `shape`. @throws EngineError `invalidArgument` for a missing or wrong body */
  async json<T>(shape: Shape<T>): Promise<T> {
    const value = await this.optionalJson(shape);
    if (value === undefined) throw new EngineError("invalidArgument", "invalid JSON: got EOF while reading request body");
    return value;
  }

  /** As {@link json}; undefined when the body is empty. */
  async optionalJson<T>(shape: Shape<T>): Promise<T | undefined> {
    const raw = await this.bytes(MAX_JSON_BYTES);
    this.#call.asked(raw);
    if (raw.byteLength === 0) return undefined;
    const type = this.headers["content-type"];
    if (type !== undefined && !/^application\/json\s*(;|$)/i.test(type)) {
      throw new EngineError("invalidArgument", `unsupported Content-Type header (${type}): must be 'application/json'`);
    }
    let value: unknown;
    try {
      value = JSON.parse(raw.toString("utf8"));
    } catch (error) {
      throw new EngineError("invalidArgument", `invalid JSON: ${messageOf(error)}`);
    }
    // Docker's decoder leaves a structure as it is for `null`, which older clients send where they have nothing to say (commit).
    return shape(value ?? {}, "");
  }

  /** The whole body. @throws EngineError `invalidArgument` above `limit` bytes */
  async bytes(limit: number): Promise<Buffer> {
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of this.body) {
      length += chunk.byteLength;
      if (length > limit) throw new EngineError("invalidArgument", `the request body is larger than ${limit} bytes`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks, length);
  }
}
