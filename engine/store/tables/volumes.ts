/** Tables of the volumes aggregate, version 1. */
export const VOLUMES_TABLES = ``;
