import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { composeFile } from "./compose.ts";
import { csvPairs, joinCsv, splitCsv } from "./csv.ts";
import { emptyMount, emptyNetwork, emptyRun, type MountText, type NamedText, type NetworkText, type PortText, type RunText } from "./form.ts";
import { joinWords } from "./networks.ts";
import { parseRunLine } from "./parse.ts";
import { runLine } from "./print.ts";
import { formatBytes, formatDuration, parseBytes, parseDuration } from "./units.ts";

const odd = fc.string({ unit: fc.constantFrom("a", "B", "7", "-", "=", ":", ",", " ", "'", '"', "\\", "$", "ü", "*", "#"), maxLength: 8 });
const trimmed = odd.map((text) => text.trim());
const bare = fc.stringMatching(/^[a-z0-9][a-z0-9_.-]{0,8}$/);
const path = fc.array(fc.string({ unit: fc.constantFrom("a", "b", " ", ":", ",", "'", "é"), minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 3 }).map((parts) => `/${parts.join("/")}`.trim());
const words = fc.array(odd, { maxLength: 3 }).map(joinWords);
const named: fc.Arbitrary<NamedText[]> = fc.array(fc.record({ name: fc.stringMatching(/^[A-Za-z_][\w.]{0,6}$/), value: odd }), { maxLength: 3 });
const portNumber = fc.integer({ min: 1, max: 65_535 }).map(String);
const ports: fc.Arbitrary<PortText[]> = fc.array(fc.record({ host: fc.oneof(fc.constant(""), portNumber, portNumber.map((port) => `127.0.0.1:${port}`), fc.constant("[::1]:"), fc.constant("8000-8010")), container: fc.oneof(portNumber, fc.constant("80-90")), protocol: fc.constantFrom<"tcp" | "udp">("tcp", "udp") }), { maxLength: 3 });
const mount: fc.Arbitrary<MountText> = fc.oneof(
  fc.record({ type: fc.constant("bind" as const), source: path, target: path, readOnly: fc.boolean(), options: fc.constantFrom("", "z", "rslave", "z,rshared") }),
  fc.record({ type: fc.constant("volume" as const), source: fc.oneof(fc.constant(""), bare), target: path, readOnly: fc.boolean(), options: fc.constantFrom("", "nocopy") }),
  fc.record({ type: fc.constant("tmpfs" as const), source: fc.constant(""), target: path.map((text) => text.replaceAll(":", "").trim()), readOnly: fc.boolean(), options: fc.constantFrom("", "size=64m", "size=1g,mode=1777,exec") }),
).filter(({ target }) => target.startsWith("/") && target.length > 1);
const network: fc.Arbitrary<NetworkText> = fc.record({ name: bare, aliases: fc.array(bare, { maxLength: 2 }).map(joinWords), ip: fc.constantFrom("", "10.1.2.3"), mac: fc.constantFrom("", "02:42:ac:11:00:02") });

/** Forms as they can be: what is empty is left out of a line, and comes back empty. */
const form: fc.Arbitrary<RunText> = fc.record<RunText>({
  image: fc.constantFrom("nginx", "ghcr.io/a/b:v1@sha256:00", "localhost:5000/x"), name: fc.oneof(fc.constant(""), bare), command: words, entrypoint: fc.oneof(fc.constant(""), trimmed.map((word) => joinWords([word]))),
  workingDir: trimmed, user: trimmed, hostname: trimmed, domainname: trimmed, platform: trimmed, tty: fc.boolean(), interactive: fc.boolean(), init: fc.boolean(), remove: fc.boolean(),
  env: named, ports, publishAll: fc.boolean(), expose: words, mounts: fc.array(mount, { maxLength: 3 }), volumesFrom: words, networks: fc.array(network, { maxLength: 3 }),
  dns: words, dnsSearch: words, dnsOptions: words, addHosts: words, memory: trimmed, memorySwap: fc.constantFrom("", "-1", "2g"), memoryReservation: trimmed, cpus: trimmed, cpuShares: trimmed, cpusetCpus: trimmed,
  pidsLimit: fc.constantFrom("", "-1", "9"), shmSize: trimmed, ulimits: words, gpus: trimmed, devices: words,
  restart: fc.constantFrom("no", "always", "unless-stopped", "on-failure"), restartRetries: fc.constantFrom("", "3"),
  health: fc.constantFrom("image", "none", "command"), healthCommand: trimmed.filter(Boolean), healthInterval: trimmed, healthTimeout: trimmed, healthRetries: trimmed, healthStartPeriod: trimmed,
  privileged: fc.boolean(), readOnlyRoot: fc.boolean(), capAdd: words, capDrop: words, securityOpt: words, groupAdd: words, pid: trimmed, ipc: trimmed, sysctls: named, labels: named,
  logDriver: trimmed, logOptions: named, stopSignal: trimmed, stopTimeout: trimmed,
}).map((text) => ({
  ...text,
  restartRetries: text.restart === "on-failure" ? text.restartRetries : "",
  ...(text.health === "command" ? {} : { healthCommand: "", healthInterval: "", healthTimeout: "", healthRetries: "", healthStartPeriod: "" }),
}));

describe("a form as a line", () => {
  it("comes back from the line that it prints", () => {
    fc.assert(fc.property(form, (text) => {
      expect(parseRunLine(runLine(text))).toEqual({ text, notes: [] });
    }), { numRuns: 400 });
  });

  it("is read from whatever words, without failing", () => {
    fc.assert(fc.property(fc.array(fc.oneof(fc.constantFrom("-itd", "-p", "--mount", "--network=", "-e", "--", "--env=A", "-v", "-h", "--nope", "-x"), odd), { maxLength: 12 }), (list) => {
      const parsed = parseRunLine(["docker run", joinWords(list)].join(" "));
      if ("text" in parsed) expect(runLine(parsed.text)).toMatch(/^docker run -d/);
    }), { numRuns: 400 });
  });

  it.each<[string, string, Partial<RunText>]>([
    ["flags joined and with =", "docker run -itd --rm=true -eA=1 -p8080:80 --name=web nginx", { tty: true, interactive: true, remove: true, env: [{ name: "A", value: "1" }], ports: [{ host: "8080", container: "80", protocol: "tcp" }], name: "web" }],
    ["continued lines, a prompt and quotation marks", "$ sudo docker container run \\\n  --env \"GREETING=hello world\" \\\n  -e 'B=it'\\''s' \\\n  nginx sh -c 'echo $B'", { env: [{ name: "GREETING", value: "hello world" }, { name: "B", value: "it's" }], command: "sh -c 'echo $B'" }],
    ["long mounts", "docker run --mount type=bind,src=/a,dst=/b,readonly --mount 'type=tmpfs,target=/t,tmpfs-size=1m' -v data:/d:ro,z nginx", { mounts: [{ type: "bind", source: "/a", target: "/b", readOnly: true, options: "" }, { type: "tmpfs", source: "", target: "/t", readOnly: false, options: "size=1m" }, { type: "volume", source: "data", target: "/d", readOnly: true, options: "z" }] }],
    ["networks with aliases", "docker run --net web --net-alias a --network-alias b --ip 10.0.0.2 nginx", { networks: [{ ...emptyNetwork, name: "web", aliases: "a b", ip: "10.0.0.2" }] }],
    ["a cleared entrypoint and arguments that look like flags", "docker run --entrypoint '' nginx -p 1 --name x", { entrypoint: "''", command: "-p 1 --name x" }],
    ["a switch that is off", "docker run --init=false --privileged nginx", { privileged: true }],
    ["a restart policy with retries, limits and health", "docker run --restart on-failure:3 -m 1.5g --cpus .5 --ulimit nofile=1024:2048 --health-cmd 'curl -f x' --health-interval 5s --stop-timeout 0 nginx", { restart: "on-failure", restartRetries: "3", memory: "1.5g", cpus: ".5", ulimits: "nofile=1024:2048", health: "command", healthCommand: "curl -f x", healthInterval: "5s", stopTimeout: "0" }],
    ["an IPv6 address", "docker run -p '[::1]:8080:80/udp' nginx", { ports: [{ host: "[::1]:8080", container: "80", protocol: "udp" }] }],
  ])("reads %s", (_, line, part) => {
    expect(parseRunLine(line)).toEqual({ text: { ...emptyRun, image: "nginx", ...part }, notes: [] });
  });

  it("names what it leaves out", () => {
    expect(parseRunLine("docker run --detach --env-file .env --nope --userns host -v ./here:/x --oom-kill-disable -e HOME nginx")).toEqual({
      text: { ...emptyRun, image: "nginx", env: [{ name: "HOME", value: "" }] },
      notes: [
        "--env-file is left out: choose the file under Environment.",
        "--nope is no flag of docker run, and is left out.",
        "--userns is left out: the form has no field for it.",
        "--volume ./here:/x is left out: “./here” depends on the folder of a terminal: use an absolute path.".replace("--volume", "-v"),
        "--oom-kill-disable is left out: the form has no field for it.",
        "-e HOME takes its value from the terminal's environment: type it under Environment.",
      ],
    });
    expect(parseRunLine("docker run -d")).toMatchObject({ notes: ["The line names no image."] });
    expect(parseRunLine("docker ps")).toHaveProperty("error");
    expect(parseRunLine("docker run 'x")).toHaveProperty("error");
  });
});

describe("comma-separated fields", () => {
  it("come back as they were", () => {
    fc.assert(fc.property(fc.array(odd, { minLength: 1, maxLength: 4 }), (fields) => {
      expect(splitCsv(joinCsv(fields))).toEqual(fields);
    }));
    expect(csvPairs('type=bind,"source=/a,b",readonly')).toEqual([["type", "bind"], ["source", "/a,b"], ["readonly", ""]]);
  });
});

describe("units", () => {
  it("come back as they were", () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 2 ** 50 }), (value) => {
      expect(parseBytes(formatBytes(value))).toBe(value);
    }));
    fc.assert(fc.property(fc.integer({ min: 0, max: 10 ** 9 }), (value) => {
      expect(parseDuration(formatDuration(value))).toBe(value);
    }));
  });

  it.each([["512m", 536_870_912], ["1.5g", 1_610_612_736], ["64MiB", 67_108_864], ["100", 100], ["5 k", 5120], ["x", undefined], ["-1", undefined], ["1 mm", undefined], ["", undefined]])("reads %s", (text, bytes) => expect(parseBytes(text)).toBe(bytes));
  it.each([["1m30s", 90_000], ["500ms", 500], ["1.5h", 5_400_000], ["30", undefined], ["s", undefined]])("reads %s", (text, ms) => expect(parseDuration(text)).toBe(ms));
});

it("compose has the same, with what it needs in quotation marks", () => {
  const text: RunText = {
    ...emptyRun, image: "nginx:alpine", name: "web", command: "sh -c 'echo $HOME: yes'", env: [{ name: "DEBUG", value: "yes" }, { name: "PORT", value: "80" }, { name: "MULTI", value: "a\nb: c" }],
    ports: [{ host: "8080", container: "80", protocol: "tcp" }], mounts: [{ ...emptyMount, source: "data", target: "/data" }, { ...emptyMount, type: "bind", source: "/srv", target: "/srv", readOnly: true }, { ...emptyMount, target: "/once", readOnly: true }, { ...emptyMount, type: "tmpfs", target: "/t", options: "size=1m" }],
    networks: [{ ...emptyNetwork, name: "back end", aliases: "www" }], restart: "unless-stopped", remove: true, labels: [{ name: "on", value: "1e3" }], stopTimeout: "0",
  };
  expect(composeFile(text)).toBe(`# --rm: docker compose down removes the container.
services:
  web:
    image: "nginx:alpine"
    container_name: web
    command:
      - sh
      - "-c"
      - "echo $$HOME: yes"
    environment:
      DEBUG: "yes"
      PORT: "80"
      MULTI: "a\\nb: c"
    ports:
      - "8080:80"
    volumes:
      - "data:/data"
      - "/srv:/srv:ro"
      - type: volume
        target: /once
        read_only: true
    tmpfs:
      - "/t:size=1m"
    networks:
      back end:
        aliases:
          - www
    restart: unless-stopped
    labels:
      "on": "1e3"
    stop_grace_period: "0s"
volumes:
  data:
    name: data
networks:
  back end:
    name: back end
    external: true
`);
});
