/**
 * The border between a Docker-compatible daemon and the window: HTTP statuses and the daemon's sentences become codes and
 * hints, here and nowhere else. Statuses decide the code; sentences only refine it where Docker says 500 or 409 for
 * several things, or where it answers inside a stream that has no status.
 */
import { readFileSync, statSync } from "node:fs";
import type { IpcErrorCode, IpcErrorHint } from "../ipc/errors.ts";
import { registryOf } from "./credentials/addresses.ts";
import type { Endpoint } from "./endpoint.ts";
import type { IpcError, IpcErrorOptions } from "./ipc-error.ts";
import { ipcError, isIpcError } from "./ipc-error.ts";

const CODE_OF_STATUS: Readonly<Record<number, IpcErrorCode>> = {
  304: "notModified",
  400: "invalidArgument",
  401: "unauthorized",
  403: "forbidden",
  404: "notFound",
  405: "notImplemented",
  406: "conflict",
  408: "deadlineExceeded",
  409: "conflict",
  413: "resourceExhausted",
  429: "unavailable",
  500: "internal",
  501: "notImplemented",
  502: "unavailable",
  503: "unavailable",
  504: "deadlineExceeded",
  507: "resourceExhausted",
};

interface Refinement {
  readonly pattern: RegExp;
  readonly code: IpcErrorCode;
  readonly hint?: (match: RegExpExecArray) => IpcErrorHint | undefined;
}

/** The first match wins. Sentences of dockerd, podman's service and our engine. */
const REFINEMENTS: readonly Refinement[] = [
  { pattern: /client sent an HTTP request to an HTTPS server/i, code: "unauthorized" },
  { pattern: /no such image: ?"?([^\s"]+)/i, code: "notFound", hint: (m) => ({ type: "imageMissing", image: (m[1] ?? "").replace(/[.,;]$/, "") }) },
  {
    pattern: /name "?\/?([\w.-]+)"? is already in use(?: by (?:container )?"?([0-9a-f]{12,64}))?/i,
    code: "alreadyExists",
    hint: (m) => ({ type: "nameInUse", name: m[1] ?? "", ...(m[2] === undefined ? {} : { containerId: m[2] }) }),
  },
  { pattern: /(?:\bport |[\w\]]:)(\d{1,5})(?:\/(tcp|udp))?(?![\d.])[^\n]{0,80}?(?:already allocated|in use|is held by|is taken)/i, code: "conflict", hint: portHint },
  { pattern: /no space left on device|disk quota exceeded/i, code: "resourceExhausted" },
  { pattern: /executable file not found|exec: "[^"]*": stat [^:]*: no such file|starting container process.*no such file or directory|command not found/i, code: "commandNotFound" },
  { pattern: /(?:starting container process|exec failed|exec:).*permission denied|is not executable|exec format error/i, code: "commandNotExecutable" },
  { pattern: /cannot remove a running container|container is running|is running: stop/i, code: "conflict", hint: () => ({ type: "containerRunning" }) },
  { pattern: /(?:used by|using its referenced image|in use).{0,40}?container ([0-9a-f]{12,64})/i, code: "conflict", hint: (m) => ({ type: "inUse", containerId: m[1] ?? "" }) },
  { pattern: /image is being used by|is using its referenced image|volume is in use/i, code: "conflict", hint: () => ({ type: "inUse" }) },
  { pattern: /pull access denied for ([^\s,]+)/i, code: "unauthorized", hint: (m) => ({ type: "loginRequired", registry: registryOf(m[1] ?? "") }) },
  { pattern: /authentication required|no basic auth credentials|unauthorized/i, code: "unauthorized" },
  { pattern: /manifest unknown|manifest for .* not found|name unknown|repository .* not found/i, code: "notFound" },
  { pattern: /no matching manifest for|does not match the (?:specified|requested) platform/i, code: "notFound" },
  { pattern: /digest (?:mismatch|verification)|verification failed|unexpected EOF/i, code: "dataLoss" },
  { pattern: /toomanyrequests|too many requests/i, code: "unavailable" },
  { pattern: /connection refused|no such host|i\/o timeout|TLS handshake|network is unreachable|server misbehaving/i, code: "unavailable" },
  { pattern: /context deadline exceeded|timed? ?out/i, code: "deadlineExceeded" },
];

/** Codes that a sentence may make more exact; a 404 about a container stays one whatever it says. */
const VAGUE: ReadonlySet<IpcErrorCode> = new Set<IpcErrorCode>(["internal", "conflict", "notFound", "invalidArgument", "unavailable", "forbidden"]);

/**
 * Turns whatever dockerode threw into an error for the window. Errors that already are ones pass unchanged.
 *
 * @param endpoint names the engine in sentences about the connection
 */
export function toIpcError(error: unknown, endpoint: Endpoint): IpcError {
  if (isIpcError(error)) return error;
  if (!(error instanceof Error)) return ipcError("internal", String(error));
  if (error.name === "AbortError" || error.name === "TimeoutError") {
    return error.name === "AbortError"
      ? ipcError("cancelled", "The operation was cancelled.")
      : ipcError("deadlineExceeded", `The engine at ${endpoint.url} did not answer in time.`);
  }
  const status = "statusCode" in error && typeof error.statusCode === "number" ? error.statusCode : undefined;
  if (status !== undefined) return fromDaemon(daemonMessage(error), CODE_OF_STATUS[status] ?? (status < 500 ? "invalidArgument" : "internal"), status);
  return fromConnection(error, endpoint);
}

/** An error that the daemon reported inside a stream (pull progress, exec output): there is only its sentence. */
export function fromDaemonSentence(message: string): IpcError {
  return fromDaemon(message.trim(), "internal", undefined);
}

function fromDaemon(message: string, byStatus: IpcErrorCode, status: number | undefined): IpcError {
  const details: IpcErrorOptions["details"] = status === undefined ? {} : { status };
  if (VAGUE.has(byStatus)) {
    for (const { pattern, code, hint } of REFINEMENTS) {
      const match = pattern.exec(message);
      if (match === null) continue;
      const found = hint?.(match);
      return ipcError(code, message, { details, hints: found === undefined ? [] : [found] });
    }
  }
  return ipcError(byStatus, message, { details });
}

function fromConnection(error: Error, endpoint: Endpoint): IpcError {
  const code = "code" in error ? String(error.code) : "";
  const cause = error.message;
  if (code === "EACCES" || code === "EPERM") {
    const path = endpoint.type === "unix" ? endpoint.socketPath : endpoint.url;
    const group = endpoint.type === "unix" ? groupOf(endpoint.socketPath) : undefined;
    return ipcError("forbidden", `This user may not use ${path}${group === undefined ? "" : `: it is for the group ${group}`}.`, {
      cause,
      hints: [{ type: "permissionDenied", path, ...(group === undefined ? {} : { group }) }],
    });
  }
  const tls = tlsSentence(code, cause, endpoint);
  if (tls !== undefined) return ipcError("unauthorized", tls, { cause });
  if (["ECONNREFUSED", "ENOENT", "ECONNRESET", "EPIPE", "ENOTSOCK", "EHOSTUNREACH", "ENETUNREACH", "ENOTFOUND", "ETIMEDOUT", "ERR_STREAM_PREMATURE_CLOSE"].includes(code)) {
    return ipcError("unavailable", `No engine answers at ${endpoint.url}.`, { cause, hints: [{ type: "engineDown", endpoint: endpoint.url, managed: endpoint.managed }] });
  }
  return ipcError("internal", cause);
}

/** Why TLS failed, as Node and OpenSSL name it. */
function tlsSentence(code: string, cause: string, endpoint: Endpoint): string | undefined {
  const who = endpoint.type === "unix" ? endpoint.url : endpoint.host;
  if (code === "CERT_HAS_EXPIRED") return `The certificate of ${who} has expired.`;
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") return `The certificate of ${who} is for another name.`;
  if (["DEPTH_ZERO_SELF_SIGNED_CERT", "SELF_SIGNED_CERT_IN_CHAIN", "UNABLE_TO_VERIFY_LEAF_SIGNATURE", "UNABLE_TO_GET_ISSUER_CERT", "UNABLE_TO_GET_ISSUER_CERT_LOCALLY"].includes(code)) {
    return `The certificate of ${who} is not signed by the authority that is given here.`;
  }
  if (/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|UNEXPECTED_MESSAGE/.test(code)) return `${who} does not speak TLS on this port: connect without certificates.`;
  if (/CERTIFICATE_REQUIRED|BAD_CERTIFICATE|UNKNOWN_CA|HANDSHAKE_FAILURE|CERTIFICATE_UNKNOWN/.test(code)) return `${who} does not accept the client certificate that is given here.`;
  if (code === "ERR_OSSL_X509_KEY_VALUES_MISMATCH") return "The client certificate and the key do not belong together.";
  return code.startsWith("ERR_SSL_") || code.startsWith("ERR_OSSL_") || cause.includes("SSL routines") ? `TLS with ${who} failed.` : undefined;
}

/** Name of the group that may use a file, where the file's mode gives a group that right (group(5)). */
function groupOf(path: string): string | undefined {
  try {
    const { gid, mode } = statSync(path);
    if ((mode & 0o060) !== 0o060) return undefined;
    return readFileSync("/etc/group", "utf8").split("\n").map((line) => line.split(":")).find(([, , id]) => id === String(gid))?.[0];
  } catch {
    return undefined;
  }
}

/** dockerode says "(HTTP code 404) no such container - No such container: x "; the daemon's own words are behind the dash, or in `json`. */
function daemonMessage(error: Error): string {
  if ("json" in error && typeof error.json === "object" && error.json !== null && "message" in error.json && typeof error.json.message === "string") {
    return error.json.message.trim();
  }
  const message = /^\(HTTP code \d+\) .*? - ([^]*)$/.exec(error.message)?.[1] ?? error.message;
  return message.trim() === "" || message.includes("[object Object]") ? "The engine failed without saying why." : message.trim();
}

function portHint(match: RegExpExecArray): IpcErrorHint | undefined {
  const port = Number(match[1]);
  if (port < 1 || port > 65_535) return undefined;
  const udp = match[2] === "udp" || /\budp/i.test(match.input);
  const holder = /held by (\S+) \(PID (\d+)\)/.exec(match.input);
  return { type: "portInUse", port, protocol: udp ? "udp" : "tcp", ...(holder?.[1] === undefined ? {} : { owner: { process: holder[1], pid: Number(holder[2]) } }) };
}
