import { EngineError } from "../../../base/errors.ts";

/** An address as messages show it: never with a password. */
export function shownRemote(remote: string): string {
  return remote.replace(/^([a-z]+:\/\/)[^/@]*@/i, "$1");
}

/** The address without its credentials, as it may be kept in a repository. ssh needs its user name. */
export function keptRemote(remote: string): string {
  return /^https?:/i.test(remote) ? shownRemote(remote) : remote.replace(/^([a-z]+:\/\/[^/@:]*):[^/@]*@/i, "$1@");
}

/**
 * Makes sure that git cannot take an address for an option or a command, and that its protocol is allowed.
 * @throws EngineError `invalidArgument`
 */
export function checkRemote(remote: string, protocols: readonly string[]): void {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(remote)?.[1]?.toLowerCase() ?? (/^(?!-)[\w.-]+@(?!-)[\w.-]+:/.test(remote) ? "ssh" : undefined);
  const host = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/@]*@)?([^/]*)/i.exec(remote)?.[1] ?? "";
  if (scheme !== undefined && protocols.includes(scheme) && !host.startsWith("-") && !/[\0-\x20\x7f]/.test(remote)) return;
  throw new EngineError("invalidArgument", `cannot fetch the git repository ${JSON.stringify(shownRemote(remote).slice(0, 200))}: addresses of ${protocols.join(", ")} are allowed`);
}

/**
 * Makes sure that a ref is a name and nothing else to git.
 * @throws EngineError `invalidArgument`
 */
export function checkRef(ref: string): void {
  // What `git check-ref-format` refuses, and a leading dash or plus.
  if (ref !== "" && !/^[-+/]|[\0-\x20\x7f~^:?*[\\]|\.\.|@\{|\/\/|\/$|\.lock$|\.$/.test(ref)) return;
  throw new EngineError("invalidArgument", `${JSON.stringify(ref.slice(0, 200))} is no name of a branch, tag or commit`);
}

/** The sentence for a git that failed, from what it said. */
export function gitFailure(remote: string, what: string, stderr: string): EngineError {
  const words = saidBy(stderr, remote);
  const message = `cannot ${what} ${shownRemote(remote)}: ${words === "" ? "git failed without a word" : words}`;
  if (/Authentication failed|could not read Username|could not read Password|Permission denied|terminal prompts disabled|returned error: 40[13]/i.test(stderr)) {
    return new EngineError("unauthorized", `${message} (is the repository private? Put credentials into the address, or give an ssh agent)`);
  }
  if (/not found|does not appear to be a git repository|no such remote ref|couldn't find remote ref/i.test(stderr)) return new EngineError("notFound", message);
  if (/No space left on device/i.test(stderr)) return new EngineError("resourceExhausted", message);
  return new EngineError("unavailable", message);
}

/** The last complaint of git, without colours, without the address' credentials. */
function saidBy(stderr: string, remote: string): string {
  const lines = stderr.split("\n").map((line) => line.replace(/^(?:fatal|error|remote):\s*/i, "").trim()).filter((line) => line !== "" && !/^(?:hint:|Cloning into|From |Please make sure)/.test(line));
  return (lines.at(-1) ?? "").replaceAll(remote, shownRemote(remote)).replace(/([a-z]+:\/\/)[^/@\s']*@/gi, "$1").replace(/[\0-\x1f\x7f-\x9f]+/g, " ").slice(0, 300);
}
