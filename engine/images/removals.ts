import type { IoOptions } from "../base/abort.ts";
import { EngineError, isEngineError } from "../base/errors.ts";
import type { Digest } from "../base/ids.ts";
import { Slices } from "../sys/slices.ts";
import type { CatalogImage, ImageCatalog } from "./catalog.ts";
import type { Images, ImageUsers, RemovalPreview } from "./images.ts";
import { planRemoval } from "./remove.ts";
import type { CatalogView } from "./remove.ts";

/** What several removals, one after the other, come to. */
export interface RemovalsPlan {
  readonly untagged: readonly string[];
  readonly deleted: readonly CatalogImage[];
  readonly refused: RemovalPreview["refused"];
}

/** Decides what `docker rmi` of all these does. What is refused stays, and the rest goes on. In slices, so that the event loop stays free. */
export async function planRemovals(catalog: ImageCatalog, namesOrIds: readonly string[], force: boolean, users: ImageUsers, options: IoOptions = {}): Promise<RemovalsPlan> {
  const draft = new CatalogDraft(catalog);
  const untagged: string[] = [];
  const deleted: CatalogImage[] = [];
  const refused: RemovalPreview["refused"][number][] = [];
  const slices = new Slices(options);
  for (const name of namesOrIds) {
    if (slices.due) await slices.rest();
    try {
      const { image, names, deletes } = planRemoval(draft, name, force, users);
      untagged.push(...names);
      if (deletes) deleted.push(catalog.byId(image.id) ?? image);
      draft.change(image, names, deletes);
    } catch (error) {
      if (!isEngineError(error, "notFound", "conflict", "invalidArgument")) throw error;
      refused.push({ name, message: error.message, canForce: error.code === "conflict" && error.details["hard"] !== true });
    }
  }
  return { untagged, deleted, refused };
}

/** Decides what a prune removes: a parent can go once its children are gone. */
export function planPrune(images: readonly CatalogImage[], request: Parameters<Images["prune"]>[0], users: ImageUsers): RemovalsPlan {
  const children = new Map<Digest, number>();
  for (const { parentId } of images) if (parentId !== null) children.set(parentId, (children.get(parentId) ?? 0) + 1);
  const byId = new Map(images.map((image) => [image.id, image]));
  const mayGo = (image: CatalogImage): boolean => !(request.dangling && image.repoTags.length > 0) && request.keep?.(image) !== true && users(image.id).length === 0;
  const deleted: CatalogImage[] = [];
  const pending = images.filter(({ id }) => !children.has(id));
  for (let image = pending.pop(); image !== undefined; image = pending.pop()) {
    if (!mayGo(image)) continue;
    deleted.push(image);
    if (image.parentId === null) continue;
    const left = children.get(image.parentId)! - 1;
    children.set(image.parentId, left);
    const parent = byId.get(image.parentId);
    if (left === 0 && parent !== undefined) pending.push(parent);
  }
  return { untagged: deleted.flatMap(({ repoTags, repoDigests }) => [...repoTags, ...repoDigests]), deleted, refused: [] };
}

/** The catalog as it would be after some removals. */
class CatalogDraft implements CatalogView {
  readonly #catalog: ImageCatalog;
  readonly #changed = new Map<Digest, CatalogImage | null>();

  /** How many images were made from each. */
  readonly #children = new Map<Digest, number>();

  constructor(catalog: ImageCatalog) {
    this.#catalog = catalog;
    for (const { parentId } of catalog.list()) if (parentId !== null) this.#children.set(parentId, (this.#children.get(parentId) ?? 0) + 1);
  }

  get(nameOrId: string): CatalogImage {
    const image = this.#catalog.get(nameOrId);
    const now = this.#changed.get(image.id);
    if (now === null) throw new EngineError("notFound", `No such image: ${nameOrId}`);
    return now ?? image;
  }

  isIdOf(image: CatalogImage, text: string): boolean {
    return this.#catalog.isIdOf(image, text);
  }

  isParent(id: Digest): boolean {
    return (this.#children.get(id) ?? 0) > 0;
  }

  change(image: CatalogImage, names: readonly string[], deletes: boolean): void {
    const without = (list: readonly string[]): readonly string[] => list.filter((name) => !names.includes(name));
    if (deletes && image.parentId !== null) this.#children.set(image.parentId, (this.#children.get(image.parentId) ?? 0) - 1);
    this.#changed.set(image.id, deletes ? null : { ...image, repoTags: without(image.repoTags), repoDigests: without(image.repoDigests) });
  }
}
