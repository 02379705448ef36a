import type { Builder } from "../../build/build.ts";
import type { Containers } from "../../containers/containers.ts";
import type { EventHub } from "../../containers/events.ts";
import type { Images } from "../../images/images.ts";
import type { RuntimeCapabilities } from "../../runtime/runtime.ts";
import type { VolumeUsers, Volumes } from "../../volumes/volumes.ts";

export interface SystemBackend {
  readonly containers: Pick<Containers, "list" | "size">;
  readonly images: Pick<Images, "list" | "layersSize" | "sharedSizes" | "hostPlatform">;
  readonly volumes: Pick<Volumes, "list" | "usage">;
  readonly volumeUsers: VolumeUsers;
  readonly builder: Pick<Builder, "cacheRecords">;
  readonly events: EventHub;
  readonly capabilities: RuntimeCapabilities;
  /** Persistent state directory of the engine. */
  readonly root: string;
  /** Names this engine in `docker info`. */
  readonly engineId: string;
  readonly version: string;
  readonly insecureRegistries: readonly string[];
  readonly registryMirrors: readonly string[];
}
