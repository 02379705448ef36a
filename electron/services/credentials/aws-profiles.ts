import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

/** Names of the profiles in AWS's configuration files, `default` first. Files that cannot be read hold none. */
export async function readAwsProfiles(env: NodeJS.ProcessEnv = process.env): Promise<string[]> {
  const [config, credentials] = await Promise.all([
    sections(env["AWS_CONFIG_FILE"] || join(homedir(), ".aws", "config")),
    sections(env["AWS_SHARED_CREDENTIALS_FILE"] || join(homedir(), ".aws", "credentials")),
  ]);
  const names = [...config.flatMap((section) => (section === "default" ? section : (/^profile\s+(.+)$/.exec(section)?.[1] ?? []))), ...credentials];
  return [...new Set(names.map((name) => name.replace(/^(["'])(.*)\1$/, "$2")))].toSorted((a, b) => Number(b === "default") - Number(a === "default") || a.localeCompare(b));
}

async function sections(path: string): Promise<string[]> {
  const text = await readFile(path, "utf8").catch(() => "");
  return [...text.matchAll(/^[ \t]*\[([^\]\r\n]+)\]/gm)].flatMap(([, name = ""]) => (name.trim() === "" ? [] : [name.trim()]));
}
