import fc from "fast-check";
import { expect, it } from "vitest";
import type { ContainerId, Digest } from "../base/ids.ts";
import { compareConfigurations } from "./changes.ts";
import type { CreateRequest } from "./config.ts";
import type { ContainerRecord } from "./containers.ts";
import { mergeConfig } from "./merge.ts";
import { requestOf } from "./recreate.ts";

const id = "0123456789ab".padEnd(64, "0") as ContainerId;
const word = fc.constantFrom("", "a", "b", "--c", "d e");
const words: fc.Arbitrary<string[]> = fc.array(word, { maxLength: 3 });
const names = fc.constantFrom("A", "B", "C", "PATH");
const environment = fc.uniqueArray(fc.tuple(names, word), { maxLength: 4, selector: ([name]) => name }).map((list) => list.map(([name, value]) => `${name}=${value}`));
const values = fc.dictionary(fc.constantFrom("x", "y", "z"), word, { noNullPrototype: true });
const ports = fc.uniqueArray(fc.constantFrom("80/tcp", "53/udp", "443"), { maxLength: 3 }).map((list) => Object.fromEntries(list.map((port) => [port, {}])));
const paths = fc.uniqueArray(fc.constantFrom("/data", "/cache"), { maxLength: 2 }).map((list) => Object.fromEntries(list.map((path) => [path, {}])));
const health = fc.option(fc.record({ Test: fc.constantFrom(["NONE"], ["CMD", "true"]), Interval: fc.constantFrom(0, 1_000_000_000), Retries: fc.nat(3) }), { nil: undefined });

const image = fc.record({ Env: environment, Labels: values, Cmd: words, Entrypoint: words, ExposedPorts: ports, Volumes: paths, User: word, WorkingDir: fc.constantFrom("", "/w"), StopSignal: fc.constantFrom(undefined, "SIGINT"), Healthcheck: health });
const request: fc.Arbitrary<CreateRequest> = fc.record({
  Env: environment, Labels: values, Cmd: words, Entrypoint: fc.oneof(words, fc.constant<string[]>([""])), ExposedPorts: ports, Volumes: paths, User: word, WorkingDir: fc.constantFrom("", "/v"),
  Hostname: fc.constantFrom("", "host"), Tty: fc.boolean(), StopTimeout: fc.constantFrom(3, 30),
}).chain((base) => health.map((check) => ({ ...base, ...(check === undefined ? {} : { Healthcheck: check }), HostConfig: { NetworkMode: "bridge", PortBindings: { "80/tcp": [{ HostPort: "8080" }] } } })));

it("RECONFIGURE-1 the request read from a container makes the same container again", () => {
  fc.assert(fc.property(image, request, (its, asked) => {
    let config;
    try {
      config = mergeConfig(asked, its, id);
    } catch {
      return; // Neither has a command.
    }
    const record: ContainerRecord = { id, name: "n", createdAt: new Date(0), imageId: "sha256:0" as Digest, platform: "linux", config, hostConfig: asked.HostConfig!, endpoints: {}, mounts: [], args: [] };
    const again = mergeConfig(requestOf(record, its), its, id);
    expect(compareConfigurations(record, { ...record, config: again }, true)).toEqual([]);
  }));
});

it("tells what is live from what restarts, and what is merely written otherwise", () => {
  const base: ContainerRecord = { id, name: "n", createdAt: new Date(0), imageId: "sha256:0" as Digest, platform: "linux", config: mergeConfig({ Cmd: ["x"] }, {}, id), hostConfig: { NetworkMode: "web" }, endpoints: { web: {} }, mounts: [], args: [] };
  const after = { ...base, name: "m", config: { ...base.config, Labels: { a: "b" }, Env: ["A=1"] }, hostConfig: { ...base.hostConfig, Memory: 64, Binds: [], Dns: ["1.1.1.1"] }, endpoints: { web: { Aliases: [] }, more: {} } };
  expect(compareConfigurations(base, after, true).map(({ setting, effect }) => `${setting} ${effect}`)).toEqual(["Name live", "Config.Env restart", "Config.Labels live", "HostConfig.Memory live", "HostConfig.Dns restart", "Networks.more live"]);
  expect(compareConfigurations(after, base, true).find(({ setting }) => setting === "HostConfig.Memory")?.effect).toBe("restart");
  expect(compareConfigurations(after, base, false).map(({ effect }) => effect)).toEqual(["live", "start", "live", "start", "start", "live"]);
});
