// `npm run bench`: drives every engine of this machine with the same docker CLI and prints medians and ratios.
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
  process.exitCode = await runNode(["bench/main.ts", ...process.argv.slice(2)], { env: { ...process.env, PATH: path } });
} catch (error) {
  fail(error);
}
