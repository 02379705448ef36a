import type { Containers } from "../../containers/containers.ts";
import type { Files } from "../../files/files.ts";
import type { Images } from "../../images/images.ts";
import type { Volumes } from "../../volumes/volumes.ts";

/** What looking into containers and volumes needs of the engine. */
export interface FilesBackend {
  readonly containers: Pick<Containers, "get" | "openFiles" | "changeFiles" | "revertFile">;
  readonly volumes: Pick<Volumes, "get">;
  readonly images: Pick<Images, "list">;
  readonly files: Files;
}
