/** Table of what was removed and can be brought back. */
export const BIN_TABLES = `
CREATE TABLE bin (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,              -- container, volume, image, network
  name TEXT NOT NULL,
  detail TEXT NOT NULL,            -- a few words beside the name
  owner TEXT,                      -- the container that it went with
  removed_at INTEGER NOT NULL,     -- milliseconds since the epoch
  expires_at INTEGER NOT NULL,     -- milliseconds since the epoch
  size INTEGER,                    -- bytes; null until measured
  record TEXT NOT NULL             -- what its domain needs to bring it back, JSON
) STRICT, WITHOUT ROWID;
CREATE INDEX bin_by_owner ON bin (owner);
CREATE INDEX bin_by_kind ON bin (kind);
`;
