/** What is in images: steps and layers, files, bytes that are shared or wasted, and what a removal would free. */
import { oc, type } from "@orpc/contract";
import { z } from "zod";
import { imageRef } from "./common.ts";

/** One step of how an image was made. */
export interface ImageStep {
  /** As the history has it: a shell command, or an instruction behind `#(nop)`. */
  createdBy: string;
  comment: string;
  /** Milliseconds since the epoch; null where the image does not say. */
  created: number | null;
  /** Bytes of its files, unpacked; 0 for a step without a layer. */
  size: number;
  /** Number of its layer, from 0 at the bottom; null for a step that changed the configuration alone. */
  layer: number | null;
  /** Digest of the layer's blob, its bytes, and how many images here have the layer; where the engine says. */
  digest?: string;
  blobSize?: number;
  imageCount?: number;
}

export interface ImageStructure {
  /** The first step first. */
  steps: ImageStep[];
  /** Whether the engine lists the files of layers. */
  hasFiles: boolean;
}

/** `deletion` is a mark that hides what lower layers have under its name. */
export type ImageFileType = "file" | "directory" | "symlink" | "device" | "fifo" | "socket" | "deletion";

export interface ImageFile {
  path: string;
  type: ImageFileType;
  size: number;
  mode: number;
  uid: number;
  gid: number;
  /** Milliseconds since the epoch. */
  modifiedAt: number;
  layer: number;
  /** The layer above that hides it, and how; absent for what the image shows. */
  hiddenBy?: number;
  hiddenHow?: "replaced" | "deleted";
}

export interface FileCounts {
  files: number;
  bytes: number;
  /** Of those bytes, what a later layer hides. */
  wastedBytes: number;
  wastedFiles: number;
}

export interface FilePage {
  /** Of all that the query matches. */
  total: number;
  bytes: number;
  /** Greatest first. */
  files: ImageFile[];
  summary: FileCounts & { layers: FileCounts[]; isComplete: boolean };
}

export interface FileDifference {
  path: string;
  change: "added" | "removed" | "modified";
  type: ImageFileType;
  sizeBefore: number;
  sizeAfter: number;
  what: ("content" | "mode" | "owner" | "type" | "target")[];
}

export interface ImageComparison {
  added: number;
  removed: number;
  modified: number;
  /** Greatest change of size first; the first 2000. */
  differences: FileDifference[];
  isComplete: boolean;
}

/** What an image is made for: `linux/arm64/v8`. */
export interface ImagePlatform {
  id: string;
  platform: string;
}

/** Bytes of one image that other images have too. */
export interface ImageSharing {
  id: string;
  sharedBytes: number;
}

/** A line of `docker history`, newest first. */
export interface ImageHistoryLine {
  /** Null where the image of that step is not here. */
  id: string | null;
  created: number | null;
  createdBy: string;
  size: number;
  comment: string;
  tags: string[];
}

export interface RemovalPreview {
  /** Names that would go. */
  untagged: string[];
  /** Images that would go. */
  deleted: { id: string; names: string[]; size: number }[];
  /** What would stay, and why. */
  refused: { name: string; message: string; canForce: boolean }[];
  /** Layers that would go; null where the engine does not say. */
  layers: number | null;
  freedBytes: number;
  /** False for an estimate: the sum of what the images share with no other. */
  isExact: boolean;
}

export interface PrunedImages {
  untagged: string[];
  deleted: string[];
  freedBytes: number;
}

const one = z.object({ id: imageRef });
const prune = z.object({ dangling: z.boolean() });

export const imageContents = {
  /** Works on every daemon; where layers are not told, steps with a size count as layers. */
  structure: oc.input(one).output(type<ImageStructure>()),
  /** `notImplemented` on an engine that does not list files. */
  files: oc
    .input(one.extend({
      layer: z.number().int().min(0).max(100_000).optional(),
      show: z.enum(["all", "present", "wasted"]).default("all"),
      search: z.string().max(1024).default(""),
      offset: z.number().int().min(0).default(0),
      limit: z.number().int().min(1).max(1000).default(200),
    }))
    .output(type<FilePage>()),
  /** `notImplemented` on an engine that does not list files. */
  compare: oc.input(z.object({ before: imageRef, after: imageRef })).output(type<ImageComparison>()),
  /** Of all images at once; asks the daemon to add up. */
  sizes: oc.output(type<ImageSharing[]>()),
  /** Images that are gone meanwhile are left out. */
  platforms: oc.input(z.object({ ids: z.array(imageRef).max(200) })).output(type<ImagePlatform[]>()),
  history: oc.input(one).output(type<ImageHistoryLine[]>()),
  /** What removing these, one after the other, would do. */
  previewRemoval: oc.input(z.object({ names: z.array(imageRef).min(1).max(10_000), force: z.boolean().default(false) })).output(type<RemovalPreview>()),
  /** `dangling`: images without a tag alone; otherwise all that no container uses. */
  previewPrune: oc.input(prune).output(type<RemovalPreview>()),
  prune: oc.input(prune).output(type<PrunedImages>()),
};
