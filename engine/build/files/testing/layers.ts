import { lstatSync, mkdirSync, readFileSync, readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { inUserNamespace } from "../../../sys/identity.ts";
import { decodeName, fsPath } from "../../../sys/names.ts";
import { mountStack, unmountStack } from "../../../snapshots/overlay-mount.ts";
import { copyInto } from "../copy/copy.ts";
import type { Copied, CopyRequest, Selected } from "../files.ts";
import { layDown } from "./fixture.ts";
import type { Lab, Nodes } from "./fixture.ts";

/** Layers below a copy, top first, and the layer it makes. */
export class Stack {
  readonly #lab: Lab;
  readonly #root: string;
  readonly lower: readonly string[];
  readonly layer: string;

  constructor(lab: Lab, ...lower: readonly Nodes[]) {
    this.#lab = lab;
    this.#root = lab.path(`stack${Math.random().toString(36).slice(2)}`);
    this.lower = lower.map((nodes, index) => {
      layDown(join(this.#root, `lower${index}`), nodes);
      return join(this.#root, `lower${index}`);
    });
    this.layer = join(this.#root, "layer");
    mkdirSync(this.layer, { recursive: true });
  }

  copy(selected: Selected | readonly Selected[], destination: string, more: Partial<CopyRequest> = {}): Promise<Copied> {
    const all = "digest" in selected ? [selected] : selected;
    return copyInto(this.#lab.pool, {
      selected: all, destination, lowerDirectories: this.lower, directory: this.layer, owner: undefined, chmod: undefined, userNamespace: inUserNamespace(), latestTime: undefined,
      unpack: all.map(() => false), ...more,
    });
  }

  /** What the layer alone has: path, and what is there in words. */
  ownNames(): Record<string, string> {
    return describeTree(this.layer);
  }

  /** What overlayfs shows of everything. */
  merged(): Record<string, string> {
    const target = join(this.#root, "merged");
    mountStack({ root: this.#root, lower: ["layer", ...this.lower.map((_path, index) => `lower${index}`)], upper: undefined, userNamespace: inUserNamespace() }, target);
    try {
      return describeTree(target);
    } finally {
      unmountStack(target);
    }
  }
}

/** Mode, owner and content of everything below a directory. */
export function describeTree(root: string): Record<string, string> {
  const found: Record<string, string> = {};
  const visit = (path: string): void => {
    for (const name of readdirSync(fsPath(join(root, path)), { encoding: "buffer" }).map(decodeName).sort()) {
      const own = path === "" ? name : `${path}/${name}`;
      found[own] = describe(join(root, own));
      if (lstatSync(fsPath(join(root, own))).isDirectory()) visit(own);
    }
  };
  visit("");
  return found;
}

function describe(path: string): string {
  const host = fsPath(path);
  const stats = lstatSync(host);
  const owner = stats.uid === 0 && stats.gid === 0 ? "" : ` ${stats.uid}:${stats.gid}`;
  const mode = (stats.mode & 0o7777).toString(8);
  if (stats.isSymbolicLink()) return `-> ${readlinkSync(host)}${owner}`;
  if (stats.isDirectory()) return `dir ${mode}${owner}`;
  if (stats.isFile()) return `${mode}${owner} ${readFileSync(host, "latin1").slice(0, 100)}`;
  return `${stats.isFIFO() ? "fifo" : stats.isCharacterDevice() ? "char" : "block"} ${mode}${owner} ${stats.rdev}`;
}
