import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { hashOf, hashValues } from "../cache/inputs.ts";
import type { CopyOperation, CopySource } from "../../dockerfile/plan/steps.ts";
import { cacheKey } from "../cache/build-cache.ts";
import { copyInto } from "../files/copy/copy.ts";
import type { FileTree, Selected } from "../files/files.ts";
import type { Job, PlacedStep, StageState } from "./job.ts";
import { chownInLayers } from "./owners.ts";
import { operationHash } from "./step.ts";
import type { Layered } from "./step.ts";

/** Where a source's files can be read, and what names their content without reading them. */
interface OpenSource {
  readonly identity: string | null;
  /** Fetches what has to be fetched, and selects. */
  select(): Promise<Selected>;
  readonly unpack: boolean;
}

/** COPY and ADD: files from elsewhere are the layer. */
export async function layeredCopy(job: Job, placed: PlacedStep, operation: CopyOperation, state: StageState): Promise<Layered> {
  const { step } = placed;
  const sources: OpenSource[] = [];
  for (const [index, source] of operation.sources.entries()) sources.push(await openSource(job, operation, source, `${placed.info.number}-${index}`));
  const { destination, chown, chmod, link, parents, excludes } = operation;
  const what = { destination, chown, chmod, link, parents, excludes, sources: operation.sources.map(sourceKey), latestTime: job.latestTime };
  const identities = sources.map(({ identity }) => identity);
  let selected: readonly Selected[] = [];
  return {
    definition: identities.includes(null) ? null : cacheKey("copy", state.parent, what, identities),
    async inputs() {
      selected = await Promise.all(sources.map((source) => source.select()));
      const digests = selected.map(({ digest }) => digest);
      return {
        key: cacheKey("copy-content", state.parent, what, digests),
        inputs: { parent: state.parent, base: state.base, text: step.text, args: hashValues(step.arguments), env: {}, operation: operationHash(what), files: digests },
        manifest: selected.map(({ manifest }) => manifest).join(""),
      };
    },
    async make(layer) {
      const { snapshots, workers, userNamespace } = job.dependencies;
      const lower = state.snapshot === null ? [] : snapshots.layerDirectories(state.snapshot);
      const draft = await snapshots.draft({ signal: job.signal });
      try {
        const { bytes } = await copyInto(workers, {
          selected, destination, lowerDirectories: link ? [] : lower, directory: draft.directory, owner: chownInLayers(lower, chown), chmod, userNamespace,
          latestTime: job.latestTime, unpack: sources.map(({ unpack }) => unpack),
        }, { signal: job.signal });
        await draft.commit(layer, state.snapshot, bytes);
        return { snapshot: layer, size: bytes, cpuMs: null };
      } catch (error) {
        await draft.abandon();
        throw error;
      }
    },
  };
}

/** What of a source counts besides its files. */
function sourceKey(source: CopySource): unknown {
  switch (source.type) {
    case "path": return ["path", source.pattern, source.unpack];
    case "inline": return ["inline", source.name, hashOf(source.content)];
    case "url": return ["url", source.url, source.unpack ?? null];
    case "git": return ["git", source.remote, source.keepGitDirectory];
  }
}

async function openSource(job: Job, operation: CopyOperation, source: CopySource, place: string): Promise<OpenSource> {
  const io = { signal: job.signal };
  const all = (tree: FileTree, pattern: string): Promise<Selected> => tree.select({ pattern, excludes: operation.excludes, parents: false }, io);
  switch (source.type) {
    case "path": {
      const { tree, identity } = await job.origins.open(source.from, io);
      return { identity, unpack: source.unpack, select: () => tree.select({ pattern: source.pattern, excludes: operation.excludes, parents: operation.parents }, io) };
    }
    case "inline":
      return {
        identity: `inline:${hashOf(source.content)}`,
        unpack: false,
        async select() {
          const directory = join(job.directory, `inline-${place}`);
          await mkdir(directory, { recursive: true });
          await writeFile(join(directory, source.name), source.content, { mode: 0o644 });
          return all(job.origins.directory(directory), source.name);
        },
      };
    case "url":
      return {
        identity: source.checksum === undefined ? null : `url:${source.checksum}`,
        unpack: source.unpack ?? false,
        async select() {
          const { tree, name } = await job.origins.url(source, join(job.directory, `url-${place}`), io);
          return all(tree, name);
        },
      };
    case "git":
      return {
        identity: null,
        unpack: false,
        async select() {
          return all(await job.origins.git(source, join(job.directory, `git-${place}`), io), "/");
        },
      };
  }
}
