import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** A line of htpasswd with the only kind of hash that docker-registry reads: bcrypt, which perl's crypt makes where the C library can. It reads 72 bytes of a password. */
export async function makePassword(user: string, password: string): Promise<string> {
  const { stdout } = await promisify(execFile)("perl", ["-e", 'print crypt($ENV{PASSWORD}, q($2y$05$abcdefghijklmnopqrstuu))'], { env: { PASSWORD: password.slice(0, 72) } });
  if (!stdout.startsWith("$2y$05$")) throw new Error(`perl made no bcrypt hash: ${stdout}`);
  return `${user}:${stdout}\n`;
}
