/** Tables of the networks aggregate, version 1. */
export const NETWORKS_TABLES = ``;
