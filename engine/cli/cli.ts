import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { toEngineError } from "../base/errors.ts";
import { projectRoot } from "../launch/project.ts";
import { engineStatus, runEngine, startEngine, stopEngine } from "../launch/launch.ts";
import { currentUser } from "../launch/paths.ts";
import { examine } from "../launch/requirements.ts";
import type { Finding } from "../launch/requirements.ts";
import { parseArguments } from "./arguments.ts";
import { EXIT_CODES } from "./exit-codes.ts";

/** Where the command writes; tests collect it. */
export interface Output {
  out(line: string): void;
  err(line: string): void;
}

const HELP = `Containers on Linux, with an engine of their own.

  slipway                    open the app
  slipway engine             run the engine in the foreground
  slipway engine start       start it in the background, unless it runs
  slipway engine stop        stop it; containers go on
  slipway engine status      whether it runs, and where (--json)
  slipway doctor             what this machine has, lacks, and how to fix that (--json)

Options of engine:
  --root DIR                 images, containers, volumes
  --run DIR                  sockets and state of this boot
  --socket PATH              where the Docker Engine API listens

  slipway --help, slipway --version

Any Docker client works against the socket:
  export DOCKER_HOST=unix://SOCKET   (slipway engine status shows it)`;

/**
 * Runs one `slipway` command.
 *
 * @param args without the program's name
 * @param entry the engine's program; tests give a stand-in
 * @returns the exit code
 */
export async function runCli(args: readonly string[], output: Output, entry?: string): Promise<number> {
  try {
    const command = parseArguments(args);
    switch (command.type) {
      case "help":
        output.out(HELP);
        return 0;
      case "version":
        output.out(`slipway ${readVersion()}`);
        return 0;
      case "doctor":
        return doctor(output, command.json);
      case "open":
        return await openApp();
      case "run":
        return await runEngine({ ...command.paths, entry });
      case "start": {
        const status = await startEngine({ ...command.paths, entry });
        output.out(`listening on unix://${status.socket}`);
        return 0;
      }
      case "stop": {
        const { wasRunning, containersGoOn } = await stopEngine(command.paths);
        output.out(!wasRunning ? "the engine was not running" : containersGoOn ? "the engine has stopped, its containers go on" : "the engine has stopped");
        return 0;
      }
      case "status": {
        const status = await engineStatus(command.paths);
        if (command.json) output.out(JSON.stringify(status));
        else if (status.running) output.out(`running (pid ${String(status.pid)})\nsocket  unix://${status.socket}\ndata    ${status.root}`);
        else output.out(status.pid === null ? "not running" : `starting or stopping (pid ${String(status.pid)})`);
        return status.running ? 0 : EXIT_CODES.notFound;
      }
    }
  } catch (error) {
    const engineError = toEngineError(error);
    output.err(`slipway: ${engineError.message}`);
    return EXIT_CODES[engineError.code];
  }
}

function doctor(output: Output, json: boolean): number {
  const findings = examine(currentUser());
  if (json) {
    output.out(JSON.stringify(findings));
    return findings.some((finding) => finding.required && !finding.found) ? EXIT_CODES.unavailable : 0;
  }
  for (const finding of findings) output.out(describe(finding));
  const missing = findings.filter((finding) => !finding.found);
  if (missing.some((finding) => finding.required)) {
    output.out("\nThe engine cannot work until what is marked ✗ is there.");
    return EXIT_CODES.unavailable;
  }
  output.out(missing.length === 0 ? "\nAll is there." : "\nThe engine works; what is marked ! is missing from it.");
  return 0;
}

function describe({ found, required, name, detail, why, fix }: Finding): string {
  if (found) return `✓ ${name}: ${detail}`;
  const lines = [`${required ? "✗" : "!"} ${name}: ${detail}`, `    why: ${why}`];
  if (fix !== null) lines.push(`    fix: ${fix}`);
  return lines.join("\n");
}

/** The app needs what scripts/start.mjs prepares: packages, a built window, an engine. */
function openApp(): Promise<number> {
  const start = join(projectRoot(), "scripts/start.mjs");
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [start], { stdio: "inherit" });
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? 1));
  });
}

function readVersion(): string {
  const manifest = JSON.parse(readFileSync(join(projectRoot(), "package.json"), "utf8")) as { version: string };
  return manifest.version;
}
