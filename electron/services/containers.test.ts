import { expect, it } from "vitest";
import { containerForm } from "../ipc/contract/container-form.ts";
import { overlayRequest, toCreateOptions } from "./create-options.ts";
import { checkPorts, parseSocketLine } from "./ports.ts";
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { basename } from "node:path";
import { createDocker } from "./docker-client.ts";

it("a form becomes the request that docker run sends", () => {
  const form = containerForm.parse({
    image: "postgres:17",
    name: "db",
    command: ["-c", "log_statement=all"],
    env: [{ name: "POSTGRES_PASSWORD", value: "a=b" }],
    ports: [
      { containerPort: 5432, hostPort: 5433, hostIp: "127.0.0.1" },
      { containerPort: 5432 },
      { containerPort: 53, hostPort: 5353, protocol: "udp" },
    ],
    volumes: [
      { type: "volume", source: "data", target: "/var/lib/postgresql/data" },
      { type: "bind", source: "/etc/hosts", target: "/hosts", readOnly: true },
      { type: "tmpfs", target: "/tmp", options: ["size=1m", "mode=1777"] },
      { type: "volume", target: "/anonymous" },
      { type: "volume", target: "/fresh", options: ["nocopy"] },
      { type: "bind", source: "/a:b", target: "/ab", options: ["rslave"] },
    ],
    restartPolicy: { name: "on-failure", maximumRetryCount: 3 },
    memoryBytes: 512 * 1024 * 1024,
    cpus: 1.5,
  });
  expect(toCreateOptions(form)).toMatchObject({
    Image: "postgres:17",
    Cmd: ["-c", "log_statement=all"],
    Env: ["POSTGRES_PASSWORD=a=b"],
    ExposedPorts: { "5432/tcp": {}, "53/udp": {} },
    Volumes: { "/anonymous": {} },
    HostConfig: {
      PortBindings: {
        "5432/tcp": [
          { HostIp: "127.0.0.1", HostPort: "5433" },
          { HostIp: "", HostPort: "" },
        ],
        "53/udp": [{ HostIp: "", HostPort: "5353" }],
      },
      Binds: ["data:/var/lib/postgresql/data", "/etc/hosts:/hosts:ro"],
      Mounts: [
        { Type: "volume", Source: "", Target: "/fresh", ReadOnly: false, VolumeOptions: { NoCopy: true, Labels: {}, DriverConfig: { Name: "", Options: {} } } },
        { Type: "bind", Source: "/a:b", Target: "/ab", ReadOnly: false, BindOptions: { CreateMountpoint: true, Propagation: "rslave" } },
      ],
      Tmpfs: { "/tmp": "size=1m,mode=1777" },
      RestartPolicy: { Name: "on-failure", MaximumRetryCount: 3 },
      Memory: 536_870_912,
      NanoCpus: 1_500_000_000,
    },
  });
});

it("networks, health, limits and the rest go where docker run puts them", () => {
  const form = containerForm.parse({
    image: "x",
    networks: [{ name: "web", aliases: ["www"], ipAddress: "10.9.0.5" }, { name: "db" }],
    health: { type: "command", command: "true", intervalMs: 1500, retries: 2 },
    gpus: { count: -1 },
    ulimits: [{ name: "nofile", soft: 1024, hard: -1 }],
    extraHosts: ["db=10.0.0.1"],
    ports: [{ containerPort: 80, hostPort: 8000, hostPortEnd: 8010 }],
    logging: { options: { "max-size": "10m" } },
    stopTimeoutSeconds: 0,
  });
  expect(toCreateOptions(form)).toMatchObject({
    Healthcheck: { Test: ["CMD-SHELL", "true"], Interval: 1_500_000_000, Retries: 2 },
    NetworkingConfig: { EndpointsConfig: { web: { Aliases: ["www"], IPAMConfig: { IPv4Address: "10.9.0.5" } }, db: {} } },
    StopTimeout: 0,
    HostConfig: {
      NetworkMode: "web", DeviceRequests: [{ Count: -1, Capabilities: [["gpu"]] }], Ulimits: [{ Name: "nofile", Soft: 1024, Hard: -1 }], ExtraHosts: ["db:10.0.0.1"],
      PortBindings: { "80/tcp": [{ HostPort: "8000-8010" }] }, LogConfig: { Type: "json-file", Config: { "max-size": "10m" } },
    },
  });
});

it("a form over an existing container keeps what it has no field for, and nothing else", () => {
  const current = { Image: "x", Env: ["OLD=1"], Shell: ["/bin/ash"], AttachStdout: true, HostConfig: { Memory: 9_000_000, OomScoreAdj: 7, Binds: ["a:/a"] } };
  const next = overlayRequest(current, containerForm.parse({ image: "x", env: [{ name: "NEW", value: "2" }] }));
  expect(next).toMatchObject({ Env: ["NEW=2"], Shell: ["/bin/ash"], AttachStdout: true, HostConfig: { OomScoreAdj: 7 } });
  expect(next.HostConfig).not.toHaveProperty("Memory");
  expect(next.HostConfig).not.toHaveProperty("Binds");
});

it("mounts that the form did not touch keep the options it cannot say", () => {
  const long = { Type: "volume" as const, Source: "data", Target: "/data", ReadOnly: true, VolumeOptions: { NoCopy: false, Labels: {}, DriverConfig: { Name: "local", Options: {} }, Subpath: "sub" } };
  const current = { Image: "x", Healthcheck: { Test: ["CMD", "x"], StartInterval: 5 }, HostConfig: { Mounts: [long, { Type: "bind" as const, Source: "/a", Target: "/b" }] } };
  const form = { image: "x", health: { type: "command", command: ["x"] }, volumes: [{ type: "volume", source: "data", target: "/data", readOnly: true }, { type: "bind", source: "/a", target: "/changed" }] };
  expect(overlayRequest(current, containerForm.parse(form))).toMatchObject({ Healthcheck: { Test: ["CMD", "x"], StartInterval: 5 }, HostConfig: { Binds: ["/a:/changed"], Mounts: [long] } });
});

it("an empty command leaves the image's", () => {
  expect(toCreateOptions(containerForm.parse({ image: "x", command: [] }))).not.toHaveProperty("Cmd");
});

it("reads the kernel's table of sockets", () => {
  const line = "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 41234 1 0000000000000000 100 0 0 10 0";
  expect(parseSocketLine(line, "0A")).toEqual([{ address: "127.0.0.1", port: 8080, inode: "41234" }]);
  expect(parseSocketLine(line, "07")).toEqual([]);
  const any6 = "   0: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A 0:0 00:0 0 0 0 77 1";
  expect(parseSocketLine(any6, "0A")).toEqual([{ address: "::", port: 80, inode: "77" }]);
  const loopback6 = "   0: 00000000000000000000000001000000:0050 00000000000000000000000000000000:0000 0A 0:0 00:0 0 0 0 78 1";
  expect(parseSocketLine(loopback6, "0A")).toEqual([{ address: "::1", port: 80, inode: "78" }]);
  expect(parseSocketLine("", "0A")).toEqual([]);
});

it("tells free ports from taken ones, also without an engine", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const docker = createDocker({ type: "unix", socketPath: "/nonexistent.sock", url: "unix:///nonexistent.sock", managed: false });
  const [any, same, other] = await checkPorts(docker, [
    { port, protocol: "tcp" },
    { port, protocol: "tcp", hostIp: "127.0.0.1" },
    { port, protocol: "tcp", hostIp: "127.0.0.2" },
  ]);
  expect(any).toMatchObject({ free: false, owner: { pid: process.pid } });
  expect(same?.free).toBe(false);
  expect(other?.free).toBe(true);
  await new Promise((resolve) => server.close(resolve));
});

it("names a program by its file where its main thread has no name of its own", async () => {
  const child = spawn(process.execPath, ["-e", 'const server = require("node:net").createServer(); server.listen(0, "127.0.0.1", () => console.log(server.address().port))'], { stdio: ["ignore", "pipe", "inherit"] });
  const port = Number(await new Promise<string>((resolve) => child.stdout.once("data", (data: Buffer) => resolve(data.toString()))));
  const docker = createDocker({ type: "unix", socketPath: "/nonexistent.sock", url: "unix:///nonexistent.sock", managed: false });
  const [check] = await checkPorts(docker, [{ port, protocol: "tcp" }]);
  child.kill();
  expect(check?.owner).toEqual({ pid: child.pid, process: basename(process.execPath) });
});
