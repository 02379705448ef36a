// `npm start`: makes the checkout ready, starts the engine if it does not run, opens the window.
import { join } from "node:path";
import { build, buildEngine } from "./build.mjs";
import { electronPath } from "./electron.mjs";
import { fail, Problem } from "./report.mjs";
import { cache, capture, nodePath, root, run } from "./runtime.mjs";
import { hasDisplay, setup } from "./setup.mjs";

async function start() {
  await setup();
  await buildEngine();
  // The engine starts while the window is built.
  const [engine] = await Promise.all([capture(nodePath(), [`${root}dist/engine/cli/main.js`, "engine", "start"]), build()]);
  if (engine.code !== 0) throw new Problem(engine.output.trim().replace(/^slipway: /, ""), engine.code);
  const socket = /^listening on (unix:\/\/.+)$/m.exec(engine.output)?.[1] ?? "";
  const env = { ...process.env, SLIPWAY_SOCKET: socket.replace("unix://", "") };
  const electron = electronPath();
  const args = process.argv.slice(2);
  if (electron !== undefined && hasDisplay()) {
    // Chromium's sandbox refuses root.
    return run(electron, [...(process.getuid?.() === 0 ? ["--no-sandbox"] : []), root, ...args], { env });
  }
  // Node keeps what it compiled, from the second start on.
  return run(nodePath(), ["dist/browser-host/main.cjs", ...args], { env: { ...env, NODE_COMPILE_CACHE: join(cache, "compiled") } });
}

try {
  process.exitCode = await start();
} catch (error) {
  fail(error);
}
