import { closeSync, fstatSync, statfsSync } from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";
import { EngineError, isSystemError } from "../base/errors.ts";
import { fileType } from "../sys/nodes.ts";
import type { SearchEvent, SearchRequest } from "./files.ts";
import { again, lookAt, openDirectory, shown } from "./place.ts";
import type { PlaceFinder } from "./place.ts";
import { MAX_DEPTH, namesIn } from "./remove.ts";

/** Entries that one search looks at. */
const MAX_VISITED = 2_000_000;
/** Milliseconds of work between two breaks, in which an abort is heard and results leave. */
const SLICE_MS = 50;
/** File systems that are not files: /proc, /sys, cgroups. */
const NOT_FILES = new Set([0x9fa0, 0x62656572, 0x27e0eb, 0x63677270]);

/** The worker's part of `Files.search`: depth first, names as they come. */
export async function search(finder: PlaceFinder, path: string, request: SearchRequest, send: (events: readonly SearchEvent[]) => Promise<void>, checkAborted: () => void): Promise<void> {
  const place = finder.existing(path, true);
  if (!place.stats.isDirectory()) throw new EngineError("invalidArgument", `${shown(place.path)} is not a directory`);
  const matches = matcher(request.name);
  const devices = new Map<number, boolean>();
  const stack: { readonly fd: number; readonly path: string; readonly names: string[] }[] = [];
  const enter = (parent: number, name: string, where: string): void => {
    let fd: number;
    try {
      fd = openDirectory(parent, name);
    } catch (error) {
      if (isSystemError(error, "ENOENT", "ENOTDIR", "ELOOP", "EACCES")) return;
      throw error;
    }
    if (holdsFiles(fd, devices)) stack.push({ fd, path: where, names: namesIn(fd).sort().reverse() });
    else closeSync(fd);
  };
  let found: SearchEvent[] = [];
  let count = 0;
  let visited = 0;
  let truncated = false;
  let slice = performance.now();
  try {
    enter(place.directory, place.name, place.path === "/" ? "" : place.path);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      if (performance.now() - slice > SLICE_MS) {
        if (found.length > 0) await send(found);
        else await nextTurn();
        found = [];
        checkAborted();
        slice = performance.now();
      }
      const name = top.names.pop();
      if (name === undefined) {
        closeSync(top.fd);
        stack.pop();
        continue;
      }
      if (++visited > MAX_VISITED) {
        truncated = true;
        break;
      }
      const stats = lookAt(top.fd, name);
      if (stats === undefined) continue;
      if (matches(name)) {
        if (count === request.limit) {
          truncated = true;
          break;
        }
        count++;
        found.push({ path: `${top.path}/${name}`, type: fileType(stats), size: Number(stats.size), mtimeMs: Number(stats.mtimeNs / 1_000_000n) });
      }
      if (!stats.isDirectory()) continue;
      if (stack.length > MAX_DEPTH) truncated = true;
      else enter(top.fd, name, `${top.path}/${name}`);
    }
    await send([...found, { done: true, visited, truncated }]);
  } finally {
    for (const { fd } of stack) closeSync(fd);
  }
}

/** @param devices what is known of file systems so far */
function holdsFiles(fd: number, devices: Map<number, boolean>): boolean {
  const { dev } = fstatSync(fd);
  const known = devices.get(dev) ?? !NOT_FILES.has(statfsSync(`${again(fd)}/.`).type);
  devices.set(dev, known);
  return known;
}

/** Whether a name is meant. */
export function matcher(wanted: string): (name: string) => boolean {
  const lower = wanted.toLowerCase();
  if (!/[*?]/.test(wanted)) return (name) => name.toLowerCase().includes(lower);
  const parts = lower.split("*");
  return (name) => globMatches(name.toLowerCase(), parts);
}

/** `parts` are what stands between the asterisks. Greedy from the left, so its time is bounded by the two lengths. */
function globMatches(name: string, parts: readonly string[]): boolean {
  const [first = "", ...rest] = parts;
  const last = rest.pop();
  if (last === undefined) return name.length === first.length && fits(name, 0, first);
  if (name.length < first.length + last.length || !fits(name, 0, first) || !fits(name, name.length - last.length, last)) return false;
  let from = first.length;
  const end = name.length - last.length;
  for (const part of rest) {
    while (from + part.length <= end && !fits(name, from, part)) from++;
    if (from + part.length > end) return false;
    from += part.length;
  }
  return from <= end;
}

function fits(name: string, from: number, part: string): boolean {
  for (let index = 0; index < part.length; index++) if (part[index] !== "?" && part[index] !== name[from + index]) return false;
  return from + part.length <= name.length;
}
