/** How calls are told and narrowed down. Pure. */
import { DESKTOP_CLIENT, type ApiCall } from "../../../../electron/ipc/contract/calls.ts";

/** `status` is a class such as "4", "open", or "left" for clients that went away; `client` a name, "others" or "all". */
export interface CallFilter {
  readonly text: string;
  readonly client: string;
  readonly method: string;
  readonly status: string;
}

/** Everybody but this desktop: its own calls follow from what is looked at. */
export const plainFilter: CallFilter = { text: "", client: "others", method: "", status: "" };

/** Whether nothing but the window's own calls is left out. */
export function isPlain({ text, client, method, status }: CallFilter): boolean {
  return text.trim() === "" && (client === "others" || client === "all") && method === "" && status === "";
}

export function matchesCall(call: ApiCall, { text, client, method, status }: CallFilter): boolean {
  if (client === "others" ? isOwn(call) : client !== "all" && clientName(call) !== client) return false;
  if (method !== "" && call.method !== method) return false;
  if (status !== "" && statusClass(call) !== status) return false;
  const line = `${call.method} ${call.target} ${decoded(call.target)} ${call.client} ${statusText(call)}`.toLowerCase();
  return text.toLowerCase().split(/\s+/).every((word) => line.includes(word));
}

export function isOwn({ client }: ApiCall): boolean {
  return client === DESKTOP_CLIENT;
}

/** "Docker-Client 28.0.1" of `Docker-Client/28.0.1 (linux)`. */
export function clientName(call: ApiCall): string {
  if (isOwn(call)) return "Slipway, this window";
  const product = call.client.split(/[ (]/, 1)[0] ?? "";
  return product === "" ? "Without a name" : product.replace("/", " ");
}

/** "1" to "5", "open", "left". */
export function statusClass(call: ApiCall): string {
  if (call.open) return "open";
  return call.aborted || call.status === 0 ? "left" : String(Math.floor(call.status / 100));
}

export function statusText(call: ApiCall): string {
  if (call.open) return call.status === 0 ? "open" : `${call.status} open`;
  if (call.aborted) return call.status === 0 ? "left" : `${call.status} left`;
  return call.status === 0 ? "left" : String(call.status);
}

const reasons: Readonly<Record<number, string>> = { 101: "the connection was taken over", 200: "OK", 201: "created", 204: "done, nothing to say", 304: "it is so already", 400: "the request is wrong", 401: "a login is needed", 403: "forbidden", 404: "not found", 409: "conflict", 499: "the client left", 500: "the engine failed", 501: "not offered", 503: "not available", 504: "it took too long", 507: "no space" };

/** In a sentence: what became of the call. */
export function outcome(call: ApiCall): string {
  const reason = reasons[call.status];
  const said = call.status === 0 ? "" : reason === undefined ? String(call.status) : `${call.status}, ${reason}`;
  if (call.open) return said === "" ? "Not answered yet" : `${said}; still open`;
  if (call.aborted || call.status === 0) return said === "" ? "The client left before it was answered" : `${said}; the client left before the end`;
  return said;
}

/** The parts of an address: the API's version, the path, the query. */
export function targetParts(target: string): { readonly version: string; readonly path: string; readonly query: string } {
  const queryAt = target.indexOf("?");
  const [whole, query] = queryAt < 0 ? [target, ""] : [target.slice(0, queryAt), target.slice(queryAt)];
  const version = /^\/v\d+\.\d+(?=\/)/.exec(whole)?.[0] ?? "";
  return { version, path: whole.slice(version.length), query: decoded(query) };
}

/** Whole ids are too long to read, and hide what comes after them. */
export function shortIds(path: string): string {
  return path.replaceAll(/(?<![0-9a-f])([0-9a-f]{12})[0-9a-f]{52}(?![0-9a-f])/g, "$1");
}

/** As people read it; as it is where it cannot be decoded. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The time of the day, to the millisecond. */
export function clock(at: number): string {
  const date = new Date(at);
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}

/** A body as values: JSON is one value, or one a line. Undefined when it is none, or was cut. */
export function bodyValue(body: string): object | undefined {
  try {
    return wrap(JSON.parse(body));
  } catch {
    const lines = body.split("\n").filter((line) => line.trim() !== "");
    try {
      return lines.length > 1 ? lines.map((line) => JSON.parse(line) as unknown) : undefined;
    } catch {
      return undefined;
    }
  }
}

function wrap(value: unknown): object | undefined {
  return typeof value === "object" && value !== null ? value : undefined;
}
