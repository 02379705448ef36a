/** A call as a command line. Pure. */
import type { ApiCall, ApiCallContent } from "../../../../electron/ipc/contract/calls.ts";
import { quoteWord } from "../../../lib/shell.ts";

export interface Curl {
  readonly command: string;
  /** What has to be put in by hand. */
  readonly missing: readonly string[];
}

/** Headers that curl makes itself, or that concern only the connection they came on. */
const curlsOwn = /^(?:host|user-agent|connection|upgrade|keep-alive|te|trailer|expect|content-length|transfer-encoding|accept-encoding)$/i;
const hidden = "(hidden)";

/**
 * The same call with curl.
 * @param endpoint as the window knows the engine: `unix:///run/x.sock`, `tcp://host:2376`, `ssh://me@host`
 * @param socket where the engine listens on its own machine
 */
export function curlOf(call: ApiCall, content: ApiCallContent | null, endpoint: string, socket: string): Curl {
  const missing: string[] = [];
  const words = ["curl"];
  const add = (...more: readonly string[]): void => void words.push(...more.map(quoteWord));
  if (call.streaming) add("--no-buffer");
  // Brackets in an address would be patterns.
  if (/[[\]{}]/.test(call.target)) add("--globoff");
  const tcp = /^(?:tcp|http):\/\/(.+?)\/?$/.exec(endpoint)?.[1];
  const ssh = /^ssh:\/\/([^/:]+)(?::(\d+))?(\/.*)?$/.exec(endpoint);
  if (tcp === undefined) add("--unix-socket", endpoint.startsWith("unix://") ? endpoint.slice("unix://".length) : ssh?.[3] ?? socket);
  if (call.method === "HEAD") add("--head");
  else if (call.method !== "GET") add("--request", call.method);
  for (const [name, value] of content?.requestHeaders ?? []) {
    if (curlsOwn.test(name)) continue;
    if (value !== hidden) add("--header", `${name}: ${value}`);
    else {
      const variable = name.toUpperCase().replaceAll(/\W/g, "_");
      words.push("--header", `"${name}: $${variable}"`);
      missing.push(`the header ${name}, in the variable ${variable}`);
    }
  }
  if (content?.requestBody && !content.requestCut) {
    add("--data-raw", content.requestBody);
    if (content.requestBody.includes(hidden)) missing.push(`what stands as ${hidden} in the body`);
  } else if (hasBody(call, content)) {
    add("--data-binary", "@body");
    missing.push("the body, in the file body: it was not kept");
  }
  add(`http://${tcp ?? "localhost"}${call.target}`);
  if (call.target.includes(hidden)) missing.push(`what stands as ${hidden} in the address`);
  const command = words.join(" ");
  if (ssh?.[1] === undefined) return { command, missing };
  return { command: ["ssh", ...(ssh[2] === undefined ? [] : ["-p", ssh[2]]), ssh[1], quoteWord(command)].join(" "), missing };
}

/** Whether a body went along that is not in the content: an archive, a stream, a long text, or one that nobody watched. */
function hasBody(call: ApiCall, content: ApiCallContent | null): boolean {
  if (content === null || content.requestCut) return content?.requestCut === true || call.method === "PUT";
  const field = (name: string): string | undefined => content.requestHeaders.find(([each]) => each.toLowerCase() === name)?.[1];
  return Number(field("content-length") ?? 0) > 0 || (field("transfer-encoding") !== undefined && field("upgrade") === undefined);
}
