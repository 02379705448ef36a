import { runCli } from "./cli.ts";

// One write each: a reader that goes away (`| head`) is no reason for a stack trace.
process.stdout.on("error", () => {});
process.exitCode = await runCli(process.argv.slice(2), {
  out: (line) => void process.stdout.write(`${line}\n`),
  err: (line) => void process.stderr.write(`${line}\n`),
});
