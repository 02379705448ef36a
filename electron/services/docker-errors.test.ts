import { describe, expect, it } from "vitest";
import { IPC_ERROR_CODES, toIpcErrorInfo } from "../ipc/errors.ts";
import { fromDaemonSentence, toIpcError } from "./docker-errors.ts";
import type { Endpoint } from "./endpoint.ts";
import { ipcError } from "./ipc-error.ts";

const ENDPOINT: Endpoint = { type: "unix", socketPath: "/run/x.sock", url: "unix:///run/x.sock", managed: true };

/** As docker-modem throws it. */
function http(status: number, message: string, json: unknown = { message }): Error {
  return Object.assign(new Error(`(HTTP code ${status}) some reason - ${message} `), { statusCode: status, reason: "some reason", json });
}

describe("an answer of the daemon", () => {
  it.each([
    [304, "", "notModified"],
    [400, "bad parameter", "invalidArgument"],
    [401, "no", "unauthorized"],
    [403, "no", "forbidden"],
    [404, "No such container: x", "notFound"],
    [409, "Container x is paused", "conflict"],
    [418, "teapot", "invalidArgument"],
    [429, "slow down", "unavailable"],
    [500, "boom", "internal"],
    [501, "never", "notImplemented"],
    [503, "later", "unavailable"],
    [599, "odd", "internal"],
  ])("%i %s is %s", (status, message, code) => {
    expect(toIpcError(http(status, message), ENDPOINT).code).toBe(code);
  });

  it.each([
    ["No such image: busybox:latest", "notFound", { type: "imageMissing", image: "busybox:latest" }],
    ['Conflict. The container name "/web" is already in use by container "0123456789abcdef". You have to remove it.', "alreadyExists", { type: "nameInUse", name: "web", containerId: "0123456789abcdef" }],
    ["driver failed programming external connectivity on endpoint web (abc): Error starting userland proxy: listen tcp4 0.0.0.0:5432: bind: address already in use", "conflict", { type: "portInUse", port: 5432, protocol: "tcp" }],
    ["driver failed: Bind for 127.0.0.1:8080 failed: port is already allocated", "conflict", { type: "portInUse", port: 8080, protocol: "tcp" }],
    ["listen udp4 0.0.0.0:53: bind: address already in use", "conflict", { type: "portInUse", port: 53, protocol: "udp" }],
    ["Bind for 0.0.0.0:5432/tcp failed: port is already allocated: it is held by postgres (PID 812); use another", "conflict", { type: "portInUse", port: 5432, protocol: "tcp", owner: { process: "postgres", pid: 812 } }],
    ["You cannot remove a running container 0123. Stop the container before attempting removal or force remove", "conflict", { type: "containerRunning" }],
    ["conflict: unable to delete 0123 (cannot be forced) - image is being used by running container 0123456789ab", "conflict", { type: "inUse", containerId: "0123456789ab" }],
    ["pull access denied for ghcr.io/me/secret, repository does not exist or may require 'docker login'", "unauthorized", { type: "loginRequired", registry: "ghcr.io" }],
    ["pull access denied for nosuch, repository does not exist", "unauthorized", { type: "loginRequired", registry: "docker.io" }],
  ])("%s", (message, code, hint) => {
    const error = toIpcError(http(500, message), ENDPOINT);
    expect(error).toMatchObject({ code, message });
    expect(error.data.hints).toEqual([hint]);
  });

  it.each([
    ['OCI runtime create failed: exec: "nope": executable file not found in $PATH: unknown', "commandNotFound"],
    ['OCI runtime create failed: starting container process caused: exec: "/etc/passwd": permission denied: unknown', "commandNotExecutable"],
    ["write /var/lib/x: no space left on device", "resourceExhausted"],
    ["manifest for busybox:nope not found: manifest unknown", "notFound"],
    ["dial tcp 127.0.0.1:1: connect: connection refused", "unavailable"],
    ["unexpected EOF", "dataLoss"],
  ])("%s is %s", (message, code) => {
    expect(fromDaemonSentence(message).code).toBe(code);
  });

  it("has words even when its body is none", () => {
    expect(toIpcError(http(500, "[object Object]", {}), ENDPOINT).message).toBe("The engine failed without saying why.");
    expect(toIpcError(http(500, "plain text", Buffer.from("plain text")), ENDPOINT).message).toBe("plain text");
  });
});

describe("a connection", () => {
  it.each(["ECONNREFUSED", "ENOENT", "ECONNRESET", "EPIPE"])("%s means that the engine is down", (code) => {
    const error = toIpcError(Object.assign(new Error(`connect ${code}`), { code }), ENDPOINT);
    expect(error).toMatchObject({ code: "unavailable", message: "No engine answers at unix:///run/x.sock." });
    expect(error.data.hints).toEqual([{ type: "engineDown", endpoint: ENDPOINT.url, managed: true }]);
  });

  it("EACCES names the socket", () => {
    expect(toIpcError(Object.assign(new Error("connect EACCES"), { code: "EACCES" }), ENDPOINT).data.hints).toEqual([{ type: "permissionDenied", path: "/run/x.sock" }]);
  });

  it("aborts and time-outs are told apart", () => {
    expect(toIpcError(new DOMException("x", "AbortError"), ENDPOINT).code).toBe("cancelled");
    expect(toIpcError(new DOMException("x", "TimeoutError"), ENDPOINT).code).toBe("deadlineExceeded");
  });
});

describe("the closed set", () => {
  it.each(IPC_ERROR_CODES)("%s survives being read by the window", (code) => {
    const error = ipcError(code, "What happened.", { cause: "raw", details: { a: 1 }, hints: [{ type: "containerRunning" }] });
    expect(toIpcError(error, ENDPOINT)).toBe(error);
    expect(toIpcErrorInfo(error)).toEqual({ code, message: "What happened.", cause: "raw", details: { a: 1 }, hints: [{ type: "containerRunning" }] });
  });

  it("takes in anything", () => {
    expect(toIpcErrorInfo("text")).toMatchObject({ code: "internal", message: "text" });
    expect(toIpcError(undefined, ENDPOINT).code).toBe("internal");
    expect(toIpcErrorInfo(Object.assign(new Error("x"), { code: "SOMETHING" })).code).toBe("internal");
  });
});
