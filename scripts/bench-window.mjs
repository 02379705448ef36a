// `npm run bench:window`: measures the window with a real Chromium and prints a table.
import { delimiter } from "node:path";
import { buildEngine } from "./build.mjs";
import { fail } from "./report.mjs";
import { runNode } from "./runtime.mjs";
import { setup } from "./setup.mjs";
import { toolFolders } from "./tools.mjs";

try {
  await setup({ tests: true });
  await buildEngine();
  const path = [process.env.PATH, ...toolFolders].join(delimiter);
  process.exitCode = await runNode(["bench/window/main.ts", ...process.argv.slice(2)], { env: { ...process.env, PATH: path } });
} catch (error) {
  fail(error);
}
