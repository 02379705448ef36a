import type { CacheRecord } from "../../build/build.ts";
import { volumeJson } from "../volumes/routes.ts";
import type { ApiReply } from "../reply.ts";
import type { ApiRequest } from "../request.ts";
import type { SystemBackend } from "./backend.ts";
import { statusText } from "../containers/status-text.ts";
import { mountJson } from "../containers/mounts-json.ts";

/** `GET /system/df`: sizes of images, containers, volumes and the build cache, or of the types asked for. */
export async function diskUsage(backend: SystemBackend, request: ApiRequest, reply: ApiReply): Promise<void> {
  const types = request.query.getAll("type");
  const wanted = (type: string): boolean => types.length === 0 || types.includes(type);
  const buildCache = wanted("build-cache") ? await backend.builder.cacheRecords({ signal: request.signal }) : [];
  reply.json({
    ...(wanted("image") ? { LayersSize: backend.images.layersSize(), Images: await imagesJson(backend, request.signal) } : {}),
    ...(wanted("container") ? { Containers: await containersJson(backend, request.signal) } : {}),
    ...(wanted("volume") ? { Volumes: await volumesJson(backend, request.signal) } : {}),
    ...(wanted("build-cache") ? { BuildCache: buildCache.map(cacheRecordJson) } : {}),
    ...(types.length === 0 ? { BuilderSize: buildCache.reduce((sum, { size, shared }) => sum + (shared ? 0 : size), 0) } : {}),
  });
}

async function imagesJson({ images, containers }: SystemBackend, signal: AbortSignal): Promise<object[]> {
  const shared = await images.sharedSizes({ signal });
  const users = new Map<string, number>();
  for (const { record } of containers.list()) users.set(record.imageId, (users.get(record.imageId) ?? 0) + 1);
  return images.list().map((image) => ({
    Id: image.id, ParentId: image.parentId ?? "", RepoTags: image.repoTags, RepoDigests: image.repoDigests, Created: Math.floor((image.createdAt?.getTime() ?? 0) / 1000),
    Size: image.size, SharedSize: shared.get(image.id) ?? 0, Labels: image.config.config?.Labels ?? null, Containers: users.get(image.id) ?? 0,
  }));
}

async function containersJson({ containers }: SystemBackend, signal: AbortSignal): Promise<object[]> {
  const rows: object[] = [];
  const now = Date.now();
  for (const { record, state } of containers.list()) {
    const size = await containers.size(record.id, { signal });
    rows.push({
      Id: record.id, Names: [`/${record.name}`], Image: record.config.Image, ImageID: record.imageId, Command: record.args.join(" "), Created: Math.floor(record.createdAt.getTime() / 1000),
      Ports: [], SizeRw: size.written, SizeRootFs: size.rootfs, Labels: record.config.Labels, State: state.status, Status: statusText(state, now),
      HostConfig: { NetworkMode: record.hostConfig.NetworkMode }, NetworkSettings: null, Mounts: record.mounts.map(mountJson),
    });
  }
  return rows;
}

async function volumesJson({ volumes, volumeUsers }: SystemBackend, signal: AbortSignal): Promise<object[]> {
  const rows: object[] = [];
  for (const volume of volumes.list()) {
    rows.push({ ...volumeJson(volume), UsageData: { Size: await volumes.usage(volume.name, { signal }), RefCount: volumeUsers(volume.name).length } });
  }
  return rows;
}

/** A record of the build cache with Docker's names. */
function cacheRecordJson({ id, type, description, size, createdAt, lastUsedAt, uses, inUse, shared, parentId }: CacheRecord): object {
  return {
    ID: id, Parent: parentId ?? "", Parents: parentId === null ? [] : [parentId], Type: type === "layer" ? "regular" : "exec.cachemount", Description: description, InUse: inUse, Shared: shared, Size: size,
    CreatedAt: new Date(createdAt).toISOString(), LastUsedAt: new Date(lastUsedAt).toISOString(), UsageCount: uses,
  };
}
