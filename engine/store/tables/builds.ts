/** Tables of the build cache. */
export const BUILDS_TABLES = `
CREATE TABLE build_cache (
  id TEXT PRIMARY KEY,
  -- The step's layer. A layer that gets its chain id, or is lost, takes the record along.
  snapshot TEXT NOT NULL REFERENCES snapshots (key) ON UPDATE CASCADE ON DELETE CASCADE,
  -- Id of the record of the step below, which may have been removed since; null on a base image or nothing.
  parent TEXT,
  description TEXT NOT NULL,
  -- Bytes of the layer.
  size INTEGER NOT NULL,
  -- Milliseconds since the epoch.
  created_at INTEGER NOT NULL,
  last_used_at INTEGER NOT NULL,
  uses INTEGER NOT NULL,
  -- Of the layer's tar, known once an image needed it.
  diff_id TEXT,
  tar_size INTEGER
) STRICT;
CREATE INDEX build_cache_by_snapshot ON build_cache (snapshot);
CREATE INDEX build_cache_by_parent ON build_cache (parent);
-- Several keys may lead to one result: what a step does, and what the files it read contain.
CREATE TABLE build_cache_keys (
  key TEXT PRIMARY KEY,
  record TEXT NOT NULL REFERENCES build_cache (id) ON DELETE CASCADE
) STRICT;
CREATE INDEX build_cache_keys_by_record ON build_cache_keys (record);
-- What went into a step when it was built last: says why it missed.
CREATE TABLE build_sites (
  site TEXT PRIMARY KEY,
  -- JSON.
  inputs TEXT NOT NULL,
  -- Digests of the files it read, compressed; null without files.
  manifest BLOB,
  used_at INTEGER NOT NULL
) STRICT;
`;
