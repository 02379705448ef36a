/** What the fake host says of containers beyond their lifecycle: counters that move, processes, changes, files. */
import type { ContainerInfo } from "dockerode";
import type { ContainerChange, ContainerStart, ExportEvent } from "../../electron/ipc/contract/containers.ts";
import type { ProcessList, StatsSample } from "../../electron/ipc/contract/stats.ts";
import { fakeError } from "./fake-error.ts";

export interface FakeContainersParts {
  readonly get: (id: string) => ContainerInfo;
  readonly turn: () => Promise<void>;
}

/** Calls for `containers`, `stats` and `terminal`. */
export function createFakeContainers({ get, turn }: FakeContainersParts) {
  const counters = new Map<string, StatsSample>();
  /** How many streams of counters are open, for tests. */
  const streams = { open: 0 };

  function next(id: string): StatsSample | undefined {
    let info: ContainerInfo;
    try {
      info = get(id);
    } catch {
      return undefined;
    }
    if (info.State !== "running" && info.State !== "paused") return undefined;
    const seed = Number.parseInt(info.Id.slice(0, 4), 16);
    const at = Date.now();
    const before = counters.get(info.Id) ?? { id, at: at - 1000, cpuNs: seed * 1e7, memory: 0, memoryLimit: 268_435_456, pids: 0, pidsLimit: 512, received: seed * 1000, sent: seed * 700, read: seed * 90, written: seed * 40 };
    const seconds = (at - before.at) / 1000;
    const wave = (period: number): number => 0.5 + 0.5 * Math.sin(at / 1000 / period + seed);
    const busy = info.State === "paused" ? 0 : ((seed % 7) / 10) * wave(9) + 0.02 * wave(2) + (seed % 3 === 0 ? 0.3 * Math.max(0, wave(4) - 0.8) : 0);
    const sample: StatsSample = {
      ...before, id, at, cpuNs: before.cpuNs + Math.round(busy * seconds * 1e9), memory: Math.round(30e6 + (seed % 90) * 1e6 + 8e6 * wave(40)), pids: 4 + (seed % 9),
      received: before.received + Math.round(42_000 * wave(6) * seconds), sent: before.sent + Math.round(18_000 * wave(7) * seconds),
      read: before.read + Math.round(Math.max(0, wave(5) - 0.9) * 2_000_000 * seconds), written: before.written + Math.round(Math.max(0, wave(3) - 0.8) * 900_000 * seconds),
    };
    counters.set(info.Id, sample);
    return sample;
  }

  async function* watch(ids: readonly string[], intervalMs: number, signal?: AbortSignal): AsyncGenerator<StatsSample[]> {
    streams.open++;
    try {
      while (!signal?.aborted) {
        await turn();
        yield ids.flatMap((id) => next(id) ?? []);
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, intervalMs);
          signal?.addEventListener("abort", () => { clearTimeout(timer); resolve(); }, { once: true });
        });
      }
    } finally {
      streams.open--;
    }
  }

  async function* exportTo(id: string, path: string): AsyncGenerator<ExportEvent> {
    await turn();
    get(id);
    if (path.includes("missing")) throw fakeError("notFound", `The folder of ${path} does not exist.`);
    for (let bytes = 0; bytes < 96_000_000; bytes += 12_000_000) {
      await new Promise((resolve) => setTimeout(resolve, 80));
      yield { type: "progress", bytes, path };
    }
    yield { type: "done", bytes: 96_000_000, path };
  }

  return {
    streams,
    containers: {
      starts: async ({ id }: { id: string }): Promise<ContainerStart[]> => {
        await turn();
        const info = get(id);
        return info.State === "created" ? [] : startsOf(info);
      },
      changes: async ({ id }: { id: string }) => {
        await turn();
        return get(id).State === "created" ? [] : changes;
      },
      sizes: async ({ ids }: { ids: readonly string[] }) => {
        await turn();
        return ids.map((id) => ({ id, bytes: get(id).State === "created" ? 0 : Number.parseInt(id.slice(0, 6), 16) * 3 }));
      },
      commit: async ({ id, image }: { id: string; image?: string }) => {
        await turn();
        get(id);
        if (image?.includes("refused")) throw fakeError("invalidArgument", `invalid reference format: ${image}`);
        return { imageId: `sha256:${"c".repeat(64)}` };
      },
      export: async ({ id, path }: { id: string; path: string }) => exportTo(id, path),
    },
    stats: {
      watch: async ({ ids, intervalMs = 1000 }: { ids: readonly string[]; intervalMs?: number }, { signal }: { signal?: AbortSignal } = {}) => watch(ids, intervalMs, signal),
      processes: async ({ id }: { id: string }): Promise<ProcessList> => {
        await turn();
        const info = get(id);
        return {
          titles: ["PID", "PPID", "USER", "%CPU", "RSS", "ELAPSED", "COMMAND"],
          processes: [["48213", "48190", "node", "3.1", "84212", "02:04:11", info.Command], ["48260", "48213", "node", "0.4", "41020", "02:04:10", "node --import ./telemetry.js worker.js --queue=orders --concurrency=8"], ["48261", "48213", "node", "0.0", "12044", "02:04:10", "sh -c while true; do sleep 60; done"]],
        };
      },
    },
    shells: async ({ containerId }: { containerId: string }) => {
      await turn();
      return get(containerId).Image.includes("tools/") ? [] : ["/bin/bash", "/bin/sh"];
    },
  };
}

const changes: readonly ContainerChange[] = ([
  ["modified", "/etc"], ["modified", "/etc/hosts"], ["modified", "/etc/nginx"], ["modified", "/etc/nginx/conf.d"], ["modified", "/etc/nginx/conf.d/default.conf"], ["added", "/etc/nginx/conf.d/upstream.conf"],
  ["deleted", "/etc/motd"], ["modified", "/srv"], ["modified", "/srv/app"], ["added", "/srv/app/.cache"], ["added", "/srv/app/.cache/index.json"], ["added", "/srv/app/.cache/v2"], ["added", "/srv/app/.cache/v2/4f0c1e.bin"],
  ["added", "/srv/app/.cache/v2/9a12bd.bin"], ["modified", "/srv/app/server.js"], ["deleted", "/srv/app/test"], ["modified", "/tmp"], ["added", "/tmp/session-18"], ["added", "/tmp/session-18/lock"], ["modified", "/var"], ["modified", "/var/log"],
  ["added", "/var/log/app.log"], ["added", "/var/log/app.log.1"],
] as const).map(([kind, path], index) => ({ kind, path, ...(/\.|lock$|hosts$/.test(path.slice(path.lastIndexOf("/") + 1)) && !/(\.d|\.cache)$/.test(path) && { bytes: 37 * 3 ** (index % 13) }) }));

/** Two starts; the last one of a container that failed stops at the OCI runtime. */
function startsOf({ Created, Status, State }: ContainerInfo): ContainerStart[] {
  const failed = /Exited \((12[5-8])\)/.test(Status);
  const checked = Status.includes("health");
  const at = Created * 1000;
  const make = (scale: number, when: number, fails: boolean): ContainerStart => {
    const spans: ContainerStart["spans"] = [
      { step: "wait", at: 0, milliseconds: 0.02, failed: false },
      { step: "resolve", at: 0.03, milliseconds: 0.11, failed: false },
      { step: "network", at: 0.2, milliseconds: 18.4 * scale, failed: false },
      { step: "mount", at: 0.3, milliseconds: 2.9 * scale, failed: false },
      { step: "log", at: 0.3, milliseconds: 0.6, failed: false },
      { step: "files", at: 18.6 * scale, milliseconds: 1.7, failed: false },
      { step: "create", at: 18.6 * scale + 1.8, milliseconds: 41.2 * scale, failed: fails },
    ];
    const created = 18.6 * scale + 1.8 + 41.2 * scale;
    if (!fails) spans.push({ step: "start", at: created, milliseconds: 1.3, failed: false });
    return {
      at: when, byPolicy: false, outcome: fails ? "failed" : "running", milliseconds: created + 1.4, error: fails ? 'failed to create task for container: exec: "/app/server": no such file or directory' : "", spans,
      health: checked && !fails ? { status: Status.includes("unhealthy") ? "unhealthy" : "healthy", milliseconds: 5230 * scale } : null,
      ended: fails || State === "running" || State === "paused" ? null : { exitCode: Number(/Exited \((\d+)\)/.exec(Status)?.[1] ?? 0), milliseconds: 92_400 },
    };
  };
  return [make(1, at, failed), make(1.32, at - 86_400_000, false)];
}
