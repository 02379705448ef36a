/** A credential helper of the test's own: a real program that speaks the protocol of docker-credential-helpers. */
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

export interface TestHelper {
  /** Folder to put into PATH. */
  readonly folder: string;
  /** Every call so far: its arguments and its input. */
  calls(): Promise<{ args: string[]; input: string }[]>;
  /** What it keeps, by key. */
  kept(): Promise<Record<string, { Username: string; Secret: string }>>;
  /** From now on it fails with this sentence, or hangs for `hang`. */
  break(sentence: string | undefined): Promise<void>;
}

const PROGRAM = `
const fs = require("node:fs");
const [folder, args] = [__dirname + "/state", process.argv.slice(2)];
const input = args[0] === "list" ? "" : fs.readFileSync(0, "utf8");
fs.appendFileSync(folder + "/calls", JSON.stringify({ args, input }) + "\\n");
const broken = fs.existsSync(folder + "/broken") ? fs.readFileSync(folder + "/broken", "utf8") : "";
const fail = (sentence) => { process.stdout.write(sentence + "\\n"); process.exit(1); };
if (broken === "hang") setInterval(() => {}, 1000);
else if (broken !== "") fail(broken);
else {
  const path = folder + "/kept";
  const kept = fs.existsSync(path) ? JSON.parse(fs.readFileSync(path, "utf8")) : {};
  const key = input.trim();
  const save = () => fs.writeFileSync(path, JSON.stringify(kept));
  if (args[0] === "get") key in kept ? process.stdout.write(JSON.stringify({ ServerURL: key, ...kept[key] })) : fail("credentials not found in native keychain");
  else if (args[0] === "list") process.stdout.write(JSON.stringify(Object.fromEntries(Object.entries(kept).map(([name, { Username }]) => [name, Username]))));
  else if (args[0] === "store") { const { ServerURL, Username, Secret } = JSON.parse(input); kept[ServerURL] = { Username, Secret }; save(); }
  else if (args[0] === "erase") { if (!(key in kept)) fail("credentials not found in native keychain"); delete kept[key]; save(); }
  else fail("Unknown credential action " + args[0]);
}
`;

/** Writes `docker-credential-NAME` into `parent`/NAME. */
export async function makeHelper(parent: string, name: string): Promise<TestHelper> {
  const folder = join(parent, name);
  const state = join(folder, "state");
  await mkdir(state, { recursive: true });
  const program = join(folder, `docker-credential-${name}`);
  await writeFile(program, `#!${process.execPath}\n${PROGRAM}`);
  await chmod(program, 0o755);
  const read = (file: string): Promise<string> => readFile(join(state, file), "utf8").catch(() => "");
  return {
    folder,
    calls: async () => (await read("calls")).split("\n").filter(Boolean).map((line) => JSON.parse(line) as { args: string[]; input: string }),
    kept: async () => JSON.parse((await read("kept")) || "{}") as Record<string, { Username: string; Secret: string }>,
    break: (sentence = "") => writeFile(join(state, "broken"), sentence),
  };
}
