import type { IoOptions } from "../base/abort.ts";
import type { Event } from "../base/events.ts";

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
  /** Fills an empty volume with what the image has at that path (owner, modes, xattrs, links). Returns false when it was not empty. Does not follow links out of `source`. */
  copyUp(name: string, source: string, options?: IoOptions): Promise<boolean>;
  /** Bytes on disk. */
  usage(name: string, options?: IoOptions): Promise<number>;
  /** Finishes what a crash cut short, and mounts again what a reboot unmounted. Called once at start-up. */
  recover(): Promise<void>;
  readonly onDidChange: Event<VolumeEvent>;
}
