/** Secrets of a build: read on this machine when it begins, handed to the engine and forgotten. Their values are in no answer, error or log. */
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import type { CompleteBuildForm, SecretSource } from "../ipc/contract/builds.ts";
import { toFileError } from "./build-files.ts";
import { errorInfo, ipcError } from "./ipc-error.ts";

/** Docker's limit. */
const LARGEST_SECRET = 500 * 1024;

/**
 * The secrets of a form by id, in base64, as `/slipway/build` takes them.
 * @throws IpcError `notFound`, `forbidden`, `invalidArgument`, `resourceExhausted`, with the secret's id
 */
export async function readSecrets(secrets: CompleteBuildForm["secrets"], env: NodeJS.ProcessEnv = process.env): Promise<Record<string, string>> {
  const read = await Promise.all(secrets.map(async ({ id, ...source }) => {
    try {
      return [id, (await readSecret(source, env)).toString("base64")] as const;
    } catch (error) {
      const { code, message } = errorInfo(error);
      throw ipcError(code, `The secret ${id} was not read: ${message}`);
    }
  }));
  return Object.fromEntries(read);
}

/** Why a secret cannot be read; null where it can. */
export async function checkSecret(source: SecretSource, env: NodeJS.ProcessEnv = process.env): Promise<string | null> {
  return readSecret(source, env).then(() => null, (error: unknown) => errorInfo(error).message);
}

async function readSecret({ from, source }: SecretSource, env: NodeJS.ProcessEnv): Promise<Buffer> {
  if (from === "env") {
    const value = env[source];
    if (value === undefined) throw ipcError("notFound", `The variable ${source} is not set where Slipway was started.`);
    return within(Buffer.from(value, "utf8"), `The variable ${source}`);
  }
  const path = source.startsWith("~/") ? join(homedir(), source.slice(2)) : source;
  // A pipe would wait for its other end.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: unknown) => {
    throw toFileError(error, path);
  });
  try {
    const info = await file.stat();
    if (!info.isFile()) throw ipcError("invalidArgument", `${path} is not a file.`);
    within({ length: info.size }, path);
    return await file.readFile();
  } finally {
    await file.close();
  }
}

function within<T extends { readonly length: number }>(value: T, what: string): T {
  if (value.length > LARGEST_SECRET) throw ipcError("resourceExhausted", `${what} is larger than ${LARGEST_SECRET / 1024} KiB: too large for a secret.`);
  return value;
}

/**
 * Where the agent of this user's SSH keys listens.
 * @throws IpcError `notFound` without one
 */
export function agentSocket(env: NodeJS.ProcessEnv = process.env): string {
  const path = env["SSH_AUTH_SOCK"];
  if (path === undefined || path === "") throw ipcError("notFound", "No SSH agent runs where Slipway was started: SSH_AUTH_SOCK is not set. Start one (ssh-agent, ssh-add), then Slipway.");
  return path;
}
