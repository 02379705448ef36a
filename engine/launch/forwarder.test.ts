import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { connect } from "node:net";
import type { AddressInfo, Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { waitFor } from "../../e2e/fixtures/exec.ts";
import { HttpTransport, readBounded } from "../registry/transport.ts";
import { isAlive } from "../sys/processes.ts";
import { WITH_FORWARDER, isAwaited, startForwarder } from "./forwarder.ts";

const MAIN = fileURLToPath(new URL("./forwarder-main.ts", import.meta.url));

function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), "slipway-forwarder-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

async function serve(server: Server, host = "127.0.0.1"): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

function transport(forwarder: string): HttpTransport {
  const made = new HttpTransport({ forwarder, stallTimeoutMs: 5000 });
  onTestFinished(() => made.close());
  return made;
}

async function get(via: HttpTransport, url: string): Promise<string> {
  const response = await via.send({ url: new URL(url), headers: {}, insecure: true, registry: "here" });
  return Buffer.from(await readBounded(response, 1 << 26, "the body")).toString();
}

/** What the forwarder answers to one raw request. */
async function ask(path: string, head: string): Promise<string> {
  const socket = connect(path);
  socket.write(`${head}\r\nhost: x\r\n\r\n`);
  let answer = "";
  for await (const chunk of socket) answer += String(chunk);
  return answer.split("\r\n")[0]!;
}

const hello: RequestListener = (_request, response) => void response.end("hello");

describe("a forwarder", () => {
  test("carries http by name and by address, and many bytes", async () => {
    const path = join(temporary(), "f.sock");
    const port = await serve(createServer((request, response) => void response.end(request.url === "/big" ? "x".repeat(20 << 20) : request.headers.host)));
    await startForwarder(path, 100);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const via = transport(path);
    expect(await get(via, `http://127.0.0.1:${port}/`)).toBe(`127.0.0.1:${port}`);
    expect(await get(via, `http://localhost:${port}/`)).toBe(`localhost:${port}`);
    expect(await get(via, `http://registry.localhost:${port}/`)).toBe(`registry.localhost:${port}`);
    expect(await get(via, `http://127.0.0.1:${port}/big`)).toHaveLength(20 << 20);
  });

  test("carries TLS end to end, and ::1", async () => {
    const folder = temporary();
    const [key, cert] = [join(folder, "key"), join(folder, "cert")];
    execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=localhost", "-days", "1", "-keyout", key, "-out", cert], { stdio: "ignore" });
    const port = await serve(createTlsServer({ key: execFileSync("cat", [key]), cert: execFileSync("cat", [cert]) }, hello));
    const six = await serve(createServer(hello), "::1");
    const path = join(folder, "f.sock");
    await startForwarder(path, 100);
    const via = transport(path);
    expect(await get(via, `https://localhost:${port}/`)).toBe("hello");
    expect(await get(via, `http://[::1]:${six}/`)).toBe("hello");
    await expect(via.send({ url: new URL(`https://localhost:${port}/`), headers: {}, insecure: false, registry: "here" })).rejects.toThrow(/unknown authority/);
  });

  test("goes nowhere but to the loopback", async () => {
    const path = join(temporary(), "f.sock");
    await startForwarder(path, 100);
    for (const target of ["10.0.0.1:80", "example.com:80", "localhost.example.com:80", "[fe80::1]:80", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:99999", "x"]) {
      expect(await ask(path, `CONNECT ${target} HTTP/1.1`)).toMatch(/^HTTP\/1\.1 40[03] /);
    }
    expect(await ask(path, "GET http://127.0.0.1/ HTTP/1.1\r\nconnection: close")).toMatch(/^HTTP\/1\.1 405 /);
  });

  test("says that nothing listens as a connection of one's own would", async () => {
    const path = join(temporary(), "f.sock");
    await startForwarder(path, 100);
    for (const host of ["127.0.0.1", "localhost", "[::1]"]) {
      await expect(get(transport(path), `http://${host}:1/`)).rejects.toMatchObject({ code: "unavailable", details: { reason: "ECONNREFUSED" } });
    }
  });

  test("closes when nobody uses it, and not before", async () => {
    const path = join(temporary(), "f.sock");
    const port = await serve(createServer((_request, response) => void setTimeout(() => response.end("late"), 300)));
    const { closed } = await startForwarder(path, 50);
    const via = transport(path);
    expect(await get(via, `http://127.0.0.1:${port}/`)).toBe("late");
    expect(await get(via, `http://localhost:${port}/`)).toBe("late");
    // Connections that are kept for the next request are given up in time.
    await closed;
  });
});

describe("beside the holder", () => {
  test("starts on demand, again after its end, and ends with the command however that ends", async () => {
    const folder = temporary();
    const path = join(folder, "f.sock");
    const port = await serve(createServer(hello));
    const command = spawn("/bin/sh", ["-c", WITH_FORWARDER, "sh", path, process.execPath, MAIN, "sleep", "600"], { stdio: "ignore", env: { PATH: process.env["PATH"] } });
    const ended = once(command, "exit");
    await waitFor("the loop", () => isAwaited(`${path}.wake`), 5000, 5);
    expect(existsSync(path)).toBe(false);
    const forwarders = (): number[] => execFileSync("ps", ["-eo", "pid=,args=", "-ww"], { encoding: "utf8" }).split("\n").filter((line) => line.includes(path) && !line.includes("/bin/sh")).map((line) => Number.parseInt(line, 10));
    const bodies = await Promise.all([1, 2, 3, 4].map(() => get(transport(path), `http://127.0.0.1:${port}/`)));
    expect(bodies).toEqual(["hello", "hello", "hello", "hello"]);
    const [first, ...more] = forwarders();
    expect(more).toEqual([]);
    process.kill(first!, "SIGKILL");
    await waitFor("its end", () => !isAlive(first!), 5000, 5);
    expect(await get(transport(path), `http://127.0.0.1:${port}/`)).toBe("hello");
    command.kill("SIGKILL");
    await ended;
    await waitFor("the end of all", () => !isAwaited(`${path}.wake`) && forwarders().length === 0, 5000, 10);
    await expect(get(transport(path), `http://127.0.0.1:${port}/`)).rejects.toThrow(/its forwarder does not run/);
  });
});
