import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * Where secrets are that should be nowhere: in the files below `folders` (layers' contents aside) or on the command line of any process but this one.
 *
 * @param allowed paths that may hold them
 */
export async function leakedSecrets(secrets: readonly string[], folders: readonly string[], allowed: readonly string[] = []): Promise<string[]> {
  const places = [...(await Promise.all(folders.map(filesBelow))).flat().filter((path) => !allowed.includes(path)), ...(await commandLines())];
  const forms = secrets.flatMap((secret) => [secret, ...[0, 1, 2].map((shift) => inBase64(secret, shift))]);
  const found = await Promise.all(places.map(async (path) => {
    const bytes = await readFile(path).catch(() => Buffer.alloc(0));
    return forms.flatMap((form) => (bytes.includes(form) ? [`${form.slice(0, 16)} in ${path}`] : []));
  }));
  return found.flat();
}

/** What of base64 is the same whatever stands around the secret, `shift` bytes after a multiple of three. */
function inBase64(secret: string, shift: number): string {
  return Buffer.from(`${" ".repeat(shift)}${secret}`).toString("base64").slice(shift === 0 ? 0 : shift + 1, -4);
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)).filter((path) => !/\/(snapshots|blobs|compile-cache|volumes)\//.test(path));
}

async function commandLines(): Promise<string[]> {
  return (await readdir("/proc")).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid).map((pid) => `/proc/${pid}/cmdline`);
}
