/** `docker context` entries, read from the files of Docker's CLI. Nothing is written there. */
import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import type { TlsFiles } from "./endpoint.ts";

export interface DockerContext {
  readonly name: string;
  readonly address: string;
  readonly tls: TlsFiles | undefined;
}

const metaSchema = z.object({
  Name: z.string().min(1).max(255),
  Endpoints: z.object({ docker: z.object({ Host: z.string().max(2048).default(""), SkipTLSVerify: z.boolean().default(false) }).optional() }).default({}),
});

/** `$DOCKER_CONFIG` or `~/.docker`. */
export function dockerConfigFolder(env: NodeJS.ProcessEnv): string {
  const given = env["DOCKER_CONFIG"];
  return given === undefined || given === "" ? join(env["HOME"] ?? homedir(), ".docker") : given;
}

/** Every context with an address, by name. What cannot be read or understood is left out. */
export async function readDockerContexts(env: NodeJS.ProcessEnv): Promise<DockerContext[]> {
  const folder = join(dockerConfigFolder(env), "contexts");
  const names = await readdir(join(folder, "meta")).catch(() => []);
  const found = await Promise.all(names.map((name) => readContext(folder, name)));
  return found.filter((context) => context !== undefined).sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function readContext(folder: string, entry: string): Promise<DockerContext | undefined> {
  const text = await readFile(join(folder, "meta", entry, "meta.json"), "utf8").catch(() => "");
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return undefined;
  }
  const meta = metaSchema.safeParse(raw);
  const docker = meta.data?.Endpoints.docker;
  if (meta.data === undefined || docker === undefined || docker.Host === "") return undefined;
  return { name: meta.data.Name, address: docker.Host, tls: await tlsOf(folder, meta.data.Name, docker.SkipTLSVerify) };
}

/** Docker keeps certificates under the digest of the context's name. */
async function tlsOf(folder: string, name: string, skipVerify: boolean): Promise<TlsFiles | undefined> {
  const files = await certificatesIn(join(folder, "tls", createHash("sha256").update(name).digest("hex"), "docker"));
  return files === undefined && !skipVerify ? undefined : { ...files, skipVerify };
}

/** `ca.pem`, `cert.pem` and `key.pem` of a folder, as far as they are there; undefined when none is. */
export async function certificatesIn(folder: string): Promise<TlsFiles | undefined> {
  const [ca, cert, key] = await Promise.all(["ca.pem", "cert.pem", "key.pem"].map((name) => stat(join(folder, name)).then(() => join(folder, name), () => undefined)));
  return ca === undefined && cert === undefined && key === undefined ? undefined : { ca, cert, key };
}
