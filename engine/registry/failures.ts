import { EngineError, isEngineError, isSystemError, messageOf, toEngineError } from "../base/errors.ts";
import type { ErrorDetails } from "../base/errors.ts";

/** What is asked for, for messages: never holds credentials. */
export interface Target {
  /** The registry as people write it: `docker.io`, `localhost:5000`. */
  readonly registry: string;
  /** The familiar repository name. */
  readonly repository: string;
  /** `busybox:1`, or for blobs `layer sha256:...`. */
  readonly subject: string;
  /** What is done with it; a pull unless said. */
  readonly action?: "pull" | "push" | undefined;
}

/** Details of failures that a later try may cure. */
interface TemporaryDetails extends ErrorDetails {
  readonly temporary: true;
  readonly retryAfterMs?: number | undefined;
}

/** Whether `error` may go away by itself. */
export function isTemporary(error: unknown): error is EngineError & { details: TemporaryDetails } {
  return isEngineError(error) && error.details["temporary"] === true;
}

/** The sentence for a failed connection. */
export function connectionFailure(error: unknown, registry: string): EngineError {
  if (isEngineError(error)) return error;
  const code = isSystemError(error) || (error instanceof Error && "code" in error) ? String((error as NodeJS.ErrnoException).code) : "";
  const { why, temporary } = reasonOf(code, error);
  if (why === undefined) return toEngineError(error);
  return new EngineError("unavailable", `cannot reach the registry ${registry}: ${why}`, { cause: error, details: { registry, reason: code, ...(temporary ? { temporary } : {}) } });
}

function reasonOf(code: string, error: unknown): { readonly why?: string; readonly temporary?: boolean } {
  switch (code) {
    case "ENOTFOUND": return { why: "no such host: check the name, and this machine's DNS" };
    case "EAI_AGAIN": return { why: "the host name could not be looked up: is this machine online?", temporary: true };
    case "ECONNREFUSED": return { why: "connection refused: nothing listens there; check the port and that the registry runs", temporary: true };
    case "EHOSTUNREACH": case "ENETUNREACH": return { why: "there is no route to it: is this machine online?" };
    case "ETIMEDOUT": return { why: "the connection timed out: a firewall may be in between", temporary: true };
    case "ECONNRESET": case "EPIPE": case "ECONNABORTED": return { why: "the connection was cut", temporary: true };
    case "CERT_HAS_EXPIRED": return { why: "its TLS certificate has expired" };
    case "DEPTH_ZERO_SELF_SIGNED_CERT": case "SELF_SIGNED_CERT_IN_CHAIN": case "UNABLE_TO_GET_ISSUER_CERT_LOCALLY": case "UNABLE_TO_VERIFY_LEAF_SIGNATURE":
      return { why: "its TLS certificate is signed by an unknown authority: install that authority, or list the registry as insecure" };
    case "ERR_TLS_CERT_ALTNAME_INVALID": return { why: "its TLS certificate is for another name" };
    case "EPROTO": case "ERR_SSL_WRONG_VERSION_NUMBER": case "ERR_SSL_PACKET_LENGTH_TOO_LONG":
      return { why: "it does not speak TLS: list the registry as insecure if plain http is meant" };
    default:
      if (/^(?:ERR_SSL_|ERR_TLS_|CERT_)/.test(code)) return { why: `the TLS connection failed (${code})` };
      if (code.startsWith("HPE_")) return { why: `it does not speak HTTP (${messageOf(error).slice(0, 100)})` };
      return {};
  }
}

/** The sentence for a registry that keeps silent. @param milliseconds how long */
export function stallFailure(registry: string, milliseconds: number): EngineError {
  return new EngineError("deadlineExceeded", `the registry ${registry} sent nothing for ${milliseconds / 1000} seconds: try again later`, { details: { registry, temporary: true } });
}

/** The sentence for an HTTP status that is no success. @param said the registry's own words, already bounded */
export function statusFailure(status: number, said: string, target: Target, options: { readonly retryAfterMs?: number | undefined; readonly authenticated: boolean }): EngineError {
  const { registry, repository, subject } = target;
  const details = { registry, repository, status };
  const words = said === "" ? "" : `: ${said}`;
  if (status === 401 || status === 403) {
    if (options.authenticated && status === 401) return new EngineError("unauthorized", `the registry ${registry} refused the credentials${words}: log in again`, { details });
    return accessDenied(target, said);
  }
  if (target.action === "push") {
    if (status === 404) return new EngineError("notFound", `the registry ${registry} does not take ${subject}${said === "" ? ": it knows no such repository, create it there first" : words}`, { details });
    if (status === 413) return new EngineError("resourceExhausted", `the registry ${registry}, or a proxy before it, refuses ${subject} as too large${words}`, { details });
    if (status === 405 || status === 501) return new EngineError("forbidden", `the registry ${registry} cannot be pushed to${words}: it may be a mirror or read-only`, { details });
  }
  if (status === 404) return new EngineError("notFound", `manifest for ${subject} not found: manifest unknown${words}`, { details });
  if (status === 429) {
    return new EngineError("unavailable", `toomanyrequests: the registry ${registry} limits how often images are pulled${words}: wait, or log in for a higher limit`, { details: { ...details, temporary: true, retryAfterMs: options.retryAfterMs } });
  }
  if (status >= 500 || status === 408) {
    return new EngineError("unavailable", `the registry ${registry} failed with status ${status}${words}: try again later`, { details: { ...details, temporary: true, retryAfterMs: options.retryAfterMs } });
  }
  return new EngineError("unavailable", `the registry ${registry} answered ${subject} with the unexpected status ${status}${words}`, { details });
}

/** Docker's sentence for a repository that is missing or private; Docker answers 404 for it, so the code is notFound. */
export function accessDenied(target: Target, said: string): EngineError {
  const words = said === "" ? "" : `: ${said}`;
  const details = { registry: target.registry, repository: target.repository, reason: "accessDenied" };
  if (target.action === "push") return new EngineError("forbidden", `push access denied for ${target.repository}, requested access to the resource is denied or may require 'docker login'${words}`, { details });
  return new EngineError("notFound", `pull access denied for ${target.repository}, repository does not exist or may require 'docker login'${words}`, {
    details,
  });
}

/** The first error of a registry's error document (OCI distribution specification, "Error Codes"), cleaned for a message. */
export function registryWords(body: Uint8Array): string {
  const text = new TextDecoder().decode(body);
  try {
    const { errors } = JSON.parse(text) as { errors?: unknown };
    const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
    if (typeof first !== "object" || first === null) return "";
    const { code, message } = first as { code?: unknown; message?: unknown };
    const name = typeof code === "string" ? code.toLowerCase().replaceAll("_", " ") : "";
    const words = typeof message === "string" ? message : "";
    return clean(name === "" || words.toLowerCase().startsWith(name) ? words : `${name}: ${words}`);
  } catch {
    return "";
  }
}

function clean(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, " ").trim().slice(0, 300);
}
