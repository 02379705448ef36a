/** Tables of the networks aggregate, version 1. `record` columns hold the JSON of the types in engine/networks/networks.ts. */
export const NETWORKS_TABLES = `
  CREATE TABLE networks (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    record TEXT NOT NULL
  ) STRICT;
  CREATE TABLE sandboxes (
    container_id TEXT PRIMARY KEY,
    record TEXT NOT NULL
  ) STRICT;
`;
