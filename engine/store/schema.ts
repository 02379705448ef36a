import { BIN_TABLES } from "./tables/bin.ts";
import { BUILDS_TABLES } from "./tables/builds.ts";
import { CONTAINERS_TABLES } from "./tables/containers.ts";
import { IMAGES_TABLES } from "./tables/images.ts";
import { NETWORKS_TABLES } from "./tables/networks.ts";
import { SNAPSHOTS_OCCUPIED, SNAPSHOTS_TABLES } from "./tables/snapshots.ts";
import { TRANSFERS_TABLES } from "./tables/transfers.ts";
import { VOLUMES_TABLES } from "./tables/volumes.ts";

/** Steps that bring a database from one version to the next; index 0 makes version 1. Released steps never change. */
export type Migrations = readonly string[];

/** Version 1 is assembled from one file per aggregate; later versions are appended as they are released. */
export const MIGRATIONS: Migrations = [
  [SNAPSHOTS_TABLES, IMAGES_TABLES, VOLUMES_TABLES, NETWORKS_TABLES, CONTAINERS_TABLES].join("\n"),
  BUILDS_TABLES,
  TRANSFERS_TABLES,
  SNAPSHOTS_OCCUPIED,
  BIN_TABLES,
];
