import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DESKTOP_CLIENT, type ApiCall, type ApiCallContent } from "../../../../electron/ipc/contract/calls.ts";
import { took } from "../../../lib/time.ts";
import { curlOf } from "./curl.ts";
import { CallsSession } from "./session.ts";
import { bodyValue, clientName, matchesCall, outcome, plainFilter, shortIds, statusClass, statusText, targetParts } from "./words.ts";

const call = (more: Partial<ApiCall> = {}): ApiCall => ({ id: 1, method: "GET", target: "/v1.47/containers/json?all=1", client: "Docker-Client/28.0.1 (linux)", at: 0, status: 200, open: false, streaming: false, aborted: false, milliseconds: 1.234, received: 100, sent: 200, ...more });
const content = (more: Partial<ApiCallContent> = {}): ApiCallContent => ({ requestHeaders: [], responseHeaders: [], requestBody: "", responseBody: "", requestCut: false, responseCut: false, ...more });
const unix = "unix:///run/slipway/slipway.sock";

/** The words that a shell hands to curl. */
function wordsOf(command: string, env: Record<string, string> = {}): string[] {
  return execFileSync("sh", ["-c", `curl() { printf '%s\\0' "$@"; }\n${command}`], { encoding: "utf8", env: { ...process.env, ...env } }).split("\0").slice(0, -1);
}

describe("a call as curl", () => {
  it("goes to the engine's socket", () => {
    expect(curlOf(call(), content(), unix, "/other").command).toBe("curl --unix-socket /run/slipway/slipway.sock 'http://localhost/v1.47/containers/json?all=1'");
  });

  it("brings method, headers and body through a shell unchanged", () => {
    const body = JSON.stringify({ Cmd: ["sh", "-c", "echo 'it'\\''s' \"$HOME\" `id` !! \\n"], Env: ["A=ä\nb"] });
    const { command, missing } = curlOf(call({ method: "POST", target: "/containers/create?name=it's" }), content({ requestHeaders: [["Host", "docker"], ["Content-Length", "9"], ["Content-Type", "application/json"], ["X-Odd", 'a "b" $c']], requestBody: body }), unix, "");
    expect(wordsOf(command)).toEqual(["--unix-socket", "/run/slipway/slipway.sock", "--request", "POST", "--header", "Content-Type: application/json", "--header", 'X-Odd: a "b" $c', "--data-raw", body, "http://localhost/containers/create?name=it's"]);
    expect(missing).toEqual([]);
  });

  it("is quoted right whatever is in it", () => {
    const text = fc.string({ unit: fc.constantFrom("'", '"', "\\", "$", "`", " ", "\n", "a", "!", "ä", "&", "#", "*", "(") });
    fc.assert(fc.property(text, text, (query, body) => {
      const words = wordsOf(curlOf(call({ method: "POST", target: `/x?q=${query}` }), content({ requestBody: body }), unix, "").command);
      expect(words.at(-1)).toBe(`http://localhost/x?q=${query}`);
      if (body !== "") expect(words[words.indexOf("--data-raw") + 1]).toBe(body);
    }), { numRuns: 60 });
  });

  it("asks for what was never kept", () => {
    const auth = curlOf(call({ method: "POST", target: "/images/create?fromImage=a" }), content({ requestHeaders: [["X-Registry-Auth", "(hidden)"]] }), unix, "");
    expect(auth.missing).toEqual(["the header X-Registry-Auth, in the variable X_REGISTRY_AUTH"]);
    expect(wordsOf(auth.command, { X_REGISTRY_AUTH: "a b" })).toContain("X-Registry-Auth: a b");
    const tar = curlOf(call({ method: "PUT", target: "/containers/a/archive?path=/" }), content({ requestHeaders: [["Transfer-Encoding", "chunked"], ["Content-Type", "application/x-tar"]] }), unix, "");
    expect(wordsOf(tar.command)).toEqual(expect.arrayContaining(["--data-binary", "@body"]));
    expect(tar.missing).toEqual(["the body, in the file body: it was not kept"]);
    expect(curlOf(call({ method: "POST" }), content({ requestBody: '{"password":"(hidden)"}' }), unix, "").missing).toHaveLength(1);
    expect(curlOf(call({ target: "/build?remote=https%3A%2F%2F(hidden)%40h%2Fx.git" }), content(), unix, "").missing).toHaveLength(1);
    expect(curlOf(call({ method: "POST" }), content({ requestBody: "{", requestCut: true }), unix, "").command).toContain("@body");
  });

  it("streams without a buffer, asks for the head alone, and takes brackets as they are", () => {
    expect(wordsOf(curlOf(call({ streaming: true, target: "/events?filters={}" }), null, unix, "").command)).toEqual(["--no-buffer", "--globoff", "--unix-socket", "/run/slipway/slipway.sock", "http://localhost/events?filters={}"]);
    expect(curlOf(call({ method: "HEAD", target: "/_ping" }), null, unix, "").command).toContain("--head");
  });

  it("goes where the engine is: over TCP, or on the other machine", () => {
    expect(curlOf(call({ target: "/info" }), null, "tcp://10.0.0.5:2375", "/x").command).toBe("curl http://10.0.0.5:2375/info");
    const ssh = curlOf(call({ target: "/info?a='" }), null, "ssh://me@host:2222", "/run/x y.sock").command;
    expect(execFileSync("sh", ["-c", `ssh() { printf '%s\\0' "$@"; }\n${ssh}`], { encoding: "utf8" }).split("\0").slice(0, 3)).toEqual(["-p", "2222", "me@host"]);
    const inner = execFileSync("sh", ["-c", `ssh() { printf '%s' "$4"; }\n${ssh}`], { encoding: "utf8" });
    expect(wordsOf(inner)).toEqual(["--unix-socket", "/run/x y.sock", "http://localhost/info?a='"]);
  });
});

describe("the list of calls", () => {
  it("leaves out the window's own unless they are asked for", () => {
    const own = call({ client: DESKTOP_CLIENT });
    expect([matchesCall(own, plainFilter), matchesCall(own, { ...plainFilter, client: "all" }), matchesCall(call(), plainFilter)]).toEqual([false, true, true]);
    expect(matchesCall(call(), { ...plainFilter, client: "Docker-Client 28.0.1" })).toBe(true);
    expect(matchesCall(call(), { ...plainFilter, client: "curl 8" })).toBe(false);
  });

  it("is narrowed by text, method and status", () => {
    const one = call({ method: "POST", target: "/v1.47/images/create?fromImage=acme%2Fapi", status: 404 });
    const by = (part: object): boolean => matchesCall(one, { ...plainFilter, ...part });
    expect([by({ text: "post IMAGES" }), by({ text: "acme/api" }), by({ text: "docker-client" }), by({ text: "404" }), by({ text: "volumes" })]).toEqual([true, true, true, true, false]);
    expect([by({ method: "POST" }), by({ method: "GET" }), by({ status: "4" }), by({ status: "2" }), by({ status: "open" })]).toEqual([true, false, true, false, false]);
  });

  it("says what became of a call", () => {
    expect([call(), call({ status: 101, open: true, streaming: true }), call({ status: 0, open: true }), call({ status: 0, aborted: true }), call({ aborted: true })].map((each) => [statusClass(each), statusText(each), outcome(each)])).toEqual([
      ["2", "200", "200, OK"],
      ["open", "101 open", "101, the connection was taken over; still open"],
      ["open", "open", "Not answered yet"],
      ["left", "left", "The client left before it was answered"],
      ["left", "200 left", "200, OK; the client left before the end"],
    ]);
    expect([took(0.04), took(0.4), took(9.94), took(12.3), took(2310)]).toEqual(["0.04 ms", "0.4 ms", "9.9 ms", "12 ms", "2.3 s"]);
    expect(clientName(call({ client: "" }))).toBe("Without a name");
    expect(targetParts("/v1.47/events?filters=%7B%22a%22%3A1%7D")).toEqual({ version: "/v1.47", path: "/events", query: '?filters={"a":1}' });
    expect(shortIds(`/containers/${"4fe2b4035e6d".padEnd(64, "a")}/json`)).toBe("/containers/4fe2b4035e6d/json");
    expect(targetParts("/v1.47/x?a=%E0%A4%A")).toMatchObject({ query: "?a=%E0%A4%A" });
  });

  it("reads a body as one value or as lines", () => {
    expect([bodyValue('{"a":1}\n'), bodyValue('{"a":1}\r\n{"b":2}\r\n'), bodyValue('{"a":'), bodyValue("5")]).toEqual([{ a: 1 }, [{ a: 1 }, { b: 2 }], undefined, undefined]);
  });
});

describe("watching calls", () => {
  it("keeps each call once, in its order, with its last state", () => {
    const session = new CallsSession();
    session.take([call({ id: 1 }), call({ id: 2, open: true, milliseconds: 5000 })]);
    const { began } = session.rows[1]!;
    expect(Date.now() - began).toBeGreaterThanOrEqual(5000);
    session.take([call({ id: 2, open: false, milliseconds: 6000 }), call({ id: 3 })]);
    expect(session.rows.map(({ id, open }) => [id, open])).toEqual([[1, false], [2, false], [3, false]]);
    expect(session.rows[1]!.began).toBe(began);
  });

  it("stands still while it is paused, and has all that came afterwards", () => {
    const session = new CallsSession();
    session.take([call({ id: 1 })]);
    session.pause();
    session.take([call({ id: 2 })]);
    session.take([call({ id: 3 })]);
    expect([session.rows.map(({ id }) => id), session.waiting.length]).toEqual([[1], 2]);
    session.resume();
    expect([session.rows.map(({ id }) => id), session.waiting.length]).toEqual([[1, 2, 3], 0]);
  });

  it("forgets what has ended when it is cleared, also what ends later, but not what is open", () => {
    const session = new CallsSession();
    session.take([call({ id: 1 }), call({ id: 2, open: true })]);
    session.clear();
    session.take([call({ id: 1 }), call({ id: 2, open: false }), call({ id: 3 })]);
    expect(session.rows.map(({ id }) => id)).toEqual([2, 3]);
  });

  it("is bounded, and keeps what is open", () => {
    const session = new CallsSession();
    session.take([call({ id: 1, open: true })]);
    for (let id = 2; id < 6000; id += 100) session.take(Array.from({ length: 100 }, (_, index) => call({ id: id + index })));
    expect(session.rows).toHaveLength(5000);
    expect([session.rows[0]!.id, session.rows.at(-1)!.id]).toEqual([1, 6001]);
  });
});
