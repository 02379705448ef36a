/** What was removed and can be brought back for a while. Not there on a plain dockerd, whose removals are final. */
import { eventIterator, oc, type } from "@orpc/contract";
import { z } from "zod";

export const BIN_KINDS = ["container", "volume", "image", "network"] as const;
export type BinKind = (typeof BIN_KINDS)[number];

export interface BinEntry {
  id: string;
  kind: BinKind;
  name: string;
  /** A container's image, a network's subnet; names of an image besides `name`. May be empty. */
  detail: string;
  /** Anonymous volumes that went with a container. */
  volumes: number;
  /** Bytes that are freed when it is gone for good; null until measured. */
  size: number | null;
  /** Milliseconds since the epoch. */
  removed: number;
  expires: number;
}

export interface BroughtBack {
  kind: BinKind;
  /** Of a container, network or image; a volume's name. */
  id: string;
  name: string;
  /** What it lacks now, in sentences. */
  warnings: string[];
}

/** First the list, then the list again after each change, at most five times a second. `unsupported` ends the stream. */
export type BinEvent = { type: "all"; entries: BinEntry[] } | { type: "unsupported" };

const one = z.object({ id: z.string().min(1).max(64).regex(/^[0-9a-f]+$/) });
/** A name or an id of any of the kinds: it travels in the request's body and query, never in its path. */
const name = z.string().min(1).max(512).regex(/^[^\0\n]+$/);

export const bin = {
  watch: oc.output(eventIterator(type<BinEvent>())),
  /** Removes a thing so that it can be brought back. Fails as the removal of its kind does. */
  remove: oc
    .input(z.object({ kind: z.enum(BIN_KINDS), name, force: z.boolean().default(false), volumes: z.boolean().default(false), keepHours: z.number().int().min(1).max(31 * 24) }))
    .output(type<BinEntry>()),
  /** `conflict` when a name is taken; `name` gives it another one. */
  restore: oc.input(one.extend({ name: name.optional() })).output(type<BroughtBack>()),
  /** Removes it for good; answers with the bytes that are free now. */
  discard: oc.input(one).output(type<{ freedBytes: number }>()),
};
