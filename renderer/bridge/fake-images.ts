/** Layers, files and archives of the fake host's images. */
import type { ContainerInfo, ImageInfo, ImageInspectInfo } from "dockerode";
import type { ArchiveEvent, ArchiveKind } from "../../electron/ipc/contract/image-archives.ts";
import type { FilePage, ImageComparison, ImageFile, ImageStep, ImageStructure, RemovalPreview } from "../../electron/ipc/contract/image-contents.ts";
import type { DesktopEvent } from "../../electron/ipc/contract/events.ts";
import { makeId, seeded } from "./fake-data.ts";
import { fakeError } from "./fake-error.ts";

export interface FakeImagesOptions {
  readonly images: ImageInfo[];
  readonly containers: ReadonlyMap<string, ContainerInfo>;
  /** Whether the made-up engine has our extensions. */
  readonly supported: boolean;
  readonly turn: () => Promise<void>;
  readonly emit: (event: DesktopEvent) => void;
}

interface FileQuery { id: string; layer?: number; show?: "all" | "present" | "wasted"; search?: string; offset?: number; limit?: number }

const steps: readonly (readonly [createdBy: string, share: number, comment?: string])[] = [
  ["/bin/sh -c #(nop) ADD file:3ac2f1d8b7e84e9e2a3d4c1f5b6a79880c0d1e2f3a4b5c6d7e8f9a0b1c2d3e4f in / ", 0.34],
  ["/bin/sh -c #(nop)  CMD [\"bash\"]", 0],
  ["RUN /bin/sh -c groupadd --gid 1000 node   && useradd --uid 1000 --gid node --shell /bin/bash --create-home node # buildkit", 0.0004, "buildkit.dockerfile.v0"],
  ["ENV NODE_VERSION=24.11.1", 0],
  ["RUN /bin/sh -c apt-get update && apt-get install -y ca-certificates curl wget gnupg dirmngr xz-utils libatomic1 --no-install-recommends && rm -rf /var/lib/apt/lists/* && ARCH= && dpkgArch=\"$(dpkg --print-architecture)\" && case \"${dpkgArch##*-}\" in amd64) ARCH='x64';; arm64) ARCH='arm64';; *) echo \"unsupported architecture\"; exit 1 ;; esac && node --version && npm --version # buildkit", 0.41, "buildkit.dockerfile.v0"],
  ["WORKDIR /srv/app", 0.00001, "buildkit.dockerfile.v0"],
  ["COPY package.json package-lock.json ./ # buildkit", 0.001, "buildkit.dockerfile.v0"],
  ["RUN /bin/sh -c npm ci --omit=dev # buildkit", 0.21, "buildkit.dockerfile.v0"],
  ["COPY dist ./dist # buildkit", 0.03859, "buildkit.dockerfile.v0"],
  ["USER node", 0],
  ["EXPOSE map[8080/tcp:{}]", 0],
  ["ENTRYPOINT [\"docker-entrypoint.sh\"]", 0],
  ["CMD [\"node\" \"dist/server.js\"]", 0],
];
const folders = ["usr/lib/x86_64-linux-gnu", "usr/share/doc", "srv/app/node_modules/undici/lib", "srv/app/dist", "var/lib/dpkg/info", "usr/local/bin", "etc/ssl/certs", "usr/share/zoneinfo/Europe"];
const words = ["libcrypto.so.3", "index.js", "copyright", "node", "libstdc++.so.6", "Berlin", "ca-certificates.crt", "server.js.map", "changelog.gz", "package.json", "locale-archive"];

/** The parts of the client that it serves. */
export function createFakeImages({ images, containers, supported, turn, emit }: FakeImagesOptions) {
  const uploads = new Map<string, { bytes: number; done: () => void }>();
  function find(name: string): ImageInfo {
    const found = images.find((each) => each.Id === name || each.RepoTags?.includes(name) || each.Id.replace("sha256:", "").startsWith(name));
    if (!found) throw fakeError("notFound", `No such image: ${name}`, [{ type: "imageMissing", image: name }]);
    return found;
  }
  function happened(action: string, id: string): void {
    emit({ type: "docker", event: { objectType: "image", action, id, attributes: {}, time: Date.now() } });
  }
  function userOf(image: ImageInfo): ContainerInfo | undefined {
    return [...containers.values()].find((info) => info.ImageID === image.Id);
  }
  function onlyOurs(): void {
    if (!supported) throw fakeError("notImplemented", "This engine does not list the files of images.");
  }
  function remove(id: string, force: boolean): { untagged: string[]; deleted: string[] } {
    const found = find(id);
    const last = found.Id === id || (found.RepoTags?.length ?? 0) <= 1;
    const user = userOf(found);
    if (last && user && (!force || user.State === "running")) throw fakeError("conflict", `The image is used by the container ${user.Names[0]?.slice(1)}.`, [{ type: "inUse", containerId: user.Id }], `conflict: unable to remove repository reference "${id}" (must force) - container ${user.Id.slice(0, 12)} is using its referenced image`);
    const untagged = found.Id === id ? (found.RepoTags ?? []) : [id];
    found.RepoTags = found.RepoTags?.filter((tag) => !untagged.includes(tag));
    if (last) images.splice(images.indexOf(found), 1);
    happened("delete", id);
    return { untagged, deleted: last ? [found.Id] : [] };
  }
  function preview(names: readonly string[], force: boolean): RemovalPreview {
    const left = new Map(images.map((image) => [image.Id, [...(image.RepoTags ?? [])]]));
    const answer: RemovalPreview = { untagged: [], deleted: [], refused: [], layers: 0, freedBytes: 0, isExact: supported };
    for (const name of names) {
      const image = find(name);
      const tags = left.get(image.Id) ?? [];
      const going = image.Id === name ? tags : [name];
      const user = userOf(image);
      if (going.length === tags.length && user && (!force || user.State === "running")) {
        answer.refused.push({ name, canForce: user.State !== "running", message: `conflict: unable to remove repository reference "${name}" (${user.State === "running" ? "cannot be forced" : "must force"}) - container ${user.Id.slice(0, 12)} is using its referenced image ${image.Id.slice(7, 19)}` });
        continue;
      }
      answer.untagged.push(...going);
      left.set(image.Id, tags.filter((tag) => !going.includes(tag)));
      if (left.get(image.Id)?.length === 0) answer.deleted.push({ id: image.Id, names: image.RepoTags ?? [], size: image.Size });
    }
    answer.layers = supported ? answer.deleted.length * 3 : null;
    answer.freedBytes = answer.deleted.reduce((sum, { size }) => sum + Math.floor(size * 0.66), 0);
    return answer;
  }
  function prunable(dangling: boolean): RemovalPreview {
    const going = images.filter((image) => !userOf(image) && (!dangling || !image.RepoTags?.length));
    return { ...preview(going.map((image) => image.Id), false), isExact: supported };
  }

  return {
    images: {
      inspect: async ({ id }: { id: string }) => {
        await turn();
        return inspect(find(id));
      },
      tag: async ({ id, target }: { id: string; target: string }) => {
        await turn();
        const image = find(id);
        for (const each of images) each.RepoTags = each.RepoTags?.filter((tag) => tag !== target);
        image.RepoTags = [...(image.RepoTags ?? []), target];
        happened("tag", image.Id);
      },
      remove: async ({ id, force = false }: { id: string; force?: boolean }) => {
        await turn();
        return remove(id, force);
      },
    },
    imageContents: {
      structure: async ({ id }: { id: string }): Promise<ImageStructure> => {
        await turn();
        return { steps: stepsOf(find(id), supported), hasFiles: supported };
      },
      history: async ({ id }: { id: string }) => {
        await turn();
        const image = find(id);
        return stepsOf(image, false).toReversed().map((step, at) => ({ id: at === 0 ? image.Id : null, created: step.created, createdBy: step.createdBy, size: step.size, comment: step.comment, tags: at === 0 ? (image.RepoTags ?? []) : [] }));
      },
      platforms: async ({ ids }: { ids: string[] }) => {
        await turn();
        return ids.map((id) => ({ id, platform: id < "sha256:2" ? "linux/arm64/v8" : "linux/amd64" }));
      },
      sizes: async () => {
        await turn();
        return images.map(({ Id, Size }) => ({ id: Id, sharedBytes: Math.floor(Size * 0.34) }));
      },
      files: async (query: FileQuery) => {
        await turn();
        onlyOurs();
        return page(filesOf(find(query.id)), query);
      },
      compare: async ({ before, after }: { before: string; after: string }): Promise<ImageComparison> => {
        await turn();
        onlyOurs();
        return compare(filesOf(find(before)), filesOf(find(after)));
      },
      previewRemoval: async ({ names, force = false }: { names: string[]; force?: boolean }) => {
        await turn();
        return preview(names, force);
      },
      previewPrune: async ({ dangling }: { dangling: boolean }) => {
        await turn();
        return prunable(dangling);
      },
      prune: async ({ dangling }: { dangling: boolean }) => {
        await turn();
        const { deleted, untagged, freedBytes } = prunable(dangling);
        for (const { id } of deleted) images.splice(images.findIndex((image) => image.Id === id), 1);
        happened("delete", "");
        return { untagged, deleted: deleted.map(({ id }) => id), freedBytes };
      },
    },
    imageArchives: {
      save: async ({ names, path, replace = false }: { names: string[]; path: string; replace?: boolean }, { signal }: { signal?: AbortSignal } = {}) => save(names.map(find), path, replace, signal),
      read: async ({ path, what }: { path: string; what: ArchiveKind }, { signal }: { signal?: AbortSignal } = {}) => read(path, what, signal),
      upload: async ({ streamId, what, totalBytes = null }: { streamId: string; what: ArchiveKind; totalBytes?: number | null }) => receive(streamId, what, totalBytes),
      write: async ({ streamId, data }: { streamId: string; data: string }) => {
        const upload = uploads.get(streamId);
        if (upload) upload.bytes += data.length;
      },
      end: async ({ streamId }: { streamId: string }) => uploads.get(streamId)?.done(),
    },
  };

  async function* save(chosen: readonly ImageInfo[], path: string, replace: boolean, signal?: AbortSignal): AsyncGenerator<ArchiveEvent> {
    await turn();
    if (path.includes("taken") && !replace) throw fakeError("alreadyExists", `${path} exists already.`);
    const total = chosen.reduce((sum, image) => sum + image.Size, 0);
    for (let bytes = 0; bytes < total; bytes += 60_000_000) {
      yield { type: "progress", bytes, totalBytes: null };
      await sleep(100);
      if (signal?.aborted) throw fakeError("cancelled", "The operation was cancelled.");
    }
    yield { type: "saved", path: path.replace("~", "/home/dev"), bytes: total };
  }
  async function* read(path: string, what: ArchiveKind, signal?: AbortSignal): AsyncGenerator<ArchiveEvent> {
    await turn();
    if (path.includes("missing")) throw fakeError("notFound", `${path} does not exist.`);
    const totalBytes = 240_000_000;
    for (let bytes = 0; bytes < totalBytes; bytes += 40_000_000) {
      yield { type: "progress", bytes, totalBytes };
      await sleep(100);
      if (signal?.aborted) throw fakeError("cancelled", "The operation was cancelled.");
    }
    yield arrive(what, totalBytes);
  }
  async function* receive(streamId: string, what: ArchiveKind, totalBytes: number | null): AsyncGenerator<ArchiveEvent> {
    const upload = { bytes: 0, done: () => undefined as void };
    const ended = new Promise<void>((resolve) => (upload.done = resolve));
    uploads.set(streamId, upload);
    yield { type: "progress", bytes: 0, totalBytes };
    await ended;
    yield arrive(what, upload.bytes);
  }
  function arrive(what: ArchiveKind, bytes: number): ArchiveEvent {
    const reference = what.kind === "import" ? (what.reference ?? "") : "loaded/app:1.0";
    const image: ImageInfo = { Id: `sha256:${makeId(Math.random)}`, ParentId: "", RepoTags: reference ? [reference] : [], RepoDigests: [], Created: Math.floor(Date.now() / 1000), Size: bytes, VirtualSize: bytes, SharedSize: -1, Labels: {}, Containers: -1 };
    images.unshift(image);
    happened("load", image.Id);
    return { type: "loaded", images: [reference || image.Id] };
  }
}

function stepsOf(image: ImageInfo, supported: boolean): ImageStep[] {
  let layer = 0;
  const random = seeded(Number.parseInt(image.Id.slice(7, 13), 16));
  return steps.map(([createdBy, share, comment = ""], at): ImageStep => {
    const size = Math.floor(image.Size * share);
    return {
      createdBy, comment, size, created: (image.Created - (steps.length - at) * 40) * 1000, layer: share > 0 ? layer++ : null,
      ...(supported && share > 0 ? { digest: `sha256:${makeId(random)}`, blobSize: Math.floor(size * 0.38), imageCount: at < 5 ? 7 : 1 } : {}),
    };
  });
}

function filesOf(image: ImageInfo): ImageFile[] {
  const random = seeded(Number.parseInt(image.Id.slice(7, 13), 16));
  const files = Array.from({ length: 4000 }, (_, at): ImageFile => {
    const hidden = at % 37 === 5;
    const layer = Math.floor(random() * (hidden ? 5 : 7));
    const folder = folders[Math.floor(random() * folders.length)];
    return {
      path: `/${folder}/${at < 200 ? "" : `${at}-`}${words[at % words.length]}`, type: at % 53 === 7 ? "symlink" : "file", size: at % 53 === 7 ? 0 : Math.floor(image.Size * 0.08 * random() ** 24), mode: at % 5 === 0 ? 0o755 : 0o644,
      uid: layer > 4 ? 1000 : 0, gid: layer > 4 ? 1000 : 0, modifiedAt: image.Created * 1000 - at * 60_000, layer, ...(hidden ? { hiddenBy: layer + 1, hiddenHow: at % 2 ? "replaced" as const : "deleted" as const } : {}),
    };
  });
  return files.sort((a, b) => b.size - a.size);
}

function page(all: readonly ImageFile[], { layer, show = "all", search = "", offset = 0, limit = 200 }: FileQuery): FilePage {
  const found = all.filter((file) => (layer === undefined || file.layer === layer) && (show === "all" || (show === "wasted") === (file.hiddenBy !== undefined)) && file.path.toLowerCase().includes(search.toLowerCase()));
  const counts = (files: readonly ImageFile[]) => {
    const wasted = files.filter((file) => file.hiddenBy !== undefined);
    return { files: files.length, bytes: bytesOf(files), wastedBytes: bytesOf(wasted), wastedFiles: wasted.length };
  };
  return { total: found.length, bytes: bytesOf(found), files: found.slice(offset, offset + limit), summary: { ...counts(all), layers: Array.from({ length: 7 }, (_, at) => counts(all.filter((file) => file.layer === at))), isComplete: true } };
}

function bytesOf(files: readonly ImageFile[]): number {
  return files.reduce((sum, file) => sum + file.size, 0);
}

function compare(before: readonly ImageFile[], after: readonly ImageFile[]): ImageComparison {
  const left = new Map(before.map((file) => [file.path, file]));
  const right = new Map(after.map((file) => [file.path, file]));
  const differences: ImageComparison["differences"] = [];
  for (const file of right.values()) {
    const old = left.get(file.path);
    if (!old) differences.push({ path: file.path, change: "added", type: file.type, sizeBefore: 0, sizeAfter: file.size, what: [] });
    else if (old.size !== file.size) differences.push({ path: file.path, change: "modified", type: file.type, sizeBefore: old.size, sizeAfter: file.size, what: old.mode === file.mode ? ["content"] : ["content", "mode"] });
  }
  for (const file of left.values()) if (!right.has(file.path)) differences.push({ path: file.path, change: "removed", type: file.type, sizeBefore: file.size, sizeAfter: 0, what: [] });
  differences.sort((a, b) => Math.abs(b.sizeAfter - b.sizeBefore) - Math.abs(a.sizeAfter - a.sizeBefore));
  const count = (change: string) => differences.filter((each) => each.change === change).length;
  return { added: count("added"), removed: count("removed"), modified: count("modified"), differences: differences.slice(0, 2000), isComplete: true };
}

function inspect(image: ImageInfo): ImageInspectInfo {
  return {
    Id: image.Id, RepoTags: image.RepoTags ?? [], RepoDigests: image.RepoTags?.slice(0, 1).map((tag) => `${tag.replace(/:[^/:]*$/, "")}@sha256:${makeId(seeded(3))}`) ?? [], Parent: "", Comment: "buildkit.dockerfile.v0", Created: new Date(image.Created * 1000).toISOString(), Container: "", DockerVersion: "", Author: "",
    Architecture: "amd64", Os: "linux", Size: image.Size, VirtualSize: image.Size, GraphDriver: { Name: "overlay2", Data: null }, Metadata: { LastTagTime: "0001-01-01T00:00:00Z" }, RootFS: { Type: "layers", Layers: Array.from({ length: 7 }, (_, at) => `sha256:${makeId(seeded(at < 3 ? at + 1 : Number.parseInt(image.Id.slice(7, 13), 16) + at))}`) },
    Config: {
      User: image.Size > 250_000_000 ? "app" : "node", ExposedPorts: { "80/tcp": {}, "443/tcp": {} }, WorkingDir: "/srv/app", Entrypoint: ["docker-entrypoint.sh"], Cmd: ["node", "dist/server.js", "--host", "0.0.0.0"], Volumes: { "/var/lib/data": {} }, StopSignal: "SIGTERM",
      Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "NODE_VERSION=24.11.1", "YARN_VERSION=1.22.22", "NODE_ENV=production"], Labels: { "org.opencontainers.image.source": "https://git.example.org/acme/storefront", "org.opencontainers.image.revision": "6b1f3e1" },
      Healthcheck: { Test: ["CMD-SHELL", "curl -f http://localhost/ || exit 1"], Interval: 30_000_000_000, Timeout: 3_000_000_000, Retries: 3 },
    },
  } as unknown as ImageInspectInfo;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
