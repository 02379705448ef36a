/** Made-up objects for the fake host: plausible names, every state, and the shapes that break layouts. */
import type { ContainerInfo, ContainerInspectInfo, ImageInfo } from "dockerode";

export type Scenario = "typical" | "empty" | "many" | "huge" | "long";

const hex = "0123456789abcdef";

/** A repeatable source of numbers in [0, 1). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

export function makeId(random: () => number): string {
  return Array.from({ length: 64 }, () => hex[Math.floor(random() * 16)]).join("");
}

const typicalImages: readonly [reference: string, size: number, days: number][] = [
  ["postgres:16-alpine", 276_000_000, 12],
  ["redis:7.4", 117_000_000, 30],
  ["ghcr.io/acme/storefront:2026.11.3", 412_000_000, 0.2],
  ["ghcr.io/acme/storefront:latest", 412_000_000, 0.2],
  ["nginx:1.27-alpine", 48_200_000, 21],
  ["grafana/grafana:11.3.0", 486_000_000, 44],
  ["rabbitmq:4-management", 254_000_000, 9],
  ["busybox:latest", 4_261_502, 60],
  ["node:24-bookworm-slim", 219_000_000, 5],
  ["127.0.0.1:5000/tools/migrate:v3", 31_400_000, 3],
];

type Made = readonly [name: string, image: string, state: string, status: string, ports: readonly (readonly [number | 0, number, string])[], minutes: number, command: string];

const typicalContainers: readonly Made[] = [
  ["storefront-web", "ghcr.io/acme/storefront:2026.11.3", "running", "Up 2 hours (healthy)", [[8080, 80, "tcp"], [8443, 443, "tcp"]], 125, "node server.js"],
  ["storefront-worker", "ghcr.io/acme/storefront:2026.11.3", "running", "Up 2 hours", [], 125, "node worker.js"],
  ["storefront-db", "postgres:16-alpine", "running", "Up 6 days (healthy)", [[5432, 5432, "tcp"]], 8700, "docker-entrypoint.sh postgres"],
  ["storefront-cache", "redis:7.4", "running", "Up 6 days", [[6379, 6379, "tcp"]], 8700, "redis-server"],
  ["queue", "rabbitmq:4-management", "running", "Up 3 minutes (unhealthy)", [[15672, 15672, "tcp"], [5672, 5672, "tcp"], [25672, 25672, "tcp"]], 3, "rabbitmq-server"],
  ["grafana", "grafana/grafana:11.3.0", "paused", "Up 4 days (Paused)", [[3000, 3000, "tcp"]], 5800, "/run.sh"],
  ["migrate-2026-11-23", "127.0.0.1:5000/tools/migrate:v3", "exited", "Exited (0) 2 hours ago", [], 126, "migrate up"],
  ["build-frontend", "node:24-bookworm-slim", "exited", "Exited (1) 18 minutes ago", [], 22, "npm run build"],
  ["dns-test", "busybox:latest", "created", "Created", [[5353, 53, "udp"]], 40, "sh"],
  ["proxy", "nginx:1.27-alpine", "exited", "Exited (137) 5 weeks ago", [[0, 80, "tcp"]], 52_000, "nginx -g 'daemon off;'"],
];

/** Containers and images of a scenario, as the daemon lists them. */
export function makeWorld(scenario: Scenario, now: number, imageCount = 0): { containers: ContainerInfo[]; images: ImageInfo[] } {
  const random = seeded(7);
  if (scenario === "empty") return { containers: [], images: [] };
  const images = typicalImages.map(([reference, size, days]) => image(reference, size, now - days * 86_400_000, random));
  const twin = images.find((each) => each.RepoTags?.includes("ghcr.io/acme/storefront:2026.11.3"));
  if (twin) {
    twin.RepoTags?.push("ghcr.io/acme/storefront:latest");
    images.splice(3, 1);
  }
  images.push({ ...image("", 97_000_000, now - 9 * 86_400_000, random), RepoTags: [] });
  for (let at = images.length; at < imageCount; at++) {
    const name = `registry.example.org/team-${Math.floor(at / 8) % 40}/service-${Math.floor(at / 8)}:1.${at % 8}.0`;
    images.push({ ...image(name, Math.floor(4e6 + random() ** 3 * 9e8), now - at * 3_600_000, random), ...(at % 19 === 3 ? { RepoTags: [] } : {}) });
  }
  let made: readonly Made[] = typicalContainers;
  if (scenario === "many" || scenario === "huge") made = Array.from({ length: scenario === "huge" ? 10_000 : 1000 }, (_, index) => many(index, random));
  if (scenario === "long") for (const each of images) each.RepoTags = each.RepoTags?.map((tag) => `registry.internal.example-company.com:5000/platform/team-${"nested/".repeat(4)}${tag.split("/").at(-1)}-${"built-by-a-pipeline-".repeat(2)}1`);
  if (scenario === "long") made = typicalContainers.map(([name, reference, ...rest]): Made => [`${name}-${"with-a-name-that-somebody-generated-".repeat(3)}end`, `registry.internal.example-company.com:5000/platform/team-${"nested/".repeat(4)}${reference.split("/").at(-1)}`, ...rest]);
  return { containers: made.map((each) => container(each, now, images, random)), images };
}

function many(index: number, random: () => number): Made {
  const base = typicalContainers[Math.floor(random() * typicalContainers.length)] as Made;
  const [name, image, state, status, ports, , command] = base;
  return [`${name}-${String(index + 1).padStart(4, "0")}`, image, state, status, ports.map(([host, inside, type]) => [host === 0 ? 0 : 20_000 + index * 3, inside, type] as const), index * 7 + 1, command];
}

function image(reference: string, size: number, created: number, random: () => number): ImageInfo {
  return { Id: `sha256:${makeId(random)}`, ParentId: "", RepoTags: [reference], RepoDigests: [], Created: Math.floor(created / 1000), Size: size, VirtualSize: size, SharedSize: -1, Labels: {}, Containers: -1 };
}

function container([name, reference, state, status, ports, minutes, command]: Made, now: number, images: readonly ImageInfo[], random: () => number): ContainerInfo {
  return {
    Id: makeId(random),
    Names: [`/${name}`],
    Image: reference,
    ImageID: images.find((each) => each.RepoTags?.includes(reference))?.Id ?? "",
    Command: command,
    Created: Math.floor(now / 1000) - minutes * 60,
    Ports: ports.map(([host, inside, type]) => ({ IP: host && state !== "created" && state !== "exited" ? "0.0.0.0" : "", PrivatePort: inside, PublicPort: state === "created" || state === "exited" ? 0 : host, Type: type })),
    Labels: name.startsWith("storefront") ? { "com.docker.compose.project": "storefront", "com.docker.compose.service": name.slice(11) } : {},
    State: state,
    Status: status,
    HostConfig: { NetworkMode: "bridge" },
    NetworkSettings: { Networks: {} },
    Mounts: [],
  };
}

/** An inspect answer for a listed container. */
export function inspectOf(info: ContainerInfo): ContainerInspectInfo {
  const running = info.State === "running" || info.State === "paused";
  const started = new Date((info.Created + 4) * 1000).toISOString();
  const exit = /\((\d+)\)/.exec(info.Status)?.[1];
  return {
    Id: info.Id,
    Created: new Date(info.Created * 1000).toISOString(),
    Path: info.Command.split(" ")[0] ?? "",
    Args: info.Command.split(" ").slice(1),
    State: { Status: info.State, Running: running, Paused: info.State === "paused", Restarting: false, OOMKilled: exit === "137", Dead: false, Pid: running ? 48_213 : 0, ExitCode: Number(exit ?? 0), Error: "", StartedAt: info.State === "created" ? "0001-01-01T00:00:00Z" : started, FinishedAt: running ? "0001-01-01T00:00:00Z" : new Date().toISOString(), ...(info.Status.includes("healthy") && { Health: { Status: info.Status.includes("unhealthy") ? "unhealthy" : "healthy", FailingStreak: info.Status.includes("unhealthy") ? 7 : 0, Log: [{ Start: new Date(Date.now() - 9000).toISOString(), End: new Date(Date.now() - 8960).toISOString(), ExitCode: info.Status.includes("unhealthy") ? 1 : 0, Output: info.Status.includes("unhealthy") ? "curl: (7) Failed to connect to localhost port 80 after 0 ms: Connection refused\n" : "ok\n" }] } }) },
    Image: info.ImageID || `sha256:${"0".repeat(64)}`,
    Name: info.Names[0] ?? "",
    RestartCount: 0,
    Driver: "overlay2",
    Platform: "linux",
    HostConfig: { RestartPolicy: { Name: "unless-stopped", MaximumRetryCount: 0 }, Memory: 268_435_456, NanoCpus: 1_500_000_000, NetworkMode: "bridge" },
    Mounts: [
      { Type: "volume", Name: "storefront-data", Source: "/var/lib/slipway/volumes/storefront-data/_data", Destination: "/var/lib/data", Driver: "local", Mode: "z", RW: true, Propagation: "" },
      { Type: "bind", Source: "/home/dev/storefront/config", Destination: "/etc/storefront", Mode: "", RW: false, Propagation: "rprivate" },
    ],
    Config: {
      Hostname: info.Id.slice(0, 12),
      Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "NODE_ENV=production", "DATABASE_URL=postgres://storefront:tern-9@storefront-db:5432/storefront", "SESSION_SECRET=b4e1c0ffee5a11", "LOG_LEVEL=info"],
      Cmd: info.Command.split(" "),
      Healthcheck: info.Status.includes("healthy") ? { Test: ["CMD-SHELL", "curl -fsS localhost/health || exit 1"], Interval: 15e9, Timeout: 3e9, Retries: 4 } : undefined,
      Image: info.Image,
      WorkingDir: "/srv/app",
      Labels: info.Labels,
      User: "node",
    },
    NetworkSettings: { Networks: { bridge: { IPAddress: running ? "172.17.0.4" : "" } }, Ports: {} },
  } as unknown as ContainerInspectInfo;
}
