/** `nginx_1.27-alpine.tar`: a name for an archive of these images. */
export function fileNameOf(names: readonly string[]): string {
  const [first = "images"] = names;
  if (names.length > 1 && new Set(names.map((name) => name.replace(/:[^/:]*$/, ""))).size > 1) return "images.tar";
  const last = (names.length > 1 ? first.replace(/:[^/:]*$/, "") : first).split("/").at(-1) ?? first;
  return `${last.replace(/^sha256:([0-9a-f]{12}).*$/, "$1").replace(/[^a-zA-Z0-9._-]+/g, "_").replace(/^[._]+/, "").slice(0, 100) || "images"}.tar`;
}

/** What is wrong with a path on the host's machine, as far as its text tells. */
export function wrongPath(text: string): string | undefined {
  const path = text.trim();
  if (path === "") return "Enter the path of a file.";
  if (!/^[/~]/.test(path) || /^~[^/]/.test(path)) return "Enter a path from the root: it begins with / or ~/.";
  if (path.endsWith("/") || path === "~") return "This is a folder: add the file's name.";
  return undefined;
}
