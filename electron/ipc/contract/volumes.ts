/** Volumes: list, measure, create, remove. Who uses one is in the containers' list. */
import { oc, type } from "@orpc/contract";
import { z } from "zod";

/** Name of a volume as Docker accepts it; everything else could change the path of the API request. */
const volumeRef = z.string().min(1).max(255).regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/, "is not a volume name");
const text = z.string().max(32_768).regex(/^[^\0]*$/, "must not contain a NUL character");

/** What `docker volume create` takes. Without a name: an anonymous volume. */
export const volumeForm = z.object({
  name: volumeRef.optional(),
  driver: z.string().min(1).max(255).regex(/^[a-zA-Z0-9][a-zA-Z0-9_./:-]*$/, "is not the name of a driver").default("local"),
  options: z.record(z.string().min(1).max(255), text).default({}),
  labels: z.record(z.string().min(1).max(4096), text).default({}),
});

export type VolumeForm = z.input<typeof volumeForm>;
export type CompleteVolumeForm = z.output<typeof volumeForm>;

/** A volume, with the gaps of the daemon's answer filled. */
export interface VolumeInfo {
  name: string;
  driver: string;
  mountpoint: string;
  scope: string;
  /** Milliseconds since the epoch; null where the driver does not say. */
  created: number | null;
  labels: Record<string, string>;
  options: Record<string, string>;
  /** Made without a name, by a container: `docker volume prune` takes it. */
  anonymous: boolean;
}

export interface VolumeDetails extends VolumeInfo {
  /** What the daemon answers, for reading. */
  raw: Record<string, unknown>;
}

export interface VolumeSize {
  name: string;
  /** Null where the driver cannot say. */
  bytes: number | null;
  /** Containers that refer to it, running or not, as the daemon counts them. */
  users: number;
}

export const volumes = {
  /** All of them, never with sizes. */
  list: oc.output(type<VolumeInfo[]>()),
  inspect: oc.input(z.object({ name: volumeRef })).output(type<VolumeDetails>()),
  /** Measures every volume: it walks their files, so it is asked for, never with the list. */
  sizes: oc.output(type<VolumeSize[]>()),
  /** An existing volume of that name is `alreadyExists`; Docker would silently return it. */
  create: oc.input(volumeForm).output(type<VolumeInfo>()),
  /** `conflict` with hint `inUse` while a container refers to it. */
  remove: oc.input(z.object({ name: volumeRef })).output(type<void>()),
};
