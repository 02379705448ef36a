import { mkdirSync, statSync } from "node:fs";
import { release } from "node:os";
import { dirname } from "node:path";
import { EngineError, isSystemError, messageOf } from "../base/errors.ts";
import { MS, listMounts, mount, remountReadOnly, unmount } from "../sys/mount.ts";
import type { RootfsMount } from "./snapshots.ts";

/** A stack of directories to show as one: top first, with an upper one when it is writable. */
export interface OverlayStack {
  /** The directory that all names are relative to. */
  readonly root: string;
  /** Relative names, top first. */
  readonly lower: readonly string[];
  /** Relative name of the snapshot's directory, which has `fs` and `work`. */
  readonly upper: string | undefined;
  readonly userNamespace: boolean;
  /** Absolute name of a directory between the upper one and the lower ones. */
  readonly between?: string | undefined;
  /** Absolute names of directories below all others, top first. */
  readonly bottom?: readonly string[] | undefined;
  /** Writes through the mount need not reach the disk. */
  readonly volatile?: boolean | undefined;
}

/** Bytes of mount(2)'s data, one page with its NUL. */
const MAX_OPTIONS = 4095;

/** Since Linux 5.10. */
const KNOWS_VOLATILE = kernelAtLeast(5, 10);

function kernelAtLeast(major: number, minor: number): boolean {
  const [ownMajor = 0, ownMinor = 0] = release().split(".").map(Number);
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}

/** The mount that shows a stack; names are absolute unless `relative`. */
export function overlayMount(stack: OverlayStack, relative = false): RootfsMount {
  const path = (name: string): string => escapePath(relative ? name : `${stack.root}/${name}`);
  const between = stack.upper === undefined || stack.between === undefined ? [] : [escapePath(stack.between)];
  const bottom = (stack.bottom ?? []).map(escapePath);
  const lower = [...between, ...stack.lower.map(path), ...bottom];
  if (stack.upper !== undefined && lower.length === 0) return { type: "bind", source: `${stack.root}/${stack.upper}/fs`, options: ["rbind", "rw"] };
  if (stack.upper === undefined && bottom.length === 0 && lower.length === 1) return { type: "bind", source: `${stack.root}/${stack.lower[0]}`, options: ["rbind", "ro"] };
  // Redirects and copied-up metadata would make a layer depend on others in ways that a layer tar cannot say.
  const options = stack.userNamespace ? ["userxattr", "index=off"] : ["index=off", "metacopy=off", "redirect_dir=off"];
  options.push(`lowerdir=${lower.join(":")}`);
  if (stack.upper !== undefined && stack.volatile === true && KNOWS_VOLATILE) options.push("volatile");
  if (stack.upper !== undefined) options.push(`upperdir=${path(`${stack.upper}/fs`)}`, `workdir=${path(`${stack.upper}/work`)}`);
  else options.unshift("ro");
  return { type: "overlay", source: "overlay", options };
}

/** overlayfs splits at commas and colons. */
function escapePath(path: string): string {
  return path.replace(/[\\:,]/g, "\\$&");
}

/**
 * Mounts a stack at `target`, made when missing. Fine when something is mounted there already.
 * @throws EngineError `notImplemented` when the kernel lacks overlayfs here, `internal`
 */
export function mountStack(stack: OverlayStack, target: string): void {
  mkdirSync(target, { recursive: true });
  if (isMountPoint(target)) return;
  const request = overlayMount(stack);
  try {
    if (request.type === "bind") return bind(request, target);
    if (dataOf(request).length <= MAX_OPTIONS) return mountOverlay(request, target);
    // Many layers: names relative to the root fit about 350. Nothing else runs on this thread meanwhile, and other threads use absolute paths.
    const home = process.cwd();
    process.chdir(stack.root);
    try {
      mountOverlay(overlayMount(stack, true), target);
    } finally {
      process.chdir(home);
    }
  } catch (error) {
    if (isSystemError(error, "ENODEV", "EPERM")) {
      throw new EngineError("notImplemented", `cannot mount an overlay file system at ${target}: ${messageOf(error)}; rootless needs Linux 5.11 or later`, { cause: error });
    }
    throw new EngineError("internal", `cannot mount the ${stack.lower.length} layers of a root file system at ${target}: ${messageOf(error)}`, { cause: error });
  }
}

function dataOf({ options }: RootfsMount): string {
  return options.filter((option) => option !== "ro").join(",");
}

function mountOverlay(request: RootfsMount, target: string): void {
  mount("overlay", target, "overlay", request.options.includes("ro") ? MS.RDONLY : 0, dataOf(request));
}

function bind({ source, options }: RootfsMount, target: string): void {
  mount(source, target, null, MS.BIND | MS.REC);
  if (!options.includes("ro")) return;
  try {
    remountReadOnly(target);
  } catch (error) {
    unmount(target, { detach: true });
    throw error;
  }
}

/** Whether something is mounted at `target`. A bind mount of the same file system shows only in the mount table. */
function isMountPoint(target: string): boolean {
  if (statSync(target).dev !== statSync(dirname(target)).dev) return true;
  return listMounts().some((entry) => entry.target === target);
}

/** Unmounts `target`, lazily when it is busy. */
export function unmountStack(target: string): void {
  try {
    unmount(target);
  } catch (error) {
    if (!isSystemError(error, "EBUSY")) throw error;
    unmount(target, { detach: true });
  }
}

/** The relative directory names of all overlays mounted from `root`, with where they are mounted. */
export function mountedUppers(root: string): { readonly target: string; readonly directory: string }[] {
  const found: { target: string; directory: string }[] = [];
  for (const { type, options, target } of listMounts()) {
    if (type !== "overlay") continue;
    const upper = /(?:^|,)upperdir=((?:\\.|[^,\\])*)/.exec(options)?.[1]?.replace(/\\(.)/g, "$1");
    const name = upper?.startsWith(`${root}/`) === true ? upper.slice(root.length + 1) : upper?.startsWith("/") === false ? upper : undefined;
    if (name !== undefined && /^[a-z0-9]+\/fs$/.test(name)) found.push({ target, directory: name.slice(0, -3) });
  }
  return found;
}
