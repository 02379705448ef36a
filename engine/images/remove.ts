import { EngineError } from "../base/errors.ts";
import { shortId } from "../base/ids.ts";
import { familiarName, familiarString, parseReference, withDefaultTag } from "../oci/reference.ts";
import type { CatalogImage, ImageCatalog } from "./catalog.ts";
import type { ImageUsers } from "./images.ts";

/** What a removal will do: names to take away, and whether the image itself goes. */
export interface RemovalPlan {
  readonly image: CatalogImage;
  readonly names: readonly string[];
  readonly deletes: boolean;
}

/** What a plan needs of a catalog. */
export type CatalogView = Pick<ImageCatalog, "get" | "isIdOf" | "isParent">;

/**
 * Decides what `docker rmi` does, by Docker's rules: a name is untagged; with the last name the image goes; by id it goes when all its
 * names are of one repository, or with force.
 * @throws EngineError `notFound`, `conflict` with Docker's sentence
 */
export function planRemoval(catalog: CatalogView, nameOrId: string, force: boolean, users: ImageUsers): RemovalPlan {
  const image = catalog.get(nameOrId);
  const all = [...image.repoTags, ...image.repoDigests];
  if (catalog.isIdOf(image, nameOrId) || nameOrId === image.id) {
    assertDeletable(catalog, image, force, users);
    if (!force && !isSingleReference(image)) throw conflict(image, false, "image is referenced in multiple repositories");
    return { image, names: all, deletes: true };
  }
  const reference = withDefaultTag(parseReference(nameOrId));
  const name = reference.digest === undefined ? familiarString(reference) : `${familiarName(reference)}@${reference.digest}`;
  const names = [name, ...orphanedDigests(image, name, familiarName(reference))];
  if (all.length > names.length) return { image, names, deletes: false };
  if (!force) {
    const [user] = users(image.id);
    if (user !== undefined) {
      throw new EngineError("conflict", `conflict: unable to remove repository reference "${nameOrId}" (must force) - container ${shortId(user.id)} is using its referenced image ${shortId(image.id)}`, { details: { container: user.id } });
    }
  }
  assertDeletable(catalog, image, force, users);
  return { image, names, deletes: true };
}

/** With a repository's last tag its digests go too. */
function orphanedDigests(image: CatalogImage, removed: string, repository: string): readonly string[] {
  if (removed.includes("@")) return [];
  const isOfRepository = (name: string): boolean => familiarName(parseReference(name)) === repository;
  if (image.repoTags.some((tag) => tag !== removed && isOfRepository(tag))) return [];
  return image.repoDigests.filter(isOfRepository);
}

/** At most one tag, and all names of one repository. */
function isSingleReference(image: CatalogImage): boolean {
  const repositories = new Set([...image.repoTags, ...image.repoDigests].map((name) => familiarName(parseReference(name))));
  return image.repoTags.length <= 1 && repositories.size <= 1;
}

/** @throws EngineError `conflict` */
function assertDeletable(catalog: CatalogView, image: CatalogImage, force: boolean, users: ImageUsers): void {
  const using = users(image.id);
  const running = using.find((user) => user.running);
  if (running !== undefined) throw conflict(image, true, `image is being used by running container ${shortId(running.id)}`);
  if (catalog.isParent(image.id)) throw conflict(image, true, "image has dependent child images");
  const [stopped] = using;
  if (!force && stopped !== undefined) throw conflict(image, false, `image is being used by stopped container ${shortId(stopped.id)}`);
}

function conflict(image: CatalogImage, hard: boolean, why: string): EngineError {
  return new EngineError("conflict", `conflict: unable to delete ${shortId(image.id)} (${hard ? "cannot be forced" : "must be forced"}) - ${why}`, { details: { image: image.id, hard } });
}
