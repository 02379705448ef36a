/** Tables of the images aggregate, version 1. */
export const IMAGES_TABLES = ``;
