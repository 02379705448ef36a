import type { CompleteVolumeForm, VolumeDetails, VolumeInfo, VolumeSize } from "../ipc/contract/volumes.ts";
import type { EngineConnection } from "./connection.ts";
import { dial } from "./docker-client.ts";
import { toIpcError } from "./docker-errors.ts";
import { ipcError, isIpcError } from "./ipc-error.ts";

/** Volumes of the engine. */
export interface Volumes {
  list(signal?: AbortSignal): Promise<VolumeInfo[]>;
  inspect(name: string, signal?: AbortSignal): Promise<VolumeDetails>;
  /** Walks every volume's files. */
  sizes(signal?: AbortSignal): Promise<VolumeSize[]>;
  /** @throws IpcError `alreadyExists` where the daemon would return the volume of that name */
  create(form: CompleteVolumeForm): Promise<VolumeInfo>;
  remove(name: string): Promise<void>;
}

/** What daemons answer; dockerode's type lacks CreatedAt and takes nothing for absent. */
export interface RawVolume {
  Name: string;
  Driver?: string;
  Mountpoint?: string;
  Scope?: string;
  CreatedAt?: string;
  Labels?: Record<string, string> | null;
  Options?: Record<string, string> | null;
  UsageData?: { Size?: number; RefCount?: number } | null;
}

export function createVolumes(connection: EngineConnection): Volumes {
  const { docker, endpoint } = connection;

  async function inspect(name: string, signal?: AbortSignal): Promise<RawVolume> {
    return dial<RawVolume>(docker, { path: `/volumes/${name}`, method: "GET", okStatuses: [200], signal });
  }

  async function exists(name: string): Promise<boolean> {
    try {
      await inspect(name);
      return true;
    } catch (error) {
      if (isIpcError(toIpcError(error, endpoint), "notFound")) return false;
      throw error;
    }
  }

  return {
    async list(signal) {
      const answer = await dial<{ Volumes?: RawVolume[] | null }>(docker, { path: "/volumes", method: "GET", okStatuses: [200], signal });
      return (answer.Volumes ?? []).map(toVolumeInfo);
    },
    async inspect(name, signal) {
      const raw = await inspect(name, signal);
      return { ...toVolumeInfo(raw), raw: { ...raw } };
    },
    async sizes(signal) {
      // Daemons before API 1.42 ignore the type and measure everything.
      const usage = await dial<{ Volumes?: RawVolume[] | null }>(docker, { path: "/system/df?", method: "GET", query: { type: "volume" }, okStatuses: [200], signal });
      return (usage.Volumes ?? []).map(({ Name, UsageData }) => ({ name: Name, bytes: UsageData?.Size === undefined || UsageData.Size < 0 ? null : UsageData.Size, users: Math.max(0, UsageData?.RefCount ?? 0) }));
    },
    async create(form) {
      const { name, driver, options, labels } = form;
      if (name !== undefined && (await exists(name))) throw ipcError("alreadyExists", `The volume ${name} exists already.`);
      const body = { ...(name === undefined ? {} : { Name: name }), Driver: driver, DriverOpts: options, Labels: labels };
      return toVolumeInfo(await dial<RawVolume>(docker, { path: "/volumes/create", method: "POST", body, okStatuses: [200, 201] }));
    },
    async remove(name) {
      await docker.getVolume(name).remove();
    },
  };
}

/** Docker labels what it named itself since version 23; before, 64 hexadecimal digits tell. */
export function toVolumeInfo(raw: RawVolume): VolumeInfo {
  const created = Date.parse(raw.CreatedAt ?? "");
  const labels = raw.Labels ?? {};
  return {
    name: raw.Name,
    driver: raw.Driver ?? "",
    mountpoint: raw.Mountpoint ?? "",
    scope: raw.Scope ?? "",
    created: Number.isNaN(created) || created <= 0 ? null : created,
    labels,
    options: raw.Options ?? {},
    anonymous: "com.docker.volume.anonymous" in labels || /^[0-9a-f]{64}$/.test(raw.Name),
  };
}
