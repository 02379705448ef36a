/** What an address without a name in it is saved as. */
const UNNAMED = "__unnamed__";

/**
 * What the file of an address is called: the last part of its path; else what `Content-Disposition` (RFC 6266) says. Always one component that a file can
 * have.
 */
export function fileNameOf(url: URL, disposition: string | undefined): string {
  const path = url.pathname.split("/").at(-1) ?? "";
  return safeName(decoded(path)) ?? safeName(dispositionName(disposition ?? "")) ?? UNNAMED;
}

function safeName(text: string): string | undefined {
  const name = text.slice(text.lastIndexOf("/") + 1);
  return name === "" || name === "." || name === ".." || name.includes("\0") || Buffer.byteLength(name) > 255 ? undefined : name;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function dispositionName(header: string): string {
  const extended = /;\s*filename\*\s*=\s*utf-8'[^']*'([^;\s]+)/i.exec(header)?.[1];
  if (extended !== undefined) return decoded(extended);
  const match = /;\s*filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s"]+))/i.exec(header);
  return match?.[1]?.replace(/\\(.)/g, "$1") ?? match?.[2] ?? "";
}
