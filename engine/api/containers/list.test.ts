import { expect, it } from "vitest";
import type { ContainerView } from "../../containers/containers.ts";
import { INITIAL_STATE } from "../../containers/state.ts";
import type { ContainerId, Digest } from "../../base/ids.ts";
import { rowsBytes, type ListFacts } from "./list.ts";

const NOW = Date.parse("2026-01-01T12:00:00Z");
const IMAGE = `sha256:${"1".repeat(64)}` as Digest;

function viewOf(number: number): ContainerView {
  return {
    revision: 0,
    record: {
      id: number.toString(16).padStart(64, "0") as ContainerId, name: `c${number}`, createdAt: new Date(NOW), imageId: IMAGE, platform: "linux",
      config: { Hostname: "", Domainname: "", User: "", AttachStdin: false, AttachStdout: false, AttachStderr: false, Tty: false, OpenStdin: false, StdinOnce: false, Env: [], Cmd: ["true"], Image: "busybox", Volumes: null, WorkingDir: "", Entrypoint: null, OnBuild: null, Labels: { row: String(number) } },
      hostConfig: { NetworkMode: "bridge" }, endpoints: {}, mounts: [], args: ["true"],
    },
    state: { ...INITIAL_STATE, status: "running", startedAt: new Date(NOW) }, endpoints: [], ports: [], execIds: [],
  };
}

const FACTS: ListFacts = { networkIdOf: () => "net-1", imageIdOf: () => IMAGE, imageLine: () => [], sizeOf: null };

type Row = Record<string, unknown> & { Names: string[]; Status: string; Image: string; Labels: Record<string, string>; Ports: object[]; SizeRw?: number };

async function rows(views: readonly ContainerView[], facts: ListFacts = FACTS, now = NOW): Promise<Row[]> {
  return JSON.parse(Buffer.from(await rowsBytes(views, facts, now)).toString()) as Row[];
}

it("a list whose rows are the same is not made again; every change shows", async () => {
  const views = [viewOf(1), viewOf(2)];
  const first = await rowsBytes(views, FACTS, NOW);
  expect(await rowsBytes(views.map((view) => ({ ...view })), FACTS, NOW)).toBe(first);
  expect((await rows(views, FACTS, NOW + 180_000)).map(({ Status }) => Status)).toEqual(["Up 3 minutes", "Up 3 minutes"]);
  expect((await rows(views)).map(({ Status }) => Status)).toEqual(["Up Less than a second", "Up Less than a second"]);
  expect((await rows([views[1]!, views[0]!])).map(({ Names }) => Names[0])).toEqual(["/c2", "/c1"]);
  expect((await rows([views[1]!])).map(({ Names }) => Names[0])).toEqual(["/c2"]);
  expect(await rows([])).toEqual([]);
  expect((await rows(views, { ...FACTS, imageIdOf: () => null })).map(({ Image }) => Image)).toEqual([IMAGE, IMAGE]);
  expect(JSON.stringify(await rows(views, { ...FACTS, networkIdOf: () => "net-2" }))).toContain("net-2");
  const health = { status: "healthy", failingStreak: 0, log: [] } as const;
  expect((await rows([{ ...views[0]!, revision: 1, state: { ...views[0]!.state, health } }]))[0]!.Status).toBe("Up Less than a second (healthy)");
  views[0]!.record.name = "renamed";
  expect((await rows([{ ...views[0]!, revision: 2 }]))[0]!.Names).toEqual(["/renamed"]);
  const ports = [{ protocol: "tcp", containerPort: 80, hostIp: "127.0.0.1", hostPort: 8080 }] as const;
  expect((await rows([{ ...views[0]!, revision: 2, ports }]))[0]!.Ports).toEqual([{ IP: "127.0.0.1", PrivatePort: 80, PublicPort: 8080, Type: "tcp" }]);
  expect((await rows(views, { ...FACTS, sizeOf: () => Promise.resolve({ written: 7, rootfs: 9 }) })).map(({ SizeRw }) => SizeRw)).toEqual([7, 7]);
  expect((await rows(views)).map(({ SizeRw }) => SizeRw)).toEqual([undefined, undefined]);
});
