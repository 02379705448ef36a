/** The built-in engine beyond Docker's API: what it needs, where it keeps its things, what it wrote down. Linux only. */
import { eventIterator, oc, type } from "@orpc/contract";

/** One thing the engine needs, as `slipway doctor` finds it. */
export interface Requirement {
  name: string;
  found: boolean;
  /** The engine does not work without; otherwise something is missing from it. */
  required: boolean;
  /** Where it is, or what is wrong. */
  detail: string;
  why: string;
  /** A command that makes it right; null where there is none. */
  fix: string | null;
}

export interface Requirements {
  all: Requirement[];
  /** One command line that makes everything right that can be; null when nothing is missing. */
  fix: string | null;
}

export interface OwnEngineFacts {
  running: boolean;
  /** Folder of images, containers and volumes. */
  root: string;
  log: string;
  rootless: boolean;
  /** Space on the file system of `root`, in bytes; null where it is not there yet. */
  freeBytes: number | null;
  totalBytes: number | null;
}

/** `begin` comes first, and again when the file was replaced: what was shown before does not count any more. */
export type EngineLogEvent = { type: "begin"; /** Earlier lines were left out. */ cut: boolean } | { type: "text"; text: string };

export const ownEngine = {
  facts: oc.output(type<OwnEngineFacts>()),
  requirements: oc.output(type<Requirements>()),
  /** The end of the engine's log, then what is added to it. Ends only when cancelled. */
  log: oc.output(eventIterator(type<EngineLogEvent>())),
};
