/** Tables of the containers aggregate, version 1. `record` is what was asked for, `state` what is true now; both JSON. */
export const CONTAINERS_TABLES = `
CREATE TABLE containers (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  image_id TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  record TEXT NOT NULL,
  state TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX containers_by_image ON containers (image_id);
`;
