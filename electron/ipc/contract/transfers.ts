/** Pulls and pushes as objects of the engine: they go on without this window, and over a crash. Not there on a plain dockerd. */
import { eventIterator, oc, type } from "@orpc/contract";
import { z } from "zod";
import { imageRef } from "./common.ts";

export type TransferKind = "pull" | "push";

/** `interrupted` by the end of the engine or of the client that waited; `resume` continues it, as it does a failed one. */
export type TransferState = "running" | "paused" | "interrupted" | "failed" | "cancelled" | "done";

export interface TransferLayer {
  id: string;
  /** The engine's word: `Downloading`, `Pull complete`, `Pushing`, `Layer already exists`, ... */
  status: string;
  current: number;
  /** 0 for what is there already. */
  total: number;
}

export interface TransferInfo {
  id: string;
  kind: TransferKind;
  reference: string;
  platform: string;
  allTags: boolean;
  state: TransferState;
  /** Why it failed; empty otherwise. */
  error: string;
  current: number;
  total: number;
  bytesPerSecond: number;
  secondsLeft: number | null;
  layers: TransferLayer[];
  created: number;
  updated: number;
}

/** First all of them as `all`, then each that changes, at most twice a second each. `unsupported` ends the stream: the engine has no transfers. */
export type TransferEvent = { type: "all"; transfers: TransferInfo[] } | { type: "changed"; transfer: TransferInfo } | { type: "removed"; id: string } | { type: "unsupported" };

const one = z.object({ id: z.string().min(1).max(64).regex(/^[A-Za-z0-9_-]+$/) });

export const transfers = {
  watch: oc.output(eventIterator(type<TransferEvent>())),
  /** Credentials of the reference's registry are found and sent along. */
  start: oc
    .input(z.object({ kind: z.enum(["pull", "push"]), reference: imageRef, platform: z.string().max(64).regex(/^[a-z0-9]+(\/[a-z0-9_.-]+){0,2}$/).optional(), allTags: z.boolean().default(false) }))
    .output(type<TransferInfo>()),
  pause: oc.input(one).output(type<void>()),
  resume: oc.input(one).output(type<void>()),
  cancel: oc.input(one).output(type<void>()),
  /** Forgets it, and drops what an unfinished one kept. */
  remove: oc.input(one).output(type<void>()),
};
