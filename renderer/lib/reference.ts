export interface Reference {
  /** `docker.io` where none was written. */
  readonly registry: string;
  /** `library/nginx` for Docker Hub's own images. */
  readonly path: string;
  /** `latest` where neither tag nor digest was written. */
  readonly tag: string | undefined;
  readonly digest: string | undefined;
  /** As people write it: `nginx:latest`. */
  readonly familiar: string;
}

export type ParsedReference = { readonly ok: true; readonly reference: Reference } | { readonly ok: false; readonly message: string };

const component = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const domain = /^(?:(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*|\[[a-fA-F0-9:]+\])(?::\d+)?$/;
const tagPattern = /^\w[\w.-]{0,127}$/;
const digestPattern = /^[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[0-9a-fA-F]{32,}$/;

/**
 * Reads an image reference by the grammar of distribution's reference package, with Docker Hub's defaults, and says what is
 * wrong with one that is not.
 * @param text what was typed, without surrounding blanks
 */
export function parseReference(text: string): ParsedReference {
  if (text === "") return fail("Enter an image, such as nginx:alpine.");
  if (/\s/.test(text)) return fail("An image reference has no spaces.");
  if (/^https?:\/\//.test(text)) return fail("Leave out http:// and https://: a reference begins with the registry's name.");
  const [named = "", digest, extra] = text.split("@");
  if (extra !== undefined) return fail("A reference has one @ at most.");
  if (digest !== undefined && !digestPattern.test(digest)) return fail(`“${digest}” is not a digest. It looks like sha256: and 64 hexadecimal digits.`);

  const slash = named.indexOf("/");
  const first = slash < 0 ? "" : named.slice(0, slash);
  const hasRegistry = slash >= 0 && (/[.:]/.test(first) || first === "localhost" || first !== first.toLowerCase());
  const registry = hasRegistry ? first : "docker.io";
  if (hasRegistry && !domain.test(first)) return fail(`“${first}” is not a registry's name.`);

  const rest = hasRegistry ? named.slice(slash + 1) : named;
  const colon = rest.lastIndexOf(":");
  const tag = colon < 0 ? undefined : rest.slice(colon + 1);
  const path = colon < 0 ? rest : rest.slice(0, colon);
  if (tag === "") return fail("A tag is missing after the colon.");
  if (tag !== undefined && !tagPattern.test(tag)) return fail(`“${tag}” is not a tag: letters, digits, _ . -, at most 128.`);
  if (path === "") return fail("The image's name is missing.");
  if (path !== path.toLowerCase()) return fail(`Image names are lower case: ${path.toLowerCase()}.`);
  for (const part of path.split("/")) if (!component.test(part)) return fail(part === "" ? "Two slashes follow each other, or one ends the name." : `“${part}” is not part of an image's name: lower-case letters and digits, joined by . _ or -.`);
  if (path.length + registry.length > 255) return fail("The name is longer than 255 characters.");

  const full = registry === "docker.io" && !path.includes("/") ? `library/${path}` : path;
  const effective = tag ?? (digest === undefined ? "latest" : undefined);
  const short = registry === "docker.io" ? full.replace(/^library\//, "") : `${registry}/${full}`;
  return { ok: true, reference: { registry, path: full, tag: effective, digest, familiar: `${short}${effective ? `:${effective}` : ""}${digest ? `@${digest}` : ""}` } };
}

function fail(message: string): ParsedReference {
  return { ok: false, message };
}
