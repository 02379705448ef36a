import { accessSync, constants, statSync } from "node:fs";
import { resolve } from "node:path";

/** Where programs are looked for after PATH. */
export const SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/libexec/podman:/usr/lib/podman";

/** The path of a program, named absolutely or looked for in PATH and the usual system directories; undefined when it is not installed. */
export function findProgram(name: string): string | undefined {
  for (const directory of `${process.env.PATH ?? ""}:${SYSTEM_PATH}`.split(":")) {
    if (!directory.startsWith("/")) continue;
    const path = resolve(directory, name);
    try {
      accessSync(path, constants.X_OK);
      if (statSync(path).isFile()) return path;
    } catch {
      // Not here: the next directory.
    }
  }
  return undefined;
}
