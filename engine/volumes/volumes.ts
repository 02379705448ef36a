import type { IoOptions } from "../base/abort.ts";
import type { Event } from "../base/events.ts";
import type { VolumeRow } from "../store/volumes.ts";

/**
 * Named volumes of the `local` driver: directories at `<root>/volumes/<name>/_data`. A volume made without a name is anonymous: its name is 64
 * hexadecimal digits and `prune` takes it. A volume that a container uses is never removed; use is asked through `VolumeUsers`, so that
 * volumes know nothing of containers.
 */
export interface VolumeRecord {
  readonly name: string;
  readonly driver: "local";
  readonly mountpoint: string;
  readonly createdAt: Date;
  readonly labels: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, string>>;
  readonly anonymous: boolean;
}

/** Beside the volumes: those that were set aside, as `<id>/<name>`. No volume can have such a name. */
export const KEPT = ".kept";

export interface VolumeEvent {
  readonly action: "create" | "destroy";
  readonly name: string;
}

/** Which containers use a volume. */
export type VolumeUsers = (name: string) => readonly string[];

export interface Volumes {
  list(): readonly VolumeRecord[];
  /** @throws EngineError `notFound` */
  get(name: string): VolumeRecord;
  /** An existing one of the same name is returned as it is. `name` undefined makes an anonymous one. @throws EngineError `invalidArgument` */
  create(request: { readonly name?: string | undefined; readonly labels?: Readonly<Record<string, string>> | undefined; readonly options?: Readonly<Record<string, string>> | undefined; readonly driver?: string | undefined }): Promise<VolumeRecord>;
  /** @throws EngineError `notFound`, `conflict` when used */
  remove(name: string, options?: { readonly force?: boolean }): Promise<void>;
  /**
   * Removes a volume for everybody, but keeps its files under `id`, out of sight, for {@link bringBack}. A crash at any moment leaves the volume or the kept files.
   * @param keep records the row, in the transaction that removes it
   * @throws EngineError `notFound`, `conflict` when used
   */
  setAside(name: string, id: string, keep: (row: VolumeRow) => void): void;
  /**
   * Makes kept files a volume again, named as in `row`.
   * @param forget drops the record of `id`, in the transaction that records the volume
   * @throws EngineError `conflict` when a volume has that name, `invalidArgument` for a bad name, `dataLoss` when the files are gone
   */
  bringBack(row: VolumeRow, id: string, forget: () => void): VolumeRecord;
  /** Removes kept files whose record is gone; fine when there are none. */
  discard(id: string): Promise<void>;
  /** Bytes of kept files. */
  keptUsage(id: string, options?: IoOptions): Promise<number>;
  /** Fills an empty volume with what the image has at that path (owner, modes, xattrs, links). Returns false when it was not empty. Does not follow links out of `source`. */
  copyUp(name: string, source: string, options?: IoOptions): Promise<boolean>;
  /** Bytes on disk. */
  usage(name: string, options?: IoOptions): Promise<number>;
  /** Finishes what a crash cut short, and mounts again what a reboot unmounted. Called once at start-up. */
  recover(): Promise<void>;
  readonly onDidChange: Event<VolumeEvent>;
}
