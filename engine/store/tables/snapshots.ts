/** Tables of the snapshots aggregate, version 1. */
export const SNAPSHOTS_TABLES = ``;
