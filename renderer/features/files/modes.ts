/** Permission bits of files, as people read them. Pure. */
import type { FileType } from "../../../electron/ipc/contract/files.ts";

const typeLetters: Record<FileType, string> = { file: "-", directory: "d", symlink: "l", character: "c", block: "b", fifo: "p", socket: "s" };

/** As `ls -l` shows them: "-rwsr-xr-t". */
export function modeText(mode: number, type: FileType): string {
  const letters = "rwxrwxrwx".split("").map((letter, index) => ((mode >> (8 - index)) & 1 ? letter : "-"));
  const special = (bit: number, at: number, letter: string): void => {
    if (mode & bit) letters[at] = letters[at] === "x" ? letter : letter.toUpperCase();
  };
  special(0o4000, 2, "s");
  special(0o2000, 5, "s");
  special(0o1000, 8, "t");
  return typeLetters[type] + letters.join("");
}

/** As chmod takes them: "644", "4755". */
export function octal(mode: number): string {
  return mode.toString(8).padStart(3, "0");
}

/** Undefined for what is no mode. */
export function parseOctal(text: string): number | undefined {
  return /^[0-7]{1,5}$/.test(text.trim()) && Number.parseInt(text, 8) <= 0o7777 ? Number.parseInt(text, 8) : undefined;
}

export const typeWords: Record<FileType, string> = { file: "file", directory: "folder", symlink: "symbolic link", character: "character device", block: "block device", fifo: "named pipe", socket: "socket" };
