import type { MountPoint } from "../../containers/containers.ts";

/** A mount as inspect and list show it; keys that do not apply are absent, as in Docker. */
export function mountJson(mount: MountPoint): object {
  return {
    Type: mount.type,
    ...(mount.name === "" ? {} : { Name: mount.name }),
    Source: mount.source,
    Destination: mount.destination,
    ...(mount.driver === "" ? {} : { Driver: mount.driver }),
    Mode: mount.mode,
    RW: mount.readWrite,
    Propagation: mount.propagation,
  };
}
