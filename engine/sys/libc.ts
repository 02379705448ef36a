import { createRequire } from "node:module";
import { getSystemErrorMessage, getSystemErrorName } from "node:util";
import type * as koffiModule from "koffi";

type Koffi = typeof koffiModule;
type Library = ReturnType<Koffi["load"]>;

let loaded: { readonly koffi: Koffi; readonly library: Library } | undefined;

/** koffi and the C library's symbols, loaded at the first system call: most commands of the CLI never need them. */
function libc(): { readonly koffi: Koffi; readonly library: Library } {
  if (loaded === undefined) {
    const koffi = createRequire(import.meta.url)("koffi") as Koffi;
    loaded = { koffi, library: koffi.load(null) };
  }
  return loaded;
}

/** What a native function takes: numbers, strings (UTF-8), bytes (NUL-terminated where C wants a string), or a null pointer. */
export type NativeArgument = number | bigint | string | Uint8Array | BigInt64Array | Int32Array | readonly (string | null)[] | null;

/**
 * Declares a function of the C library, bound at its first call.
 * @param prototype in C, for instance `int umount2(const char *target, int flags)`; paths may be declared `const void *` to take bytes
 */
export function native<A extends readonly NativeArgument[]>(prototype: string): (...args: A) => number {
  let bound: ((...args: A) => number) | undefined;
  return (...args) => (bound ??= libc().library.func(prototype) as (...args: A) => number)(...args);
}

/**
 * Functions of another library, by C prototypes.
 * @param name its file, such as `libz.so.1`
 * @returns undefined when the machine has no such library, or not all of the functions
 */
export function nativeLibrary<K extends string>(name: string, prototypes: Readonly<Record<K, string>>): Readonly<Record<K, (...args: readonly NativeArgument[]) => number>> | undefined {
  try {
    const library = libc().koffi.load(name);
    const functions = Object.entries<string>(prototypes).map(([key, prototype]) => [key, library.func(prototype) as (...args: readonly NativeArgument[]) => number]);
    return Object.fromEntries(functions) as Record<K, (...args: readonly NativeArgument[]) => number>;
  } catch {
    return undefined;
  }
}

/** `errno` of the last native call of this thread. */
export function errno(): number {
  return libc().koffi.errno();
}

/** An error shaped like Node's own: `code`, `errno`, `syscall`, `path`, and a message with all of them. */
export function systemError(errnoValue: number, syscall: string, path?: string, dest?: string): NodeJS.ErrnoException {
  const code = getSystemErrorName(-errnoValue);
  const where = path === undefined ? "" : ` '${path}'${dest === undefined ? "" : ` -> '${dest}'`}`;
  const error: NodeJS.ErrnoException & { dest?: string } = new Error(`${code}: ${getSystemErrorMessage(-errnoValue)}, ${syscall}${where}`);
  error.errno = -errnoValue;
  error.code = code;
  error.syscall = syscall;
  if (path !== undefined) error.path = path;
  if (dest !== undefined) error.dest = dest;
  return error;
}

/** Passes a system call's result through. @throws a system error when it is negative */
export function checked(result: number, syscall: string, path?: string, dest?: string): number {
  if (result < 0) throw systemError(errno(), syscall, path, dest);
  return result;
}

/** A path, as text or (when it is not valid UTF-8) as bytes; what Node's own `fs` takes too. */
export type Path = string | Buffer;

/**
 * A path's bytes with the final NUL that C needs.
 * @throws a system error `EINVAL` when the path itself has a NUL, which C would cut it at
 */
export function cPath(path: Path): Uint8Array {
  const bytes = Buffer.from(typeof path === "string" ? `${path}\0` : Buffer.concat([path, Buffer.of(0)]));
  if (bytes.indexOf(0) !== bytes.length - 1) throw systemError(22, "path", String(path));
  return bytes;
}
