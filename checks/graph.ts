import { readdir, readFile } from "node:fs/promises";
import { dirname, join, normalize, relative } from "node:path";
import { parseSync } from "vite";

/** One import statement: who, what, and on which line. */
export interface ImportEdge {
  readonly from: string;
  /** A file relative to the repository, or a package name. */
  readonly to: string;
  readonly line: number;
}

const PARTS = ["engine", "electron", "renderer", "e2e", "bench", "checks", "scripts"];

/**
 * Reads every source file of the repository and lists its imports: static, dynamic, re-exports, type-only and
 * `new URL("./x.ts", import.meta.url)`, which is how worker threads are loaded.
 *
 * @param root the repository
 */
export async function importGraph(root: string): Promise<ImportEdge[]> {
  const edges: ImportEdge[] = [];
  for (const part of PARTS) {
    for (const file of await sourceFiles(join(root, part))) {
      edges.push(...importsOf(relative(root, file), await readFile(file, "utf8")));
    }
  }
  return edges;
}

/** The imports of one source text; `file` is relative to the repository. */
export function importsOf(file: string, text: string): ImportEdge[] {
  const { module, errors } = parseSync(file, text);
  if (errors[0] !== undefined) throw new Error(`${file}: ${errors[0].message}`);
  const found: { value: string; start: number }[] = [];
  for (const statement of module.staticImports) found.push(statement.moduleRequest);
  for (const statement of module.staticExports) {
    for (const entry of statement.entries) if (entry.moduleRequest !== null) found.push(entry.moduleRequest);
  }
  for (const { moduleRequest: { start, end } } of module.dynamicImports) {
    const literal = /^["'`]([^"'`$]+)["'`]$/.exec(text.slice(start, end));
    if (literal?.[1] !== undefined) found.push({ value: literal[1], start });
  }
  for (const match of text.matchAll(/new URL\(\s*["']([^"']+\.tsx?)["']\s*,\s*import\.meta\.url|\bimport\(["']([^"']+)["']\)\./g)) {
    const value = match[1] ?? match[2];
    if (value !== undefined) found.push({ value, start: match.index });
  }
  return found.map(({ value, start }) => ({ from: file, to: resolve(file, value), line: text.slice(0, start).split("\n").length }));
}

/** The shortest way from any file of `entries` to `target`, for a message a person can follow. */
export function chainTo(edges: readonly ImportEdge[], target: string): string[] {
  const importers = new Map<string, string[]>();
  for (const { from, to } of edges) importers.set(to, [...(importers.get(to) ?? []), from]);
  const seen = new Set([target]);
  let paths: string[][] = [[target]];
  let best = paths[0] ?? [];
  while (paths.length > 0) {
    best = paths[0] ?? best;
    const longer: string[][] = [];
    for (const path of paths) {
      for (const importer of importers.get(path[0] ?? "") ?? []) {
        if (seen.has(importer) || /\.test\.tsx?$/.test(importer)) continue;
        seen.add(importer);
        longer.push([importer, ...path]);
      }
    }
    paths = longer;
  }
  return best;
}

/** The imports by which files import themselves by way of others, and those between such circles. */
export function circles(edges: readonly ImportEdge[]): ImportEdge[] {
  let left = [...edges];
  for (;;) {
    const [importing, imported] = [new Set(left.map(({ from }) => from)), new Set(left.map(({ to }) => to))];
    // Who imports nothing is in no circle, and neither is who is not imported.
    const inner = left.filter(({ from, to }) => importing.has(to) && imported.has(from));
    if (inner.length === left.length) return inner;
    left = inner;
  }
}

function resolve(from: string, specifier: string): string {
  return specifier.startsWith(".") ? normalize(join(dirname(from), specifier)).replaceAll("\\", "/") : specifier;
}

async function sourceFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile() && /\.(tsx?|mjs)$/.test(entry.name) && !entry.parentPath.includes("node_modules"))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
