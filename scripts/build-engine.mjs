// Runs on the pinned Node 24: writes engine/**/*.ts to dist/engine as plain JavaScript, file by file, lines and columns kept.
// Node can run the sources themselves (the tests do), but its type stripper then stays in memory: 35 MB that an idle engine need not hold.
import { cpSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { dirname, join } from "node:path";

const root = new URL("..", import.meta.url).pathname;
const source = join(root, "engine");
const target = join(root, "dist/engine");
const draft = `${target}.new`;
const RELATIVE_TS = /(["'])(\.{1,2}\/[^"'\n]+)\.ts\1/g;

process.removeAllListeners("warning");
rmSync(draft, { recursive: true, force: true });
for (const file of globSync("**/*.{ts,json}", { cwd: source })) {
  if (file.includes(".test.") || file.includes("testing/")) continue;
  const output = join(draft, file.replace(/\.ts$/, ".js"));
  mkdirSync(dirname(output), { recursive: true });
  if (file.endsWith(".json")) cpSync(join(source, file), output);
  else writeFileSync(output, stripTypeScriptTypes(readFileSync(join(source, file), "utf8")).replace(RELATIVE_TS, "$1$2.js$1"));
}
rmSync(target, { recursive: true, force: true });
renameSync(draft, target);
