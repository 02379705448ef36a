/** Engines behind ssh and TLS. A script stands in for ssh: it connects its standard streams to a server of this test. */
import { execFileSync } from "node:child_process";
import { chmod, mkdtemp, rm, writeFile, readFile } from "node:fs/promises";
import { createServer as createHttpServer, type RequestListener, type Server } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Endpoint } from "./endpoint.ts";
import { parseAddress } from "./endpoint.ts";
import { probe } from "./probe.ts";
import { sshArguments, toSshError } from "./ssh-stream.ts";

type SshEndpoint = Extract<Endpoint, { type: "ssh" }>;
const signal = new AbortController().signal;
const answer: RequestListener = (request, response) => {
  response.writeHead(200, { "content-type": "application/json" }).end(request.url === "/version" ? '{"Version":"1.2.3","ApiVersion":"1.40","Os":"linux","Arch":"amd64"}' : "{}");
};

let folder: string;
const path = process.env["PATH"];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "slipway-remote-"));
  process.env["PATH"] = `${folder}:${path ?? ""}`;
});

afterAll(async () => {
  process.env["PATH"] = path;
  await rm(folder, { recursive: true });
});

async function fakeSsh(body: string): Promise<void> {
  await writeFile(join(folder, "ssh"), `#!${process.execPath}\n${body}\n`);
  await chmod(join(folder, "ssh"), 0o755);
}

async function listening<T extends Server>(server: T, where: string | number): Promise<AsyncDisposable & { port: number }> {
  await new Promise<void>((resolve) => server.listen(where, typeof where === "number" ? () => resolve() : resolve as never));
  return {
    port: typeof where === "number" ? (server.address() as AddressInfo).port : 0,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe("ssh", () => {
  const build = parseAddress("ssh://ci@build.example:2222/run/user/1000/my docker.sock") as SshEndpoint;

  it("runs Docker's dial-stdio at the other end, asks no questions, and takes nothing for an option", () => {
    expect(sshArguments(build)).toEqual(["-o", "ConnectTimeout=15", "-o", "BatchMode=yes", "-T", "-l", "ci", "-p", "2222", "--", "build.example", "docker", "--host", "unix://'/run/user/1000/my docker.sock'", "system", "dial-stdio"]);
    expect(sshArguments(parseAddress("ssh://build.example") as SshEndpoint).slice(5)).toEqual(["--", "build.example", "docker", "system", "dial-stdio"]);
  });

  it("carries requests", async () => {
    const socket = join(folder, "engine.sock");
    await using _server = await listening(createHttpServer(answer), socket);
    await fakeSsh(`require("node:fs").writeFileSync(${JSON.stringify(join(folder, "args"))}, process.argv.slice(2).join(" "));const s = require("node:net").connect(${JSON.stringify(socket)}); process.stdin.pipe(s); s.pipe(process.stdout);`);
    expect(await probe(parseAddress("ssh://me@host"), signal)).toMatchObject({ version: "1.2.3", apiVersion: "1.40" });
    expect(await readFile(join(folder, "args"), "utf8")).toContain("-l me -- host docker system dial-stdio");
  });

  it("says what is wrong in a sentence", async () => {
    await fakeSsh(`console.error("ci@build.example: Permission denied (publickey)."); process.exit(255);`);
    await expect(probe(build, signal)).rejects.toMatchObject({ code: "unauthorized", message: "build.example accepted no ssh key of this user. Load the key with ssh-add, or name it in ~/.ssh/config.", data: { details: { command: "ssh -p 2222 ci@build.example" } } });
  });

  it.each([
    ["Host key verification failed.", "The host key of build.example is not known"],
    ["ssh: Could not resolve hostname build.example: Name or service not known", "There is no machine called build.example."],
    ["ssh: connect to host build.example port 2222: Connection refused", "build.example refuses ssh connections on port 2222."],
    ["ssh: connect to host build.example port 2222: Connection timed out", "build.example does not answer."],
    ["bash: line 1: docker: command not found", "has no docker command"],
    ["permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock", "it is not in the group docker"],
    ["Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?", "no engine answers on build.example"],
    ["something new", "ssh to build.example failed."],
  ])("understands %j", (printed, sentence) => {
    expect(toSshError(printed, build).message).toContain(sentence);
  });
});

describe("TLS", () => {
  let certificate: { cert: string; key: string };

  beforeAll(async () => {
    const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
    execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"], { stdio: "ignore" });
    certificate = { cert, key };
  });

  async function serve(requireClient: boolean) {
    const [cert, key] = await Promise.all([readFile(certificate.cert), readFile(certificate.key)]);
    return listening(createHttpsServer({ cert, key, ca: cert, requestCert: requireClient, rejectUnauthorized: requireClient }, answer) as unknown as Server, 0);
  }

  it("works with the authority and the client's certificate, and without verification", async () => {
    await using server = await serve(true);
    const address = `tcp://127.0.0.1:${server.port}`;
    expect(await probe(parseAddress(address, { ca: certificate.cert, ...certificate }), signal)).toMatchObject({ version: "1.2.3" });
    expect(await probe(parseAddress(address, { ...certificate, skipVerify: true }), signal)).toMatchObject({ version: "1.2.3" });
  });

  it("says which side is not believed", async () => {
    await using server = await serve(true);
    const address = `tcp://127.0.0.1:${server.port}`;
    await expect(probe(parseAddress(address, {}), signal)).rejects.toMatchObject({ code: "unauthorized", message: "The certificate of 127.0.0.1 is not signed by the authority that is given here." });
    await expect(probe(parseAddress(address, { ca: certificate.cert }), signal)).rejects.toMatchObject({ code: "unauthorized", message: "127.0.0.1 does not accept the client certificate that is given here." });
    await expect(probe(parseAddress(address), signal)).rejects.toMatchObject({ code: expect.stringMatching(/unavailable|unauthorized/) as string });
  });

  it("says that a port speaks no TLS, that nothing listens, and that what answers is no engine", async () => {
    const plain = await listening(createHttpServer(answer), 0);
    await expect(probe(parseAddress(`tcp://127.0.0.1:${plain.port}`, { skipVerify: true }), signal)).rejects.toMatchObject({ message: "127.0.0.1 does not speak TLS on this port: connect without certificates." });
    await plain[Symbol.asyncDispose]();
    await expect(probe(parseAddress(`tcp://127.0.0.1:${plain.port}`), signal)).rejects.toMatchObject({ code: "unavailable", message: `No engine answers at tcp://127.0.0.1:${plain.port}.` });
    await using other = await listening(createHttpServer((_request, response) => response.end("hello")), 0);
    await expect(probe(parseAddress(`tcp://127.0.0.1:${other.port}`), signal)).rejects.toMatchObject({ message: `Something answers at tcp://127.0.0.1:${other.port}, but it is no Docker-compatible engine.` });
  });

  it("names the file that is wrong", async () => {
    const at = (tls: object) => probe(parseAddress("tcp://127.0.0.1:1", tls), signal);
    await expect(at({ ca: "/nowhere/ca.pem" })).rejects.toMatchObject({ code: "invalidArgument", message: "The file /nowhere/ca.pem does not exist." });
    await expect(at({ ca: join(folder, "key.pem") })).rejects.toMatchObject({ message: `The file ${join(folder, "key.pem")} holds no certificate in PEM format.` });
    await expect(at({ cert: certificate.cert })).rejects.toMatchObject({ message: "A client certificate and its key belong together: name both, or neither." });
  });
});
