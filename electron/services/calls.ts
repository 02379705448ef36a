/** The engine's list of calls, `/slipway/requests`. */
import type { ApiCall, ApiCallContent, ApiCallDetails, ApiCallsEvent, HeaderFields } from "../ipc/contract/calls.ts";
import type { EngineConnection } from "./connection.ts";
import { dial } from "./docker-client.ts";
import { toIpcError } from "./docker-errors.ts";
import { jsonLines } from "./json-lines.ts";
import { isUnknownPath } from "./registry-requests.ts";

export interface ApiCalls {
  watch(signal: AbortSignal): AsyncGenerator<ApiCallsEvent, void, void>;
  details(id: number, signal?: AbortSignal): Promise<ApiCallDetails>;
}

interface RawCall {
  Id: number;
  Method: string;
  Target: string;
  Client: string;
  At: number;
  Status: number;
  Open: boolean;
  Streaming: boolean;
  Aborted: boolean;
  Milliseconds: number;
  Received: number;
  Sent: number;
}

interface RawContent {
  RequestHeaders: HeaderFields;
  ResponseHeaders: HeaderFields;
  RequestBody: string;
  ResponseBody: string;
  RequestCut: boolean;
  ResponseCut: boolean;
}

export function createApiCalls(connection: EngineConnection): ApiCalls {
  return {
    async *watch(signal) {
      const scope = new AbortController();
      try {
        const stream = await dial<NodeJS.ReadableStream>(connection.docker, { path: "/slipway/requests?", method: "GET", query: { follow: 1 }, okStatuses: [200], stream: true, signal: AbortSignal.any([signal, scope.signal]) });
        for await (const line of jsonLines(stream) as AsyncGenerator<{ Socket?: string; Calls: RawCall[]; Missed?: number }, void, void>) {
          if (line.Socket !== undefined) yield { type: "begin", socket: line.Socket };
          yield { type: "calls", calls: line.Calls.map(toCall), missed: line.Missed ?? 0 };
        }
      } catch (error) {
        if (isUnknownPath(error)) return yield { type: "unsupported" };
        throw error;
      } finally {
        scope.abort();
      }
    },
    async details(id, signal) {
      try {
        const raw = await dial<RawCall & { Content: RawContent | null }>(connection.docker, { path: `/slipway/requests/${id}`, method: "GET", okStatuses: [200], signal });
        return { call: toCall(raw), content: raw.Content === null ? null : toContent(raw.Content) };
      } catch (error) {
        throw toIpcError(error, connection.endpoint);
      }
    },
  };
}

function toCall(raw: RawCall): ApiCall {
  return { id: raw.Id, method: raw.Method, target: raw.Target, client: raw.Client, at: raw.At, status: raw.Status, open: raw.Open, streaming: raw.Streaming, aborted: raw.Aborted, milliseconds: raw.Milliseconds, received: raw.Received, sent: raw.Sent };
}

function toContent(raw: RawContent): ApiCallContent {
  return { requestHeaders: raw.RequestHeaders, responseHeaders: raw.ResponseHeaders, requestBody: raw.RequestBody, responseBody: raw.ResponseBody, requestCut: raw.RequestCut, responseCut: raw.ResponseCut };
}
