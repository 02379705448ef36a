/** The calls on the engine's socket, as they come: of every client, this desktop too. Not there on a plain dockerd. */
import { eventIterator, oc, type } from "@orpc/contract";
import { z } from "zod";

/** How this desktop names itself to engines. */
export const DESKTOP_CLIENT = "Slipway-Desktop";

export interface ApiCall {
  /** Counts up from the engine's start. */
  id: number;
  method: string;
  /** Path and query, without credentials. */
  target: string;
  /** The `User-Agent` header; empty without one. */
  client: string;
  /** Milliseconds since the epoch, of the engine's clock. */
  at: number;
  /** 0 until it is known, and when the client left before. */
  status: number;
  open: boolean;
  /** The answer has no end of its own: events, a log that is followed, a terminal. */
  streaming: boolean;
  /** The client went away before the answer was whole. */
  aborted: boolean;
  /** Until the end of the answer, or until now. */
  milliseconds: number;
  /** Bytes on the connection, headers included. */
  received: number;
  sent: number;
}

export type HeaderFields = [name: string, value: string][];

/** Where a credential was, there is `(hidden)`. */
export interface ApiCallContent {
  requestHeaders: HeaderFields;
  responseHeaders: HeaderFields;
  /** JSON as it was sent, or one JSON value a line; empty where there was none. */
  requestBody: string;
  responseBody: string;
  /** Only the beginning of the body was kept. */
  requestCut: boolean;
  responseCut: boolean;
}

export interface ApiCallDetails {
  call: ApiCall;
  /** Null when nobody watched as the call began, and when newer ones needed the room. */
  content: ApiCallContent | null;
}

/** `begin` comes once, before the calls that are known already. `missed` calls came faster than they were read. `unsupported` ends the stream: the engine keeps no list of calls. */
export type ApiCallsEvent = { type: "begin"; /** Where the engine listens, on its own machine. */ socket: string } | { type: "calls"; calls: ApiCall[]; missed: number } | { type: "unsupported" };

export const calls = {
  /** While it runs, the engine keeps headers and bodies of what begins. */
  watch: oc.output(eventIterator(type<ApiCallsEvent>())),
  /** `notFound` when it is not known any more: the engine keeps the last thousand. */
  details: oc.input(z.object({ id: z.number().int().min(1) })).output(type<ApiCallDetails>()),
};
