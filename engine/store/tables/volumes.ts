/** Tables of the volumes aggregate, version 1. */
export const VOLUMES_TABLES = `
CREATE TABLE volumes (
  name TEXT PRIMARY KEY,
  -- Milliseconds since the epoch.
  created_at INTEGER NOT NULL,
  -- JSON objects of strings.
  labels TEXT NOT NULL,
  options TEXT NOT NULL,
  anonymous INTEGER NOT NULL CHECK (anonymous IN (0, 1))
) STRICT;
`;
