import { createContext } from "react";

/** Height of a list's rows in pixels; the window provides what the user chose. The style sheet's `--row` must be the same. */
export const RowHeight = createContext(36);

export const compactRowHeight = 28;
