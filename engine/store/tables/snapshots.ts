/** Tables of the snapshots aggregate, version 1. */
export const SNAPSHOTS_TABLES = `
CREATE TABLE snapshots (
  key TEXT PRIMARY KEY,
  -- Name of the directory below the snapshotter's root.
  directory TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL CHECK (kind IN ('committed', 'active')),
  parent TEXT REFERENCES snapshots (key),
  -- Milliseconds since the epoch.
  created_at INTEGER NOT NULL,
  -- Bytes; null for active ones.
  size INTEGER
) STRICT;
CREATE INDEX snapshots_by_parent ON snapshots (parent);
`;

/** What a layer takes on the disk: layers never change, so each is measured once. Version 4. */
export const SNAPSHOTS_OCCUPIED = `
-- Bytes as the file system counts them; null until measured, and for active ones.
ALTER TABLE snapshots ADD COLUMN occupied INTEGER;
`;
