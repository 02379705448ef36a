/** A host that lives in the page: in-memory containers with a lifecycle and events, for tests and for looking at screens. */
import type { ContainerInfo } from "dockerode";
import type { ContainerForm } from "../../electron/ipc/contract/container-form.ts";
import type { IpcClient } from "../../electron/ipc/contract/contract.ts";
import type { EngineStatus } from "../../electron/ipc/contract/engine.ts";
import type { DesktopEvent } from "../../electron/ipc/contract/events.ts";
import type { PullEvent, PullLayer } from "../../electron/ipc/contract/images.ts";
import type { TerminalEvent } from "../../electron/ipc/contract/terminal.ts";
import { DEFAULT_SETTINGS } from "../../electron/ipc/contract/setting-values.ts";
import type { UserSettings } from "../../electron/ipc/contract/settings.ts";
import { createFakeBin } from "./fake-bin.ts";
import { createFakeBuilds } from "./fake-builds.ts";
import { createFakeConfigurations } from "./fake-configurations.ts";
import { createFakeCalls } from "./fake-calls.ts";
import { createFakeContainers } from "./fake-containers.ts";
import { createFakeConnections } from "./fake-connections.ts";
import { createFakeOwnEngine, fakeMachine } from "./fake-own-engine.ts";
import { inspectOf, makeId, makeWorld, seeded, type Scenario } from "./fake-data.ts";
import { fakeError } from "./fake-error.ts";
import { createFakeDisk } from "./fake-disk.ts";
import { createFakeFiles } from "./fake-files.ts";
import { createFakeImages } from "./fake-images.ts";
import { createFakeRegistries } from "./fake-registries.ts";
import { createFakeLogs } from "./fake-log.ts";
import { createFakeStorage } from "./fake-storage.ts";
import { createFakeTransfers } from "./fake-transfers.ts";

export interface FakeOptions {
  readonly scenario?: Scenario;
  readonly engine?: EngineStatus["state"];
  /** Our own engine, or one that others manage. */
  readonly managed?: boolean;
  /** Milliseconds every call takes. */
  readonly delay?: number;
  /** Lines in every log. */
  readonly logLines?: number;
  /** More images than the scenario has, up to this many. */
  readonly images?: number;
  /** What makes the engine unreachable: nothing, or no permission. */
  readonly denied?: boolean;
  /** Nobody has seen the first steps yet. */
  readonly firstRun?: boolean;
}

export interface Fake {
  readonly client: IpcClient;
  setEngine(state: EngineStatus["state"]): void;
  containers(): readonly ContainerInfo[];
  /** Open streams of counters. */
  statsStreams(): number;
}

export function createFake(options: FakeOptions = {}): Fake {
  const { managed = true, delay = 0, logLines = 400, denied = false } = options;
  const random = seeded(99);
  const world = makeWorld(options.scenario ?? "typical", Date.now(), options.images);
  const containers = new Map(world.containers.map((info) => [info.Id, info]));
  const listeners = new Set<(events: DesktopEvent[]) => void>();
  let settings: UserSettings = { ...DEFAULT_SETTINGS, welcomed: options.firstRun !== true };
  const connections = createFakeConnections(managed, () => {
    setEngine("connecting");
    setTimeout(() => setEngine("connected"), 400);
    return status;
  });
  let status = statusOf(options.engine ?? "connected");

  function statusOf(state: EngineStatus["state"]): EngineStatus {
    const endpoint = managed ? "unix:///run/user/1000/slipway/slipway.sock" : "unix:///var/run/docker.sock";
    const base = { state, endpoint, managed, connection: connections.current() };
    if (state === "connected") return { ...base, version: { name: managed ? "Slipway" : "Docker Engine - Community", version: managed ? "0.1.0" : "28.0.1", apiVersion: "1.47", os: "linux", arch: "amd64", kernel: "6.12.0" } };
    if (denied) return { ...base, error: { code: "forbidden", message: "This user may not use /var/run/docker.sock.", cause: "connect EACCES /var/run/docker.sock", hints: [{ type: "permissionDenied", path: "/var/run/docker.sock", group: "docker" }], details: {} }, retryAt: Date.now() + 9000 };
    if (state === "failed") return { ...base, error: { code: "unavailable", message: "The program conmon is not installed.", cause: "doctor: conmon: not found in /usr/local/bin:/usr/bin:/bin\nhint: apt-get install conmon", hints: [], details: {} } };
    if (state === "connecting") return { ...base, error: { code: "unavailable", message: "Nothing listens on its socket.", cause: `connect ENOENT ${endpoint.slice(7)}`, hints: [{ type: "engineDown", endpoint, managed }], details: {} }, retryAt: Date.now() + 8000 };
    return base;
  }
  function emit(...events: DesktopEvent[]) {
    for (const listener of listeners) listener(events);
  }
  function setEngine(state: EngineStatus["state"]) {
    status = statusOf(state);
    emit({ type: "engine", status }, ...(state === "connected" ? [{ type: "resync" as const, reason: "reconnected" as const }] : []));
  }
  async function turn(): Promise<void> {
    if (delay > 0) await sleep(delay);
    if (status.state !== "connected") throw fakeError("unavailable", "No engine answers.", [{ type: "engineDown", endpoint: status.endpoint, managed }]);
  }
  function get(id: string): ContainerInfo {
    const found = containers.get(id) ?? [...containers.values()].find((info) => info.Id.startsWith(id) || info.Names.includes(`/${id}`));
    if (!found) throw fakeError("notFound", `No such container: ${id}.`);
    return found;
  }
  function change(id: string, state: string, words: string, action: string) {
    const info = get(id);
    containers.set(info.Id, { ...info, State: state, Status: words });
    happened(info.Id, action);
  }
  function happened(id: string, action: string) {
    emit({ type: "docker", event: { objectType: "container", action, id, attributes: {}, time: Date.now() } });
  }
  function make(form: ContainerForm): ContainerInfo {
    const image = world.images.find((each) => each.RepoTags?.some((tag) => tag === form.image || tag === `${form.image}:latest`) || each.Id.includes(form.image));
    if (!image) throw fakeError("notFound", `The image ${form.image} is not on this machine.`, [{ type: "imageMissing", image: form.image }]);
    const name = form.name ?? `quiet_${["heron", "gull", "tern", "plover"][Math.floor(random() * 4)]}${containers.size}`;
    const taken = [...containers.values()].find((info) => info.Names.includes(`/${name}`));
    if (taken) throw fakeError("conflict", `The name ${name} is taken by another container.`, [{ type: "nameInUse", name, containerId: taken.Id }]);
    const info: ContainerInfo = {
      Id: makeId(random), Names: [`/${name}`], Image: form.image, ImageID: image.Id, Command: (form.command ?? ["sh"]).join(" "), Created: Math.floor(Date.now() / 1000),
      Ports: (form.ports ?? []).map((port) => ({ IP: port.hostIp ?? "0.0.0.0", PrivatePort: port.containerPort, PublicPort: port.hostPort ?? 32_768 + containers.size, Type: port.protocol ?? "tcp" })),
      Labels: {}, State: "created", Status: "Created", HostConfig: { NetworkMode: "bridge" }, NetworkSettings: { Networks: {} }, Mounts: [],
    };
    containers.set(info.Id, info);
    happened(info.Id, "create");
    return info;
  }

  const configurations = createFakeConfigurations((info, request, name) => {
    const bindings = Object.entries((request.HostConfig?.PortBindings ?? {}) as Record<string, { HostIp?: string; HostPort?: string }[]>);
    containers.set(info.Id, { ...info, Names: [`/${name}`], Labels: request.Labels ?? {}, Ports: bindings.flatMap(([port, list]) => list.map(({ HostIp, HostPort }) => ({ IP: HostIp || "0.0.0.0", PrivatePort: Number.parseInt(port, 10), PublicPort: Number(HostPort) || 32_768, Type: port.split("/")[1] ?? "tcp" }))) });
    happened(info.Id, "update");
  });
  const builds = createFakeBuilds(options.scenario ?? "typical", logLines, managed, turn, addImage);
  const work = createFakeContainers({ get, turn });
  const fakeImages = createFakeImages({ images: world.images, containers, supported: managed, turn, emit });
  const client = {
    ...createFakeRegistries({ scenario: options.scenario ?? "typical", supported: managed, images: world.images, turn }),
    ...createFakeTransfers({ scenario: options.scenario ?? "typical", supported: managed, turn, done: ({ kind, reference }) => { if (kind === "pull") addImage(reference); } }),
    calls: createFakeCalls(options.scenario ?? "typical", managed, turn),
    connections: connections.calls,
    samples: { prepare: async () => ({ path: "/home/dev/.local/share/slipway/samples/hello", tag: "slipway-sample:latest", name: "slipway-sample", containerPort: 8080 }) },
    ownEngine: createFakeOwnEngine(options.scenario ?? "typical"),
    settings: {
      get: async () => settings,
      update: async (part: Partial<UserSettings>) => {
        settings = { ...settings, ...part };
        emit({ type: "settings", settings });
        return settings;
      },
    },
    ...createFakeStorage({ scenario: options.scenario ?? "typical", now: Date.now(), random: seeded(23), containers, turn, emit }),
    app: {
      info: async () => ({ host: "browser", platform: "linux", version: "0.1.0", homeDirectory: "/home/dev" }),
      openExternal: async () => undefined,
    },
    builds: {
      ...builds,
      watch: async (_: unknown, { signal }: { signal?: AbortSignal } = {}) => builds.watchStream(signal),
      follow: async ({ id }: { id: string }, { signal }: { signal?: AbortSignal } = {}) => builds.followStream(id, signal),
      shell: async ({ id, streamId }: { id: string; streamId: string }, { signal }: { signal?: AbortSignal } = {}) => shell({ Id: id }, streamId, signal),
    },
    containers: {
      ...work.containers,
      list: async (input?: { filters?: Record<string, string[]> }) => {
        await turn();
        const ids = input?.filters?.["id"];
        return [...containers.values()].filter((info) => !ids || ids.includes(info.Id));
      },
      inspect: async ({ id }: { id: string }) => {
        await turn();
        return inspectOf(get(id));
      },
      create: async (form: ContainerForm) => {
        await turn();
        return { id: make(form).Id, warnings: [] };
      },
      run: async (form: ContainerForm) => {
        await turn();
        const info = make(form);
        change(info.Id, "running", "Up Less than a second", "start");
        return { id: info.Id, warnings: [] };
      },
      start: async ({ id }: { id: string }) => {
        await turn();
        await sleep(120);
        change(id, "running", "Up Less than a second", "start");
      },
      stop: async ({ id }: { id: string }) => {
        await turn();
        await sleep(400);
        change(id, "exited", "Exited (143) Less than a second ago", "die");
      },
      restart: async ({ id }: { id: string }) => {
        await turn();
        await sleep(500);
        change(id, "running", "Up Less than a second", "start");
      },
      pause: async ({ id }: { id: string }) => {
        await turn();
        change(id, "paused", "Up 1 minute (Paused)", "pause");
      },
      unpause: async ({ id }: { id: string }) => {
        await turn();
        change(id, "running", "Up 1 minute", "unpause");
      },
      kill: async ({ id }: { id: string }) => {
        await turn();
        change(id, "exited", "Exited (137) Less than a second ago", "die");
      },
      remove: async ({ id, force }: { id: string; force?: boolean }) => {
        await turn();
        const info = get(id);
        if (info.State === "running" && !force) throw fakeError("conflict", `${id} is running.`, [{ type: "containerRunning" }]);
        containers.delete(info.Id);
        happened(info.Id, "destroy");
      },
      configuration: async ({ id }: { id: string }) => {
        await turn();
        return configurations.configuration(get(id));
      },
      reconfigure: async ({ id, form, dryRun = false }: { id: string; form: ContainerForm; dryRun?: boolean }) => {
        await turn();
        return configurations.reconfigure(get(id), form, dryRun);
      },
      undoReconfiguration: async ({ id, dryRun = false }: { id: string; dryRun?: boolean }) => {
        await turn();
        return configurations.undo(get(id), dryRun);
      },
      rename: async ({ id, name }: { id: string; name: string }) => {
        const info = get(id);
        containers.set(info.Id, { ...info, Names: [`/${name}`] });
        happened(info.Id, "rename");
      },
    },
    engine: {
      status: async () => status,
      start: async () => {
        setEngine("starting");
        await sleep(600);
        setEngine("connected");
        return status;
      },
      stop: async () => {
        setEngine("stopped");
        return status;
      },
      restart: async () => {
        setEngine("starting");
        await sleep(600);
        setEngine("connected");
        return status;
      },
    },
    events: {
      subscribe: async (_: unknown, { signal }: { signal?: AbortSignal } = {}) => subscribe(signal),
    },
    files: createFakeFiles(options.scenario ?? "typical", Date.now(), managed, turn),
    images: {
      list: async () => {
        await turn();
        return [...world.images];
      },
      ...fakeImages.images,
      pull: async ({ image }: { image: string }, { signal }: { signal?: AbortSignal } = {}) => pull(image, signal),
      push: async ({ image }: { image: string }, { signal }: { signal?: AbortSignal } = {}) => push(image, signal),
    },
    imageArchives: fakeImages.imageArchives,
    imageContents: fakeImages.imageContents,
    disk: createFakeDisk({ scenario: options.scenario ?? "typical", containers, images: world.images, supported: managed, turn }),
    stats: work.stats,
    logs: createFakeLogs(logLines, get, () => managed),
    streams: { ack: async () => undefined },
    system: {
      machine: async (_: unknown, { signal }: { signal?: AbortSignal } = {}) => fakeMachine(managed, signal),
      info: async () => {
        await turn();
        return { name: "dev", serverVersion: "0.1.0", operatingSystem: "Debian GNU/Linux 13 (trixie)", kernelVersion: "6.12.0-1-amd64", architecture: "x86_64", cpus: 8, memoryBytes: 33_400_000_000, storageDriver: "overlayfs", cgroupVersion: "2", rootDirectory: "/home/dev/.local/share/slipway", rootless: true, containers: containers.size, containersRunning: 5, containersPaused: 1, containersStopped: 4, images: world.images.length, runtimes: ["crun"], warnings: [] };
      },
      checkPorts: async ({ ports }: { ports: { port: number; protocol?: "tcp" | "udp" }[] }) =>
        ports.map(({ port, protocol = "tcp" as const }) => {
          const info = [...containers.values()].find((each) => each.Ports.some((used) => used.PublicPort === port && used.Type === protocol));
          if (port === 5433) return { port, protocol, free: false, suggestion: 5434, owner: { process: "postgres", pid: 812 } };
          return info ? { port, protocol, free: false, suggestion: port + 1, owner: { containerId: info.Id, containerName: info.Names[0]?.slice(1) } } : { port, protocol, free: true };
        }),
    },
    terminal: {
      open: async ({ containerId, streamId }: { containerId: string; streamId: string }, { signal }: { signal?: AbortSignal } = {}) => shell(get(containerId), streamId, signal),
      attach: async ({ containerId, streamId }: { containerId: string; streamId: string }, { signal }: { signal?: AbortSignal } = {}) => shell(get(containerId), streamId, signal),
      shells: work.shells,
      input: async ({ streamId, data }: { streamId: string; data: string }) => shells.get(streamId)?.(data),
      closeInput: async () => undefined,
      resize: async () => undefined,
    },
  };

  const shells = new Map<string, (data: string) => void>();
  async function* shell(info: Pick<ContainerInfo, "Id">, streamId: string, signal?: AbortSignal): AsyncGenerator<TerminalEvent> {
    const queue = channel<string>(signal);
    shells.set(streamId, queue.push);
    const prompt = `\x1b[32m${info.Id.slice(0, 12)}\x1b[0m:\x1b[34m/srv/app\x1b[0m# `;
    yield { type: "ready", execId: "fake", bytes: 0 };
    yield { type: "output", data: prompt, bytes: prompt.length };
    let line = "";
    for await (const data of queue.items) {
      for (const key of data) {
        if (key !== "\r") {
          line += key;
          yield { type: "output", data: key, bytes: 1 };
          continue;
        }
        if (line === "exit") {
          yield { type: "exit", exitCode: 0, bytes: 0 };
          return;
        }
        yield { type: "output", data: `\r\n${line === "ls" ? "\x1b[34mnode_modules\x1b[0m  package.json  server.js\r\n" : line ? `sh: ${line}: not found\r\n` : ""}${prompt}`, bytes: 20 };
        line = "";
      }
    }
  }

  async function* subscribe(signal?: AbortSignal): AsyncGenerator<DesktopEvent[]> {
    const queue = channel<DesktopEvent[]>(signal);
    listeners.add(queue.push);
    try {
      yield [{ type: "engine", status }, ...(status.state === "connected" ? [{ type: "resync" as const, reason: "connected" as const }] : []), { type: "settings", settings }];
      yield* queue.items;
    } finally {
      listeners.delete(queue.push);
    }
  }

  async function* pull(image: string, signal?: AbortSignal): AsyncGenerator<PullEvent> {
    await turn();
    yield { type: "message", text: `Pulling from ${image.split(":")[0]}` };
    if (image.includes("missing")) throw fakeError("notFound", `The registry has no image ${image}.`, [], `manifest for ${image} not found: manifest unknown`);
    const layers: PullLayer[] = [28_200_000, 63_800_000, 4_100_000, 1_250_000, 410_000, 92].map((total, index) => ({ id: makeId(random).slice(0, 12), phase: index === 4 ? "exists" : "waiting", current: 0, total }));
    const totalBytes = layers.reduce((sum, layer) => sum + layer.total, 0);
    for (let tick = 0; layers.some((layer) => layer.phase !== "done" && layer.phase !== "exists"); tick++) {
      await sleep(100);
      if (signal?.aborted) throw fakeError("cancelled", "The pull was cancelled.");
      const busy = layers.filter((layer) => layer.phase !== "done" && layer.phase !== "exists").slice(0, 3);
      for (const layer of busy) {
        if (layer.phase === "waiting") layer.phase = "downloading";
        else if (layer.phase === "downloading") {
          layer.current = Math.min(layer.total, layer.current + 2_100_000);
          if (layer.current === layer.total) Object.assign(layer, { phase: "extracting", current: 0 });
        } else {
          layer.current = Math.min(layer.total, layer.current + 9_000_000);
          if (layer.current === layer.total) layer.phase = "done";
        }
      }
      const downloadedBytes = layers.reduce((sum, layer) => sum + (layer.phase === "downloading" ? layer.current : layer.phase === "waiting" ? 0 : layer.total), 0);
      yield { type: "progress", layers: layers.map((layer) => ({ ...layer })), downloadedBytes, totalBytes, bytesPerSecond: 24_600_000 };
    }
    const tag = image.includes(":") ? image : `${image}:latest`;
    addImage(tag);
    yield { type: "done", image: tag, changed: true };
  }

  function addImage(tag: string) {
    world.images.unshift({ Id: `sha256:${makeId(random)}`, ParentId: "", RepoTags: [tag], RepoDigests: [], Created: Math.floor(Date.now() / 1000), Size: 187_000_000, VirtualSize: 187_000_000, SharedSize: -1, Labels: {}, Containers: -1 });
    emit({ type: "docker", event: { objectType: "image", action: "pull", id: tag, attributes: {}, time: Date.now() } });
  }

  async function* push(image: string, signal?: AbortSignal): AsyncGenerator<PullEvent> {
    await turn();
    yield { type: "message", text: `The push refers to repository [${image}]` };
    if (image.includes("denied")) throw fakeError("unauthorized", `The registry refused ${image}: denied: requested access to the resource is denied`, [{ type: "loginRequired", registry: image.split("/")[0] ?? "" }]);
    const layers: PullLayer[] = [28_200_000, 4_100_000, 410_000].map((total, index) => ({ id: makeId(random).slice(0, 12), phase: index === 1 ? "exists" : "uploading", current: 0, total }));
    const totalBytes = layers.reduce((sum, layer) => sum + layer.total, 0);
    while (layers.some((layer) => layer.phase === "uploading")) {
      await sleep(100);
      if (signal?.aborted) throw fakeError("cancelled", "The push was cancelled.");
      for (const layer of layers.filter((each) => each.phase === "uploading")) {
        layer.current = Math.min(layer.total, layer.current + 2_100_000);
        if (layer.current === layer.total) layer.phase = "done";
      }
      yield { type: "progress", layers: layers.map((layer) => ({ ...layer })), downloadedBytes: layers.reduce((sum, layer) => sum + (layer.phase === "exists" ? layer.total : layer.current), 0), totalBytes, bytesPerSecond: 21_000_000 };
    }
    yield { type: "done", image, changed: true, digest: `sha256:${makeId(random)}` };
  }

  const whole = client as unknown as IpcClient;
  Object.assign(client, { bin: createFakeBin({ client: whole, containers, images: world.images, supported: managed, turn, emit }) });
  return { client: whole, setEngine, containers: () => [...containers.values()], statsStreams: () => work.streams.open };
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** A queue whose items end when `signal` aborts. */
function channel<T>(signal?: AbortSignal): { push: (item: T) => void; items: AsyncGenerator<T> } {
  const waiting: T[] = [];
  let wake: (() => void) | undefined;
  signal?.addEventListener("abort", () => wake?.(), { once: true });
  async function* items(): AsyncGenerator<T> {
    while (!signal?.aborted) {
      const next = waiting.shift();
      if (next !== undefined) yield next;
      else await new Promise<void>((resolve) => { wake = resolve; });
    }
  }
  return {
    push(item) {
      waiting.push(item);
      wake?.();
    },
    items: items(),
  };
}
