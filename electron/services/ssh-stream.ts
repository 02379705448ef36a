/** A connection to an engine behind ssh: the system's own client runs `docker system dial-stdio` there, as Docker's CLI does. */
import { spawn } from "node:child_process";
import type { ChildProcessByStdio } from "node:child_process";
import { Duplex } from "node:stream";
import type { Readable, Writable } from "node:stream";
import type { Endpoint } from "./endpoint.ts";
import { ipcError } from "./ipc-error.ts";

type SshEndpoint = Extract<Endpoint, { type: "ssh" }>;

const CONNECT_TIMEOUT_SECONDS = 15;
const STDERR_LIMIT = 4096;

/** Arguments of ssh. Nobody can answer a question in a window without a terminal, so none is asked (BatchMode). */
export function sshArguments({ host, user, port, socketPath }: SshEndpoint): string[] {
  return [
    ...["-o", `ConnectTimeout=${CONNECT_TIMEOUT_SECONDS}`, "-o", "BatchMode=yes", "-T"],
    ...(user === undefined ? [] : ["-l", user]),
    ...(port === undefined ? [] : ["-p", String(port)]),
    ...["--", host, "docker"],
    ...(socketPath === undefined ? [] : ["--host", `unix://${quote(socketPath)}`]),
    ...["system", "dial-stdio"],
  ];
}

/** What a shell at the other end takes as one word. */
function quote(word: string): string {
  return /^[\w./@:+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** Standard input and output of ssh as one stream. When ssh fails it ends with an error that says what is wrong, in a sentence. */
export class SshStream extends Duplex {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #endpoint: SshEndpoint;
  #words = "";
  #heard = false;

  constructor(endpoint: SshEndpoint, program = "ssh") {
    super();
    this.#endpoint = endpoint;
    this.#child = spawn(program, sshArguments(endpoint), { stdio: ["pipe", "pipe", "pipe"] });
    const { stdin, stdout, stderr } = this.#child;
    stdout.on("data", (data: Buffer) => {
      this.#heard = true;
      if (!this.push(data)) stdout.pause();
    });
    stderr.on("data", (data: Buffer) => (this.#words = (this.#words + data.toString("utf8")).slice(-STDERR_LIMIT)));
    // A closed pipe is explained by how ssh ended.
    for (const stream of [stdin, stdout, stderr]) stream.on("error", () => undefined);
    this.#child.once("error", (error) => this.destroy(toStartError(error)));
    this.#child.once("close", (code) => {
      if (code !== 0 && !this.#heard) this.destroy(toSshError(this.#words, this.#endpoint));
      else this.push(null);
    });
  }

  override _read(): void {
    this.#child.stdout.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#child.stdin.write(chunk, () => done());
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#child.stdin.end(() => done());
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#child.kill();
    done(error);
  }
}

function toStartError(error: Error): Error {
  const absent = "code" in error && error.code === "ENOENT";
  return ipcError("unavailable", absent ? "The program ssh is not installed on this machine." : "The program ssh could not be started.", { cause: error.message });
}

/** What went wrong, from what ssh printed. */
export function toSshError(printed: string, endpoint: SshEndpoint): Error {
  const cause = printed.trim() || "ssh ended without saying why";
  const target = endpoint.user === undefined ? endpoint.host : `${endpoint.user}@${endpoint.host}`;
  const terminal = `ssh ${endpoint.port === undefined ? "" : `-p ${endpoint.port} `}${target}`;
  const options = { cause, details: { command: terminal } };
  const says = (pattern: RegExp): boolean => pattern.test(printed);
  if (says(/permission denied while trying to connect|docker.*permission denied|dial unix.*permission denied/i)) return ipcError("forbidden", `ssh works, but ${target} may not use the engine there: it is not in the group docker.`, { cause });
  if (says(/host key verification failed|remote host identification has changed/i)) return ipcError("unauthorized", `The host key of ${endpoint.host} is not known, or has changed. Connect once from a terminal to check and keep it.`, options);
  if (says(/permission denied|too many authentication failures|no more authentication methods/i)) return ipcError("unauthorized", `${endpoint.host} accepted no ssh key of this user. Load the key with ssh-add, or name it in ~/.ssh/config.`, options);
  if (says(/docker: (?:command )?not found|command not found|no such file or directory.*docker$/im)) return ipcError("unavailable", `ssh works, but ${endpoint.host} has no docker command, which carries the connection.`, { cause });
  if (says(/could not resolve|name or service not known/i)) return ipcError("unavailable", `There is no machine called ${endpoint.host}.`, { cause });
  if (says(/cannot connect to the docker daemon|dial unix/i)) return ipcError("unavailable", `ssh works, but no engine answers on ${endpoint.host}.`, { cause });
  if (says(/refused/i)) return ipcError("unavailable", `${endpoint.host} refuses ssh connections${endpoint.port === undefined ? "" : ` on port ${endpoint.port}`}.`, { cause });
  if (says(/timed out|no route|unreachable/i)) return ipcError("unavailable", `${endpoint.host} does not answer.`, { cause });
  return ipcError("unavailable", `ssh to ${endpoint.host} failed.`, options);
}
