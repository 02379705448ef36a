// `npm run screenshots`: pictures of every screen of the window, for docs/screenshots.
import { fail } from "./report.mjs";
import { runNode } from "./runtime.mjs";
import { setup } from "./setup.mjs";

try {
  await setup({ tests: true });
  process.exitCode = await runNode(["e2e/screenshots/main.ts", ...process.argv.slice(2)]);
} catch (error) {
  fail(error);
}
