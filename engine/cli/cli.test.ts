import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { run } from "../../e2e/fixtures/exec.ts";
import { ERROR_CODES, isEngineError } from "../base/errors.ts";
import { parseArguments } from "./arguments.ts";
import { runCli } from "./cli.ts";
import { EXIT_CODES } from "./exit-codes.ts";
import { fileURLToPath } from "node:url";

const BIN = fileURLToPath(new URL("../../bin/slipway.mjs", import.meta.url));

async function cli(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const out: string[] = [];
  const err: string[] = [];
  const code = await runCli(args, { out: (line) => out.push(line), err: (line) => err.push(line) });
  return { code, out: out.join("\n"), err: err.join("\n") };
}

test.each([
  [[], { type: "open" }],
  [["doctor"], { type: "doctor", json: false }],
  [["doctor", "--json"], { type: "doctor", json: true }],
  [["--help"], { type: "help" }],
  [["engine", "start", "-h"], { type: "help" }],
  [["--version"], { type: "version" }],
  [["engine"], { type: "run", paths: {}, json: false }],
  [["engine", "--root", "/a", "--run=/b", "--socket", "unix:///c"], { type: "run", paths: { root: "/a", run: "/b", socket: "unix:///c" }, json: false }],
  [["engine", "status", "--json"], { type: "status", paths: {}, json: true }],
  [["engine", "--root=/a=b", "stop"], { type: "stop", paths: { root: "/a=b" }, json: false }],
])("%j is understood", (args, command) => {
  expect(parseArguments(args)).toEqual(command);
});

test.each([
  [["engin"], "unknown command engin: did you mean engine?"],
  [["engine", "strat"], "unknown command engine strat: did you mean start?"],
  [["frobnicate"], "unknown command frobnicate. See"],
  [["engine", "--rot", "/x"], "unknown option --rot: did you mean --root?"],
  [["engine", "--root"], "--root needs a value"],
  [["engine", "--root="], "--root needs a value"],
  [["engine", "start", "now"], "slipway engine start does not take now"],
  [["doctor", "now"], "slipway doctor does not take now"],
  [["--socket", "/x"], "slipway does not take --socket"],
  [["engine", "start", "--json"], "only slipway engine status and slipway doctor take --json"],
])("%j is refused", (args, message) => {
  try {
    parseArguments(args);
    expect.unreachable();
  } catch (error) {
    expect(isEngineError(error, "invalidArgument") && error.message).toContain(message);
  }
});

test("wrong usage is one sentence and exit code 2", async () => {
  expect(await cli("engin")).toEqual({ code: 2, out: "", err: "slipway: unknown command engin: did you mean engine?. See slipway --help" });
});

test("a socket path that the kernel cannot take is refused before anything starts", async () => {
  const { code, err } = await cli("engine", "start", "--socket", `/tmp/${"x".repeat(120)}`);
  expect(code).toBe(2);
  expect(err).toContain("longer than 107 bytes");
});

test("--version prints the version of package.json", async () => {
  const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { version: string };
  expect(await cli("--version")).toEqual({ code: 0, out: `slipway ${manifest.version}`, err: "" });
});

test("every error code has an exit code, and only what is no failure exits with 0", () => {
  expect(Object.keys(EXIT_CODES).sort((a, b) => a.localeCompare(b))).toEqual([...ERROR_CODES].sort((a, b) => a.localeCompare(b)));
  expect(Object.entries(EXIT_CODES).filter(([, code]) => code === 0)).toEqual([["notModified", 0]]);
});

test("bin/slipway.mjs passes arguments, output and exit code through", async () => {
  expect(await run("node", [BIN, "engine", "strat"])).toMatchObject({ code: 2, stdout: "" });
  expect(await run(process.execPath, [BIN, "--help"])).toMatchObject({ code: 0, stderr: "" });
});
