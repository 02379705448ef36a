/** Images: list, look, pull and push with progress, tag, remove. */
import { eventIterator, oc, type } from "@orpc/contract";
import type { ImageInfo, ImageInspectInfo } from "dockerode";
import { z } from "zod";
import { filters, imageRef } from "./common.ts";

export type PullPhase = "waiting" | "downloading" | "uploading" | "verifying" | "downloaded" | "extracting" | "done" | "exists" | "retrying";

export interface PullLayer {
  /** Short id, as the daemon names the layer. */
  id: string;
  phase: PullPhase;
  /** Bytes of the current phase; `total` is 0 while unknown. */
  current: number;
  total: number;
}

/** One step of a pull or push, at most ten a second. Totals are over the layers whose size is known; a push counts what it sends as downloaded. */
export interface PullProgress {
  type: "progress";
  /** Only the layers that changed since the last step, in the image's order. */
  layers: PullLayer[];
  downloadedBytes: number;
  totalBytes: number;
  bytesPerSecond: number;
}

export interface PullDone {
  type: "done";
  image: string;
  digest?: string;
  /** False when everything was here already. */
  changed: boolean;
}

/** A sentence of the daemon that belongs to no layer ("Pulling from library/busybox"). */
export interface PullMessage {
  type: "message";
  text: string;
}

export type PullEvent = PullProgress | PullDone | PullMessage;

export interface RemovedImage {
  untagged: string[];
  deleted: string[];
}

const one = z.object({ id: imageRef });

export const images = {
  list: oc.input(z.object({ filters: filters.optional() }).default({})).output(type<ImageInfo[]>()),
  inspect: oc.input(one).output(type<ImageInspectInfo>()),
  /** Ends with `done` or throws. Cancel by aborting the call or leaving the loop: the daemon stops the transfer. */
  pull: oc
    .input(z.object({ image: imageRef, platform: z.string().max(64).regex(/^[a-z0-9]+(\/[a-z0-9_.-]+){0,2}$/).optional() }))
    .output(eventIterator(type<PullEvent>())),
  /** As `pull`, for any daemon; `transfers.start` is the better one where it is there. All tags of `image` when it has none. */
  push: oc.input(z.object({ image: imageRef })).output(eventIterator(type<PullEvent>())),
  /** `target` with its tag, `latest` when it has none. */
  tag: oc.input(one.extend({ target: imageRef })).output(type<void>()),
  /** `conflict` with hint `inUse` while a container needs it. */
  remove: oc.input(one.extend({ force: z.boolean().default(false), noPrune: z.boolean().default(false) })).output(type<RemovedImage>()),
};
