/** Paths inside a container or volume: absolute, with single slashes. Pure. */

export function join(folder: string, name: string): string {
  return folder === "/" ? `/${name}` : `${folder}/${name}`;
}

/** The folder of a path; the root's is the root. */
export function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** From the root to the path itself. */
export function trail(path: string): readonly { readonly name: string; readonly path: string }[] {
  const names = path.split("/").filter(Boolean);
  return [{ name: "/", path: "/" }, ...names.map((name, index) => ({ name, path: `/${names.slice(0, index + 1).join("/")}` }))];
}

/** Why this cannot be the name of a file, or undefined. @param taken names that are there already */
export function wrongName(name: string, taken: ReadonlySet<string>): string | undefined {
  if (name === "") return "A name is needed.";
  if (name === "." || name === "..") return `${name} already means a folder.`;
  if (name.includes("/")) return "A name has no slash.";
  if (name.includes("\0")) return "A name has no NUL character.";
  if (new TextEncoder().encode(name).length > 255) return "A name has at most 255 bytes.";
  return taken.has(name) ? `${name} exists already here.` : undefined;
}

/** A name as it can be read: control characters and bytes that are not UTF-8 become marks. */
export function shownName(name: string): string {
  return name.toWellFormed().replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, "\ufffd");
}
