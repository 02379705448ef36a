/** Tables of the images aggregate, version 1. */
export const IMAGES_TABLES = `
CREATE TABLE images (
  id TEXT PRIMARY KEY,             -- digest of the config
  manifest TEXT NOT NULL,          -- descriptor, JSON
  config TEXT NOT NULL,            -- image configuration, JSON
  layers TEXT NOT NULL,            -- descriptors of the layer blobs, bottom first, JSON
  size INTEGER NOT NULL,           -- bytes of all unpacked layers
  parent_id TEXT,
  last_tagged_at INTEGER,          -- milliseconds since the epoch
  added_at INTEGER NOT NULL
) STRICT;
CREATE TABLE image_tags (
  name TEXT PRIMARY KEY,           -- familiar name with tag
  image_id TEXT NOT NULL REFERENCES images(id) ON DELETE CASCADE
) STRICT;
CREATE INDEX image_tags_by_image ON image_tags(image_id);
CREATE TABLE image_digests (
  name TEXT NOT NULL,              -- familiar name with @digest; of an index or a manifest
  image_id TEXT NOT NULL REFERENCES images(id) ON DELETE CASCADE,
  PRIMARY KEY (name, image_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX image_digests_by_image ON image_digests(image_id);
`;
