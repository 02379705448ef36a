/** Volumes, networks and published ports of the fake host. */
import type { ContainerInfo } from "dockerode";
import type { DesktopEvent, DockerObjectType } from "../../electron/ipc/contract/events.ts";
import type { NetworkForm, NetworkInfo } from "../../electron/ipc/contract/networks.ts";
import type { PortBinding } from "../../electron/ipc/contract/ports.ts";
import type { VolumeForm, VolumeInfo } from "../../electron/ipc/contract/volumes.ts";
import { makeId, type Scenario } from "./fake-data.ts";
import { fakeError } from "./fake-error.ts";

export interface FakeStorageOptions {
  readonly scenario: Scenario;
  readonly now: number;
  readonly random: () => number;
  readonly containers: Map<string, ContainerInfo>;
  /** Takes as long as every call does, and throws while no engine answers. */
  readonly turn: () => Promise<void>;
  readonly emit: (event: DesktopEvent) => void;
}

const day = 86_400_000;
const long = "with-a-name-that-somebody-generated-".repeat(3);

/** The parts of the client that it serves. It also mounts and connects the containers it is given. */
export function createFakeStorage({ scenario, now, random, containers, turn, emit }: FakeStorageOptions) {
  const sizes = new Map<string, number | null>();
  const volumes = new Map<string, VolumeInfo>();
  const networks = new Map<string, NetworkInfo>();
  const infos = [...containers.values()];

  addNetwork({ name: "bridge", subnets: [{ subnet: "172.17.0.0/16", gateway: "172.17.0.1" }] }, true, 90);
  addNetwork({ name: "host", driver: "host" }, true, 90);
  addNetwork({ name: "none", driver: "null" }, true, 90);
  if (scenario !== "empty") fill();

  function fill() {
    const suffix = scenario === "long" ? `-${long}end` : "";
    const data = addVolume({ name: `storefront-data${suffix}`, labels: { "com.docker.compose.project": "storefront", "com.docker.compose.volume": "data" } }, 90, 4_812_345_678);
    const cache = addVolume({ name: `storefront-cache${suffix}`, labels: { "com.docker.compose.project": "storefront" } }, 90, 18_400_112);
    const grafana = addVolume({ name: `grafana${suffix}` }, 44, 211_003_904);
    const queue = addVolume({ name: makeId(random) }, 0.1, 8_192);
    addVolume({ name: `old-backups${suffix}`, labels: { keep: "until 2027" } }, 400, 1_204_776_002);
    addVolume({ name: makeId(random) }, 12, 39_845_888);
    addVolume({ name: makeId(random) }, 31, 0);
    addVolume({ name: `team-share${suffix}`, driver: "nfs" }, 210, null);
    mount("storefront-db", data, "/var/lib/postgresql/data", true);
    mount("storefront-web", data, "/srv/data", false);
    mount("storefront-cache", cache, "/data", true);
    mount("grafana", grafana, "/var/lib/grafana", true);
    mount("queue", queue, "/var/lib/rabbitmq", true);
    const front = addNetwork({ name: `storefront_default${suffix}`, subnets: [{ subnet: "172.18.0.0/16", gateway: "172.18.0.1" }], labels: { "com.docker.compose.project": "storefront", "com.docker.compose.network": "default" } }, false, 12);
    const back = addNetwork({ name: `storefront_backend${suffix}`, subnets: [{ subnet: "10.20.0.0/24", gateway: "10.20.0.1" }, { subnet: "fd00:20::/64", gateway: "fd00:20::1" }], internal: true, ipv6: true }, false, 12);
    addNetwork({ name: `experiments${suffix}`, subnets: [{ subnet: "10.99.0.0/24", gateway: "10.99.0.1" }] }, false, 3);
    for (const info of infos) connect(info, nameOf(info).startsWith("storefront") ? front : [...networks.values()][0] as NetworkInfo);
    for (const name of ["storefront-db", "storefront-worker"]) for (const info of named(name)) connect(info, back);
    if (scenario !== "many") return;
    for (let at = 0; at < 1000; at++) {
      addVolume({ name: at % 4 === 0 ? makeId(random) : `data-${String(at + 1).padStart(4, "0")}` }, at / 10, Math.floor(random() * 2e9));
      addNetwork({ name: `net-${String(at + 1).padStart(4, "0")}`, subnets: [{ subnet: `10.${100 + Math.floor(at / 250)}.${at % 250}.0/24`, gateway: `10.${100 + Math.floor(at / 250)}.${at % 250}.1` }] }, false, at / 10);
    }
  }

  function named(name: string): ContainerInfo[] {
    return infos.filter((info) => nameOf(info).startsWith(name));
  }
  function mount(name: string, volume: VolumeInfo, target: string, writable: boolean) {
    for (const info of named(name)) info.Mounts.push({ Type: "volume", Name: volume.name, Source: volume.mountpoint, Destination: target, Driver: volume.driver, Mode: "z", RW: writable, Propagation: "" });
  }
  function connect(info: ContainerInfo, network: NetworkInfo, address?: string) {
    const running = info.State === "running" || info.State === "paused";
    const subnet = network.subnets[0]?.subnet ?? "";
    const ip = running && subnet !== "" ? address ?? subnet.replace(/\.\d+\/\d+$/, `.${2 + Math.floor(random() * 250)}`) : "";
    info.NetworkSettings.Networks[network.name] = { NetworkID: network.id, IPAddress: ip, MacAddress: "02:42:ac:12:00:02" } as ContainerInfo["NetworkSettings"]["Networks"][string];
  }
  function addVolume(form: VolumeForm, days: number, bytes: number | null): VolumeInfo {
    const name = form.name ?? makeId(random);
    const info: VolumeInfo = { name, driver: form.driver ?? "local", mountpoint: `/home/dev/.local/share/slipway/volumes/${name}/_data`, scope: "local", created: Math.round(now - days * day), labels: { ...form.labels }, options: {}, anonymous: /^[0-9a-f]{64}$/.test(name) };
    volumes.set(name, info);
    sizes.set(name, bytes);
    return info;
  }
  function addNetwork(form: NetworkForm, predefined: boolean, days: number): NetworkInfo {
    const chosen = form.subnets?.length ? form.subnets : form.driver === undefined ? [{ subnet: `172.${20 + networks.size}.0.0/16` }] : [];
    const info: NetworkInfo = { id: makeId(random), name: form.name, driver: form.driver ?? "bridge", scope: "local", internal: form.internal ?? false, ipv6: form.ipv6 ?? false, created: Math.round(now - days * day), subnets: chosen.map(({ subnet, gateway }) => ({ subnet, gateway: gateway ?? subnet.replace(/0\/\d+$/, "1") })), labels: { ...form.labels }, options: {}, predefined };
    networks.set(info.id, info);
    return info;
  }
  function happened(objectType: DockerObjectType, action: string, id: string, attributes: Record<string, string> = {}) {
    emit({ type: "docker", event: { objectType, action, id, attributes, time: Date.now() } });
  }
  function volumeUsers(name: string): ContainerInfo[] {
    return [...containers.values()].filter((info) => info.Mounts.some((each) => each.Name === name));
  }
  function networkUsers(name: string): ContainerInfo[] {
    return [...containers.values()].filter((info) => name in info.NetworkSettings.Networks);
  }
  function getVolume(name: string): VolumeInfo {
    const found = volumes.get(name);
    if (!found) throw fakeError("notFound", `No such volume: ${name}.`);
    return found;
  }
  function getNetwork(id: string): NetworkInfo {
    const found = networks.get(id) ?? [...networks.values()].find((each) => each.name === id);
    if (!found) throw fakeError("notFound", `No such network: ${id}.`);
    return found;
  }
  function getContainer(id: string): ContainerInfo {
    const found = [...containers.values()].find((info) => info.Id.startsWith(id) || nameOf(info) === id);
    if (!found) throw fakeError("notFound", `No such container: ${id}.`);
    return found;
  }

  function bindings(): PortBinding[] {
    const list = [...containers.values()].flatMap((info, index): PortBinding[] => {
      const common = { containerId: info.Id, containerName: nameOf(info), image: info.Image, state: info.State, rivals: [] };
      const live = info.Ports.filter((port) => port.PublicPort > 0).map((port): PortBinding => ({ ...common, hostIp: index % 7 === 4 ? "127.0.0.1" : "", hostPort: port.PublicPort, containerPort: port.PrivatePort, protocol: port.Type === "udp" ? "udp" : "tcp", live: true }));
      const idle = info.Ports.filter((port) => !port.PublicPort).map((port): PortBinding => ({ ...common, hostIp: "", hostPort: port.Type === "udp" ? 5353 : scenario === "many" ? null : 8080, containerPort: port.PrivatePort, protocol: port.Type === "udp" ? "udp" : "tcp", live: false }));
      return [...live, ...(info.State === "running" || info.State === "paused" ? [] : idle)];
    });
    return list.map((one): PortBinding => {
      if (one.hostPort === null) return one;
      const rivals = list.filter((other) => other.containerId !== one.containerId && other.hostPort === one.hostPort && other.protocol === one.protocol).map(({ containerId, containerName, live }) => ({ containerId, containerName, live }));
      const held = !one.live && one.hostPort === 5353;
      return { ...one, rivals, ...(held && { holder: { process: "avahi-daemon", pid: 612 } }), ...((rivals.length > 0 || held) && { suggestion: one.hostPort + 1 }) };
    });
  }

  return {
    volumes: {
      list: async () => {
        await turn();
        return structuredClone([...volumes.values()]);
      },
      inspect: async ({ name }: { name: string }) => {
        await turn();
        const info = getVolume(name);
        return { ...info, raw: { CreatedAt: new Date(info.created ?? 0).toISOString(), Driver: info.driver, Labels: info.labels, Mountpoint: info.mountpoint, Name: info.name, Options: null, Scope: info.scope } };
      },
      sizes: async () => {
        await turn();
        return [...volumes.keys()].map((name) => ({ name, bytes: sizes.get(name) ?? null, users: volumeUsers(name).length }));
      },
      create: async (form: VolumeForm) => {
        await turn();
        if (form.name !== undefined && volumes.has(form.name)) throw fakeError("alreadyExists", `The volume ${form.name} exists already.`);
        const info = { ...addVolume(form, 0, 0), created: Date.now() };
        volumes.set(info.name, info);
        happened("volume", "create", info.name);
        return info;
      },
      remove: async ({ name }: { name: string }) => {
        await turn();
        const [user] = volumeUsers(getVolume(name).name);
        if (user) throw fakeError("conflict", `The volume ${name} is used by the container ${nameOf(user)}.`, [{ type: "inUse", containerId: user.Id }]);
        volumes.delete(name);
        happened("volume", "destroy", name);
      },
    },
    networks: {
      list: async () => {
        await turn();
        return structuredClone([...networks.values()]);
      },
      inspect: async ({ id }: { id: string }) => {
        await turn();
        const info = getNetwork(id);
        const endpoints = networkUsers(info.name).flatMap((user) => {
          const ip = user.NetworkSettings.Networks[info.name]?.IPAddress ?? "";
          return user.State === "running" || user.State === "paused" ? [{ containerId: user.Id, name: nameOf(user), ipv4: ip && `${ip}/${info.subnets[0]?.subnet.split("/")[1] ?? "16"}`, ipv6: "", mac: "02:42:ac:12:00:02" }] : [];
        });
        return { ...info, endpoints, raw: { Name: info.name, Id: info.id, Driver: info.driver, Internal: info.internal, IPAM: { Driver: "default", Config: info.subnets.map(({ subnet, gateway }) => ({ Subnet: subnet, Gateway: gateway })) }, Labels: info.labels } };
      },
      create: async (form: NetworkForm) => {
        await turn();
        if ([...networks.values()].some((each) => each.name === form.name)) throw fakeError("alreadyExists", `The network ${form.name} exists already.`);
        if (form.name === "not-offered") throw fakeError("notImplemented", "user-defined networks are not implemented yet");
        const info = addNetwork(form, false, 0);
        info.created = Date.now();
        happened("network", "create", info.id);
        return { id: info.id, warning: "" };
      },
      connect: async ({ network, container, address }: { network: string; container: string; address?: string }) => {
        await turn();
        const info = getContainer(container);
        const target = getNetwork(network);
        const copy = structuredClone(info);
        connect(copy, target, address);
        containers.set(copy.Id, copy);
        happened("network", "connect", target.id, { container: copy.Id });
      },
      disconnect: async ({ network, container }: { network: string; container: string }) => {
        await turn();
        const copy = structuredClone(getContainer(container));
        const target = getNetwork(network);
        delete copy.NetworkSettings.Networks[target.name];
        containers.set(copy.Id, copy);
        happened("network", "disconnect", target.id, { container: copy.Id });
      },
      remove: async ({ id }: { id: string }) => {
        await turn();
        const info = getNetwork(id);
        const [user] = networkUsers(info.name);
        if (user) throw fakeError("conflict", `The network ${info.name} has containers: ${nameOf(user)}.`);
        networks.delete(info.id);
        happened("network", "destroy", info.id);
      },
    },
    ports: {
      list: async () => {
        await turn();
        return bindings();
      },
    },
  };
}

function nameOf(info: ContainerInfo): string {
  return info.Names[0]?.slice(1) ?? "";
}
