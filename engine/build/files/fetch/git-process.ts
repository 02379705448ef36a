import { spawn } from "node:child_process";
import { abortError, throwIfAborted } from "../../../base/abort.ts";
import { EngineError, isSystemError, messageOf } from "../../../base/errors.ts";

export interface GitOptions {
  /** Working directory. */
  readonly cwd: string;
  /** Protocols that may be spoken, also by submodules. */
  readonly protocols: readonly string[];
  /** Socket of an ssh agent. */
  readonly agent: string | undefined;
  /** File that remembers the keys of ssh hosts. */
  readonly knownHosts: string;
  /** Further settings, `name=value`. */
  readonly settings?: readonly string[] | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

export interface GitResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Proxies and authorities are the machine's affair; everything else of the environment is not for git. */
const PASSED = ["PATH", "http_proxy", "https_proxy", "no_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO"];
/**
 * No configuration of the user or the machine, no hooks, no helpers, no background work; a server that sends less than a kilobyte a second for half a
 * minute is given up.
 */
const SETTINGS = [
  "core.hooksPath=/dev/null", "core.fsmonitor=false", "core.autocrlf=false", "core.symlinks=true", "credential.helper=", "gc.auto=0", "maintenance.auto=false",
  "http.lowSpeedLimit=1024", "http.lowSpeedTime=30", "init.defaultBranch=master", "advice.detachedHead=false", "submodule.recurse=false",
];
const MAX_OUTPUT = 4 << 20;

/**
 * Runs git: it asks nothing, reads no configuration but the repository's own, and all its helpers end with it. Exit codes are results.
 * @throws EngineError `notImplemented` when git is not installed, `deadlineExceeded`, `cancelled`
 */
export async function runGit(args: readonly string[], options: GitOptions): Promise<GitResult> {
  throwIfAborted(options.signal);
  const settings = [...SETTINGS, ...(options.settings ?? [])].flatMap((setting) => ["-c", setting]);
  // The umask decides about the modes of files, and so about digests.
  const child = spawn("sh", ["-c", 'umask 022; exec git "$@"', "git", ...settings, ...args], { cwd: options.cwd, env: environment(options), stdio: ["ignore", "pipe", "pipe"], detached: true });
  const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
  let reason: EngineError | undefined;
  const stop = (error: EngineError): void => {
    reason ??= error;
    // Its helpers are in the same group.
    if (child.pid !== undefined) killGroup(child.pid);
  };
  const onAbort = (): void => stop(abortError(options.signal!));
  options.signal?.addEventListener("abort", onAbort, { once: true });
  const timer = setTimeout(() => stop(new EngineError("deadlineExceeded", `git did not end within ${options.timeoutMs / 1000} seconds`)), options.timeoutMs);
  try {
    const code = await new Promise<number>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (status) => resolve(status ?? -1));
    });
    if (reason !== undefined) throw reason;
    if (code === 127) throw new EngineError("notImplemented", "git is needed to fetch a repository, and is not installed: install the package git");
    return { code, stdout: stdout(), stderr: stderr() };
  } catch (error) {
    if (error instanceof EngineError) throw error;
    throw new EngineError("internal", `cannot run git: ${messageOf(error)}`, { cause: error });
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener("abort", onAbort);
  }
}

function environment({ protocols, agent, knownHosts, env }: GitOptions): NodeJS.ProcessEnv {
  const passed = Object.fromEntries(PASSED.map((name) => [name, process.env[name]]).filter(([, value]) => value !== undefined)) as Record<string, string>;
  // Keys of an agent that was given, and no others: a Dockerfile from elsewhere is not to use the user's own.
  const ssh = ["ssh", "-F", "/dev/null", "-o", "BatchMode=yes", "-o", "IdentityFile=/dev/null", "-o", "ConnectTimeout=30", "-o", "ServerAliveInterval=15", "-o", "StrictHostKeyChecking=accept-new", "-o", `UserKnownHostsFile=${shellQuoted(`"${knownHosts}"`)}`];
  return {
    ...passed, HOME: "/nonexistent", LC_ALL: "C", GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: "/dev/null", GIT_TERMINAL_PROMPT: "0", GIT_ASKPASS: "", SSH_ASKPASS: "", GIT_ALLOW_PROTOCOL: protocols.join(":"),
    GIT_SSH_COMMAND: ssh.join(" "), GIT_OPTIONAL_LOCKS: "0", ...(agent === undefined ? {} : { SSH_AUTH_SOCK: agent }), ...env,
  };
}

function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    if (!isSystemError(error, "ESRCH")) throw error;
  }
}

function collect(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on("data", (chunk: Buffer) => {
    if (size < MAX_OUTPUT) chunks.push(chunk.subarray(0, MAX_OUTPUT - size));
    size += chunk.length;
  });
  return () => Buffer.concat(chunks).toString("utf8");
}
