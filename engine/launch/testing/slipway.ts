import { runCli } from "../../cli/cli.ts";

// The `slipway` command with the stand-in for an engine; its path is the first argument.
process.exitCode = await runCli(process.argv.slice(3), { out: (line) => void process.stdout.write(`${line}\n`), err: (line) => void process.stderr.write(`${line}\n`) }, process.argv[2]);
