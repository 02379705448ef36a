import { closeSync } from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";
import { throwIfAborted } from "../../../base/abort.ts";
import { toEngineError } from "../../../base/errors.ts";
import type { WorkerTask } from "../../../sys/worker-protocol.ts";
import type { Copied, CopyRequest } from "../files.ts";
import { decodeEntries } from "../tree/entry-codec.ts";
import { joinPath } from "../tree/entry.ts";
import type { Entry } from "../tree/entry.ts";
import { handleOf } from "../tree/handle.ts";
import { targetName } from "../tree/select.ts";
import type { Match } from "../tree/select.ts";
import { batchEnd, openSource, writeContent } from "./content.ts";
import type { Content, ContentSource } from "./content.ts";
import { LayerWriter, notDirectory } from "./layer-writer.ts";
import type { Metadata } from "./layer-writer.ts";
import { parseModeChange } from "./mode.ts";
import type { ModeChange } from "./mode.ts";
import { isTar, unpackTar } from "./unpack.ts";

const ROOT = { uid: 0, gid: 0 };
/** Of directories that a copy makes by itself, whatever `--chmod` says: as BuildKit does it. */
const IMPLIED_MODE = 0o755;

/** The worker's part of copyInto. */
export const task: WorkerTask<CopyRequest, Copied> = async (request, { signal }) => {
  try {
    return await new Copier(request, signal).copy();
  } catch (error) {
    throw toEngineError(error);
  }
};

/** The name of a file that has several, by its identity. */
type Links = Map<string, string>;

class Copier {
  readonly #request: CopyRequest;
  readonly #signal: AbortSignal;
  readonly #mode: ModeChange;
  readonly #layer: LayerWriter;
  readonly #several: boolean;
  #bytes = 0;
  #files = 0;

  constructor(request: CopyRequest, signal: AbortSignal) {
    const { directory, lowerDirectories, userNamespace, owner = ROOT, latestTime } = request;
    this.#request = request;
    this.#signal = signal;
    this.#mode = parseModeChange(request.chmod);
    this.#several = request.selected.reduce((sum, { matches }) => sum + matches, 0) > 1;
    this.#layer = new LayerWriter({
      directory, lowerDirectories, userNamespace, owner,
      latestTimeNs: latestTime === undefined ? undefined : BigInt(Math.floor(latestTime * 1000)) * 1_000_000n,
    });
  }

  async copy(): Promise<Copied> {
    for (const [index, selected] of this.#request.selected.entries()) {
      const { source: from, matches, entries: encoded } = handleOf(selected);
      const entries = decodeEntries(encoded);
      using source = openSource(from);
      const links: Links = new Map();
      let at = 0;
      for (const match of matches) {
        const own = entries.slice(at, (at += match.count));
        throwIfAborted(this.#signal);
        if (this.#request.unpack[index] === true && !match.isDirectory && (await isTar(source, own[0]!, this.#signal))) await this.#unpack(source, own[0]!);
        else await this.#copyMatch(source, match, own, links);
      }
    }
    this.#layer.finish();
    return { bytes: this.#bytes, files: this.#files };
  }

  async #unpack(source: ContentSource, archive: Entry): Promise<void> {
    this.#layer.rules = { impliedMode: IMPLIED_MODE, replaces: true };
    const { name } = this.#layer.resolve(this.#request.destination);
    this.#layer.ensureDirectory(name);
    const { bytes, files } = await unpackTar({ source, archive, layer: this.#layer, destination: name, owner: this.#request.owner }, this.#signal);
    this.#bytes += bytes;
    this.#files += files;
  }

  async #copyMatch(source: ContentSource, match: Match, entries: readonly Entry[], links: Links): Promise<void> {
    this.#layer.rules = { impliedMode: IMPLIED_MODE, replaces: false };
    const nameOf = this.#placesOf(match, entries[0]!);
    const rest = match.isDirectory ? entries.slice(1) : entries;
    for (let at = 0; at < rest.length; ) {
      const batch = rest.slice(at, batchEnd(rest, at));
      at += batch.length;
      await this.#copyBatch(source, batch, nameOf, links);
      await nextTurn();
      throwIfAborted(this.#signal);
    }
  }

  /** Where the entries of a match go, by the rules of the Dockerfile reference. */
  #placesOf(match: Match, top: Entry): (entry: Entry) => string {
    const { destination } = this.#request;
    const { name, entry: existing } = this.#layer.resolve(destination);
    const isDirectory = existing?.stats.isDirectory() === true;
    if (!match.isDirectory && !isDirectory && !this.#several && !/(^|\/)\.?$/.test(destination)) return () => name;
    if (existing !== undefined && !isDirectory) throw notDirectory(name);
    this.#layer.ensureDirectory(name);
    if (match.isDirectory && !isDirectory) this.#layer.setDirectoryTime(name, top.mtimeNs);
    return (entry) => joinPath(name, targetName(match, entry.path));
  }

  async #copyBatch(source: ContentSource, batch: readonly Entry[], nameOf: (entry: Entry) => string, links: Links): Promise<void> {
    const firsts = new Set<string>();
    const files = batch.filter(({ type, links: id }) => type === "file" && (id === "" || (!links.has(id) && firsts.size < firsts.add(id).size)));
    const contents = new Map(source.load(files).map((content, index) => [files[index]!, content]));
    try {
      for (const entry of batch) {
        const content = contents.get(entry);
        contents.delete(entry);
        await this.#place(entry, nameOf(entry), content, links);
      }
    } finally {
      for (const content of contents.values()) if (content.type === "open") content.close();
    }
  }

  async #place(entry: Entry, name: string, content: Content | undefined, links: Links): Promise<void> {
    const metadata = this.#metadataOf(entry);
    const layer = this.#layer;
    switch (entry.type) {
      case "directory": return layer.directory(name, metadata);
      case "symlink": return layer.symlink(name, entry.target, metadata);
      case "file": break;
      default: return layer.node(name, entry.type, entry.device, metadata);
    }
    this.#files++;
    if (content === undefined) return layer.hardLink(name, links.get(entry.links)!);
    const fd = layer.openFile(name, metadata.mode);
    try {
      await writeContent(content, entry, fd, this.#signal);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
    layer.closeFile(name, fd, metadata);
    this.#bytes += entry.size;
    if (entry.links !== "") links.set(entry.links, name);
  }

  #metadataOf({ mode, uid, gid, mtimeNs, xattrs, type }: Entry): Metadata {
    const { owner = { uid, gid } } = this.#request;
    return { mode: this.#mode.apply(mode, type === "directory"), ...owner, mtimeNs, xattrs };
  }
}
