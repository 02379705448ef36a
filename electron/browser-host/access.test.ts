import { request } from "node:http";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import type { TestDesktop } from "../testing/window.ts";
import { logIn, startDesktop, unixEndpoint } from "../testing/window.ts";

let desktop: TestDesktop;
let own: string;

beforeAll(async () => {
  desktop = await startDesktop(unixEndpoint("/nonexistent/docker.sock"));
  own = `127.0.0.1:${desktop.host.port}`;
});

afterAll(async () => {
  await desktop?.[Symbol.asyncDispose]();
});

/** `fetch` neither sends a Host of one's choice nor keeps `..` in a path. */
function ask(path: string, headers: Record<string, string> = {}, method = "GET"): Promise<{ status: number; headers: Record<string, string | string[] | undefined>; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", port: desktop.host.port, path, method, headers: { Host: own, ...headers } }, (response) => {
      let body = "";
      response.on("data", (data: Buffer) => (body += data.toString()));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    sent.once("error", reject);
    sent.end();
  });
}

/** The answer to a WebSocket handshake: 101, or the status of the refusal. */
function handshake(path: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve) => {
    const websocket = new WebSocket(`ws://${own}${path}`, { headers });
    websocket.once("open", () => {
      websocket.terminate();
      resolve(101);
    });
    websocket.once("unexpected-response", (_sent, response) => {
      resolve(response.statusCode ?? 0);
      websocket.terminate();
    });
    websocket.on("error", () => undefined);
  });
}

describe("the link", () => {
  it("works once, and hides its token at once", async () => {
    const path = new URL(desktop.host.newLink()).pathname + new URL(desktop.host.newLink()).search;
    const first = await ask(path);
    expect(first.status).toBe(303);
    expect(first.headers["location"]).toBe("/");
    const [cookie = ""] = first.headers["set-cookie"] ?? [];
    expect(cookie).toMatch(/; HttpOnly; SameSite=Strict; Path=\/$/);
    expect((await ask(path)).status).toBe(401);
    expect((await ask("/", { Cookie: cookie.split(";")[0] ?? "" })).body).toContain("<title>Slipway</title>");
  });

  it("is not used up by HEAD, which a link preview sends", async () => {
    const url = new URL(desktop.host.newLink());
    expect((await ask(url.pathname + url.search, {}, "HEAD")).status).toBe(401);
    expect((await ask(url.pathname + url.search)).status).toBe(303);
  });

  it("lets a browser with a cookie in again, whatever its token", async () => {
    expect((await ask("/?token=used", { Cookie: desktop.cookie })).status).toBe(303);
  });
});

describe("pages", () => {
  it("need the cookie", async () => {
    for (const path of ["/", "/index.html", "/assets/app.js", "/missing"]) expect((await ask(path)).status).toBe(401);
    expect((await ask("/", { Cookie: `${desktop.cookie.split("=")[0]}=${"a".repeat(43)}` })).status).toBe(401);
  });

  it("are refused under a foreign name (DNS rebinding) and to foreign origins", async () => {
    for (const host of ["evil.example", `evil.example:${desktop.host.port}`, "127.0.0.1", `127.0.0.1:${desktop.host.port + 1}`]) {
      expect((await ask("/", { Host: host, Cookie: desktop.cookie })).status).toBe(403);
    }
    expect((await ask("/", { Origin: "http://evil.example", Cookie: desktop.cookie })).status).toBe(403);
    expect((await ask("/", { Origin: "null", Cookie: desktop.cookie })).status).toBe(403);
    expect((await ask("/", { Origin: `http://localhost:${desktop.host.port}`, Cookie: desktop.cookie })).status).toBe(403);
  });

  it("carry a strict policy", async () => {
    const { headers } = await ask("/", { Cookie: desktop.cookie });
    const policy = String(headers["content-security-policy"]);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain(`connect-src 'self' ws://${own}`);
    expect(headers).toMatchObject({ "x-content-type-options": "nosniff", "x-frame-options": "DENY", "referrer-policy": "no-referrer", "cache-control": "no-store" });
  });

  it("cache built files for ever, and answer HEAD", async () => {
    const { headers, body } = await ask("/assets/app.js", { Cookie: desktop.cookie }, "HEAD");
    expect(headers["cache-control"]).toContain("immutable");
    expect(headers["content-length"]).toBe("10");
    expect(body).toBe("");
  });

  it("never lie outside the renderer's folder", async () => {
    const paths = ["/../secret.html", "/..%2fsecret.html", "/%2e%2e/secret.html", "/assets/../../secret.html", "//etc/passwd", "/..\\secret.html", "/assets/%00.js", "/%", "/.hidden.html"];
    for (const path of paths) {
      const { status, body } = await ask(path, { Cookie: desktop.cookie });
      expect([path, status]).toEqual([path, 404]);
      expect(body).not.toContain("not for you");
    }
  });

  it("are only read", async () => {
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) expect((await ask("/", { Cookie: desktop.cookie }, method)).status).toBe(405);
  });
});

describe("the WebSocket", () => {
  it("opens for our own page with its cookie", async () => {
    expect(await handshake("/ipc", { Origin: `http://${own}`, Cookie: desktop.cookie })).toBe(101);
  });

  it("is refused without cookie, to foreign or absent origins, under foreign names and other paths", async () => {
    const origin = `http://${own}`;
    expect(await handshake("/ipc", { Origin: origin })).toBe(401);
    expect(await handshake("/ipc", { Origin: "http://evil.example", Cookie: desktop.cookie })).toBe(403);
    expect(await handshake("/ipc", { Origin: `https://${own}`, Cookie: desktop.cookie })).toBe(403);
    expect(await handshake("/ipc", { Cookie: desktop.cookie })).toBe(403);
    expect(await handshake("/ipc", { Host: "evil.example", Origin: "http://evil.example", Cookie: desktop.cookie })).toBe(403);
    expect(await handshake("/other", { Origin: origin, Cookie: desktop.cookie })).toBe(404);
  });

  it("is closed on a message that is too large or not of the protocol, and the host lives on", async () => {
    const { websocket } = await desktop.connect();
    websocket.on("error", () => undefined);
    const closed = new Promise((resolve) => websocket.once("close", resolve));
    websocket.send("{ not json");
    websocket.send("x".repeat(5 * 1024 * 1024));
    expect(await closed).toBe(1009);
    expect((await desktop.client.app.info()).host).toBe("browser");
  });
});

describe("the host", () => {
  it("listens on loopback only", async () => {
    const { networkInterfaces } = await import("node:os");
    const outer = Object.values(networkInterfaces()).flat().find((one) => one?.family === "IPv4" && !one.internal);
    if (outer === undefined) return;
    const refused = await new Promise((resolve) => {
      const socket = connect(desktop.host.port, outer.address);
      socket.once("connect", () => resolve(false));
      socket.once("error", () => resolve(true));
    });
    expect(refused).toBe(true);
  });

  it("keeps the streams of two windows apart", async () => {
    expect(await logIn(desktop.host)).not.toBe(desktop.cookie);
    const { client } = await desktop.connect();
    await expect(client.terminal.input({ streamId: "theirs", data: "x" })).rejects.toMatchObject({ code: "notFound" });
  });

  it("opens only web addresses outside", async () => {
    await desktop.client.app.openExternal({ url: "https://docs.docker.com/" });
    for (const url of ["file:///etc/passwd", "javascript:alert(1)", "smb://host/share", "nonsense"]) {
      await expect(desktop.client.app.openExternal({ url })).rejects.toMatchObject({ code: "invalidArgument" });
    }
    expect(desktop.opened).toEqual(["https://docs.docker.com/"]);
  });
});
