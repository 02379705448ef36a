/** Tables of the containers aggregate, version 1. */
export const CONTAINERS_TABLES = ``;
