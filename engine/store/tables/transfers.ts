/** Tables of what moves between this machine and registries. */
export const TRANSFERS_TABLES = `
-- A layer that was compressed for a push: done once, sent as often as wanted.
CREATE TABLE compressed_blobs (
  source TEXT PRIMARY KEY,         -- digest of the uncompressed blob
  digest TEXT NOT NULL,            -- of the compressed one
  size INTEGER NOT NULL,           -- of the compressed one, in bytes
  made_at INTEGER NOT NULL         -- milliseconds since the epoch
) STRICT, WITHOUT ROWID;
-- Repositories that are known to have a blob: a push to a neighbour mounts it instead of sending it.
CREATE TABLE blob_sources (
  digest TEXT NOT NULL,
  registry TEXT NOT NULL,          -- as in a reference: docker.io, localhost:5000
  repository TEXT NOT NULL,        -- path below the registry
  seen_at INTEGER NOT NULL,        -- milliseconds since the epoch
  PRIMARY KEY (digest, registry, repository)
) STRICT, WITHOUT ROWID;
CREATE INDEX blob_sources_by_age ON blob_sources (seen_at);
-- Pulls and pushes, running and past. Credentials are never here.
CREATE TABLE transfers (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,              -- pull, push
  reference TEXT NOT NULL,
  request TEXT NOT NULL,           -- what else was asked for, JSON
  state TEXT NOT NULL,
  error TEXT,
  current INTEGER NOT NULL,        -- bytes
  total INTEGER NOT NULL,          -- bytes
  holds TEXT NOT NULL,             -- blobs and snapshots kept for going on, JSON list
  created_at INTEGER NOT NULL,     -- milliseconds since the epoch
  updated_at INTEGER NOT NULL
) STRICT;
`;
