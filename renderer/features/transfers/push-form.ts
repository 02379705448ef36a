import { parseReference, type Reference } from "../../lib/reference.ts";
import { quoteWord } from "../../lib/shell.ts";

export interface PushText {
  /** The image as it is here: a tag, or the id of one without. */
  readonly source: string;
  readonly target: string;
  readonly allTags: boolean;
}

export interface PushForm {
  readonly reference: Reference;
  /** What is pushed: a tag, or with all tags their repository. */
  readonly target: string;
  /** Tags to make first. */
  readonly tags: readonly { readonly from: string; readonly to: string }[];
}

/**
 * Reads the target of a push by the grammar of references.
 * @param siblings all tags that are here of the source's repository, the source among them
 */
export function parsePush({ source, target, allTags }: PushText, siblings: readonly string[]): { readonly form: PushForm } | { readonly error: string } {
  const text = target.trim();
  if (text === "") return { error: "Enter where to push it: registry.example.com/team/app:1.0." };
  const parsed = parseReference(text);
  if (!parsed.ok) return { error: parsed.message };
  const { reference } = parsed;
  if (reference.digest !== undefined) return { error: "A push needs a tag: the digest comes of what is pushed." };
  if (reference.registry === "docker.io" && reference.path.startsWith("library/")) {
    const name = reference.path.slice("library/".length);
    return { error: `Docker Hub keeps names without a user for its own images. Push to USER/${name}, or put a registry before it: 127.0.0.1:5000/${name}.` };
  }
  if (!allTags) return { form: { reference, target: reference.familiar, tags: source === reference.familiar ? [] : [{ from: source, to: reference.familiar }] } };
  const repository = repositoryOf(reference);
  const tags = siblings.map((from) => ({ from, to: `${repository}:${from.slice(from.lastIndexOf(":") + 1)}` })).filter(({ from, to }) => from !== to);
  return { form: { reference, target: repository, tags } };
}

/** A reference without its tag, as people write it. */
export function repositoryOf(reference: Reference): string {
  return reference.tag === undefined ? reference.familiar : reference.familiar.slice(0, -reference.tag.length - 1);
}

const shownTags = 6;

/** The lines that do the same from a terminal. */
export function pushLines(form: PushForm | undefined, allTags: boolean): string {
  if (!form) return allTags ? "docker push --all-tags REPOSITORY" : "docker push IMAGE";
  const tags = form.tags.slice(0, shownTags).map(({ from, to }) => `docker tag ${quoteWord(from)} ${quoteWord(to)}`);
  const rest = form.tags.length - tags.length;
  return [...tags, ...(rest > 0 ? [`# and ${rest} more tags`] : []), `docker push ${allTags ? "--all-tags " : ""}${quoteWord(form.target)}`].join("\n");
}
