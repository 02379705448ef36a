import { describe, expect, it } from "vitest";
import { containerForm } from "../../../../electron/ipc/contract/container-form.ts";
import { emptyMount, emptyNetwork, emptyRun, type RunText } from "../../../lib/run/form.ts";
import { textOfRequest } from "../../../lib/run/from-request.ts";
import { fields, isFound, specials, usedIn, wordsOfField } from "./fields.ts";
import { parseEnvFile } from "./read-text.ts";
import { parseRun } from "./run-form.ts";
import { diffLines, settingName } from "./setting-words.ts";

const web: RunText = {
  ...emptyRun,
  image: "nginx:alpine",
  name: "web-1",
  command: "nginx -g 'daemon off;'",
  ports: [{ host: "8080", container: "80", protocol: "tcp" }, { host: "", container: "", protocol: "tcp" }, { host: "127.0.0.1:5353", container: "53", protocol: "udp" }, { host: "9000-9001", container: "90-91", protocol: "tcp" }, { host: "8000-8010", container: "81", protocol: "tcp" }],
  env: [{ name: "MODE", value: "a b" }],
  mounts: [{ ...emptyMount, type: "bind", source: "/srv/www", target: "/usr/share/nginx/html", readOnly: true }, { ...emptyMount, source: "data", target: "/data" }, { ...emptyMount, target: "/cache" }, { ...emptyMount, type: "tmpfs", target: "/tmp", options: "size=1m, mode=1777" }],
  networks: [{ ...emptyNetwork, name: "web", aliases: "www api", ip: "10.0.0.5" }],
  restart: "on-failure", restartRetries: "3",
  memory: "512m", memorySwap: "-1", cpus: "1.5", ulimits: "nofile=1024:unlimited", devices: "/dev/a /dev/b:/dev/c:rw /dev/d:r", gpus: "device=0,1",
  health: "command", healthCommand: "true", healthInterval: "1m30s",
  stopTimeout: "0", logOptions: [{ name: "max-size", value: "10m" }],
};

describe("the run form", () => {
  it("becomes what the contract asks for", () => {
    const { form, errors } = parseRun(web);
    expect(errors).toEqual({});
    expect(containerForm.safeParse(form).error).toBeUndefined();
    expect(form).toMatchObject({
      image: "nginx:alpine", name: "web-1", command: ["nginx", "-g", "daemon off;"],
      ports: [
        { hostPort: 8080, containerPort: 80, protocol: "tcp" }, { hostIp: "127.0.0.1", hostPort: 5353, containerPort: 53, protocol: "udp" },
        { hostPort: 9000, containerPort: 90, protocol: "tcp" }, { hostPort: 9001, containerPort: 91, protocol: "tcp" }, { hostPort: 8000, hostPortEnd: 8010, containerPort: 81 },
      ],
      env: [{ name: "MODE", value: "a b" }],
      volumes: [
        { type: "bind", source: "/srv/www", target: "/usr/share/nginx/html", readOnly: true, options: [] }, { type: "volume", source: "data", target: "/data", readOnly: false, options: [] },
        { type: "volume", target: "/cache", readOnly: false, options: [] }, { type: "tmpfs", target: "/tmp", readOnly: false, options: ["size=1m", "mode=1777"] },
      ],
      networks: [{ name: "web", aliases: ["www", "api"], ipAddress: "10.0.0.5" }],
      restartPolicy: { name: "on-failure", maximumRetryCount: 3 }, memoryBytes: 536_870_912, memorySwapBytes: -1, cpus: 1.5, ulimits: [{ name: "nofile", soft: 1024, hard: -1 }],
      devices: [{ host: "/dev/a", container: "/dev/a", permissions: "rwm" }, { host: "/dev/b", container: "/dev/c", permissions: "rw" }, { host: "/dev/d", container: "/dev/d", permissions: "r" }],
      gpus: { deviceIds: ["0", "1"] }, health: { type: "command", command: "true", intervalMs: 90_000 }, stopTimeoutSeconds: 0, logging: { options: { "max-size": "10m" } },
    });
  });

  it.each<[string, Partial<RunText>, string]>([
    ["no image", { image: "" }, "image"],
    ["a port outside the range", { ports: [{ host: "70000", container: "80", protocol: "tcp" }] }, "ports.0.host"],
    ["a missing inner port", { ports: [{ host: "80", container: "", protocol: "tcp" }] }, "ports.0.container"],
    ["ranges that do not fit", { ports: [{ host: "80-82", container: "80-81", protocol: "tcp" }] }, "ports.0.host"],
    ["a port twice", { ports: [{ host: "80", container: "1", protocol: "tcp" }, { host: "80", container: "2", protocol: "tcp" }] }, "ports.1.host"],
    ["an open quotation mark", { command: "echo 'a" }, "command"],
    ["a name with a blank", { name: "a b" }, "name"],
    ["a relative target", { mounts: [{ ...emptyMount, source: "data", target: "data" }] }, "mounts.0.target"],
    ["an error below an empty row", { mounts: [emptyMount, { ...emptyMount, source: "data", target: "x" }] }, "mounts.1.target"],
    ["a relative folder", { mounts: [{ ...emptyMount, type: "bind", source: "src", target: "/x" }] }, "mounts.0.source"],
    ["a mount option", { mounts: [{ ...emptyMount, source: "data", target: "/x", options: "nope" }] }, "mounts.0.options"],
    ["a variable without a name", { env: [{ name: "", value: "x" }] }, "env.0.name"],
    ["restart with remove", { restart: "always", remove: true }, "remove"],
    ["a size", { memory: "12 apples" }, "memory"],
    ["too little memory", { memory: "1m" }, "memory"],
    ["swap below memory", { memory: "64m", memorySwap: "32m" }, "memorySwap"],
    ["a number", { cpus: "many" }, "cpus"],
    ["a duration without unit", { health: "command", healthCommand: "x", healthInterval: "30" }, "healthInterval"],
    ["a health check without command", { health: "command" }, "healthCommand"],
    ["an alias on bridge", { networks: [{ ...emptyNetwork, name: "bridge", aliases: "x" }] }, "networks.0.name"],
    ["an address", { networks: [{ ...emptyNetwork, name: "web", ip: "10.0.0" }] }, "networks.0.ip"],
    ["a second network beside host", { networks: [{ ...emptyNetwork, name: "host" }, { ...emptyNetwork, name: "web" }] }, "networks.1.name"],
    ["a host entry", { addHosts: "db" }, "addHosts"],
    ["a limit", { ulimits: "nofile" }, "ulimits"],
    ["a device", { devices: "ttyUSB0" }, "devices"],
    ["a DNS server", { dns: "dns.example" }, "dns"],
    ["a stop signal", { stopSignal: "stop" }, "stopSignal"],
    ["a working directory", { workingDir: "srv" }, "workingDir"],
    ["a label without a name", { labels: [{ name: "", value: "x" }] }, "labels.0.name"],
  ])("says where %s is wrong", (_, change, path) => {
    const { form, errors } = parseRun({ ...emptyRun, image: "nginx", ...change });
    expect(form).toBeUndefined();
    expect(Object.keys(errors)).toEqual([path]);
    expect(errors[path]).toMatch(/[.?]$/);
  });

  it("has health commands for the shell and without one, as a Dockerfile has", () => {
    expect(parseRun({ ...emptyRun, image: "nginx", health: "command", healthCommand: '["curl", "-f", "a b"]' }).form?.health).toEqual({ type: "command", command: ["curl", "-f", "a b"] });
    expect(textOfRequest({ Image: "nginx", Healthcheck: { Test: ["CMD", "curl", "-f", "a b"] } }, "").healthCommand).toBe('["curl","-f","a b"]');
    expect(parseRun({ ...emptyRun, image: "nginx", health: "command", healthCommand: "[ -f /ready ]" }).form?.health).toEqual({ type: "command", command: "[ -f /ready ]" });
  });

  it("reads env files and counts what is none", () => {
    expect(parseEnvFile("# c\nA=1\nexport B='x y'\n\nnope")).toEqual({ rows: [{ name: "A", value: "1" }, { name: "B", value: "x y" }], bad: ["nope"] });
  });

  it("comes from the request of a container", () => {
    const text = textOfRequest({
      Image: "nginx:alpine", Env: ["MODE=a b"], Entrypoint: [""], Volumes: { "/cache": {} }, ExposedPorts: { "80/tcp": {}, "9/udp": {} }, StopTimeout: 0,
      Healthcheck: { Test: ["CMD-SHELL", "true"], Interval: 90_000_000_000 },
      HostConfig: { Binds: ["data:/data:ro,nocopy"], PortBindings: { "80/tcp": [{ HostIp: "::1", HostPort: "8080" }] }, Memory: 536_870_912, NanoCpus: 1_500_000_000, NetworkMode: "web", RestartPolicy: { Name: "on-failure", MaximumRetryCount: 3 }, ShmSize: 67_108_864, IpcMode: "private", LogConfig: { Type: "json-file", Config: {} } },
      NetworkingConfig: { EndpointsConfig: { web: { Aliases: ["www"] } } },
    }, "web-1");
    expect(text).toEqual({
      ...emptyRun, image: "nginx:alpine", name: "web-1", entrypoint: "''", env: [{ name: "MODE", value: "a b" }], expose: "9/udp", ports: [{ host: "[::1]:8080", container: "80", protocol: "tcp" }],
      mounts: [{ ...emptyMount, source: "data", target: "/data", readOnly: true, options: "nocopy" }, { ...emptyMount, target: "/cache" }], networks: [{ ...emptyNetwork, name: "web", aliases: "www" }],
      memory: "512m", cpus: "1.5", restart: "on-failure", restartRetries: "3", health: "command", healthCommand: "true", healthInterval: "90s", stopTimeout: "0",
    });
  });
});

describe("finding an option", () => {
  const found = (query: string): string[] => [...fields.filter((field) => isFound(query, wordsOfField(field))).map(({ key }) => key), ...specials.filter(({ words, group }) => isFound(query, `${words} ${group}`)).map(({ id }) => id)];
  it.each([["--cap-add", ["capAdd"]], ["mac", ["networks"]], ["ram", ["memory"]], ["health interval", ["health"]], ["-v", ["mounts"]], ["grace", ["stopTimeout"]]])("%s", (query, keys) => {
    expect(found(query)).toEqual(expect.arrayContaining(keys));
    expect(found(query).length).toBeLessThan(8);
  });

  it("counts what is set in a folded group", () => {
    expect(usedIn("Resources", web)).toBe(6);
    expect(usedIn("Security", emptyRun)).toBe(0);
  });
});

describe("a change in words", () => {
  it("names what goes and what comes", () => {
    expect(diffLines({ setting: "Config.Env", before: ["A=1", "B=2"], after: ["A=1", "B=3"], effect: "restart" })).toEqual([{ kind: "minus", text: "B=2" }, { kind: "plus", text: "B=3" }]);
    expect(diffLines({ setting: "Config.Env", before: ["DB_PASSWORD=old", "URL=postgres://me:old@db/x"], after: ["DB_PASSWORD=new", "URL=plain"], effect: "restart" })).toEqual([
      { kind: "minus", text: "DB_PASSWORD=old", masked: "DB_PASSWORD=••••••••" }, { kind: "minus", text: "URL=postgres://me:old@db/x", masked: "URL=postgres://me:••••••••@db/x" },
      { kind: "plus", text: "DB_PASSWORD=new", masked: "DB_PASSWORD=••••••••" }, { kind: "plus", text: "URL=plain" },
    ]);
    expect(diffLines({ setting: "Config.Labels", before: {}, after: { token: "seen" }, effect: "live" })).toEqual([{ kind: "plus", text: "token=seen" }]);
    expect(diffLines({ setting: "HostConfig.PortBindings", before: {}, after: { "80/tcp": [{ HostIp: "127.0.0.1", HostPort: "8080" }] }, effect: "restart" })).toEqual([{ kind: "plus", text: "127.0.0.1:8080 → 80/tcp" }]);
    expect(diffLines({ setting: "HostConfig.Memory", before: 0, after: 536_870_912, effect: "live" })).toEqual([{ kind: "plus", text: "512m" }]);
    expect(diffLines({ setting: "Mounts", before: [], after: [{ Type: "volume", Name: "data", Destination: "/data", RW: false }], effect: "restart" })).toEqual([{ kind: "plus", text: "data → /data, read-only" }]);
    expect(settingName({ setting: "Networks.web", before: null, after: {}, effect: "live" })).toBe("Network web");
  });
});
