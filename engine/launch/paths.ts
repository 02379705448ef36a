import { createHash } from "node:crypto";
import { lstatSync, mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { EngineError, isSystemError } from "../base/errors.ts";

/** Where one engine keeps its things. All paths are absolute. */
export interface EnginePaths {
  /** Data that survives a reboot: images, containers, volumes. */
  readonly root: string;
  /** Data of this boot, on a tmpfs: sockets, bundles, the namespace holder. */
  readonly run: string;
  /** The Docker Engine API's socket. */
  readonly socket: string;
  /** Whether the engine needs namespaces of its own, because its user is not root. */
  readonly rootless: boolean;
  /** rootlesskit's state directory: child_pid, api.sock. */
  readonly holder: string;
  /** Socket through which a rootless engine reaches the machine's loopback (engine/launch/forwarder.ts). */
  readonly forwarder: string;
  /** Output of an engine started in the background. */
  readonly log: string;
}

/** What the caller asked for; what is missing follows the rules of {@link resolvePaths}. */
export interface PathChoice {
  readonly root?: string | undefined;
  readonly run?: string | undefined;
  readonly socket?: string | undefined;
}

/** The user and the environment that decide; tests give their own. */
export interface User {
  readonly uid: number;
  readonly env: NodeJS.ProcessEnv;
}

/** This process' user. Its PATH gets the folders of system programs (nft, runc), which a normal user's often lacks. */
export function currentUser(): User {
  return { uid: process.getuid?.() ?? 0, env: { ...process.env, PATH: withSystemFolders(process.env["PATH"]) } };
}

const SYSTEM_FOLDERS = ["/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/local/bin", "/usr/bin", "/bin"];

function withSystemFolders(path: string | undefined): string {
  const folders = (path ?? "").split(":").filter((folder) => folder !== "");
  return [...folders, ...SYSTEM_FOLDERS.filter((folder) => !folders.includes(folder))].join(":");
}

/** sun_path of a socket address, less its final NUL (unix(7)). */
const LONGEST_SOCKET_PATH = 107;

/**
 * Decides where an engine lives. Root: /var/lib/slipway and /run/slipway. Anyone else: $XDG_DATA_HOME/slipway and
 * $XDG_RUNTIME_DIR/slipway (XDG Base Directory Specification), or /tmp/slipway-UID where a login gave no runtime directory.
 * A data root of one's own gets a run directory of its own, so that two engines never share one.
 *
 * @throws EngineError `invalidArgument` when the socket's path is too long
 */
export function resolvePaths(choice: PathChoice = {}, user: User = currentUser()): EnginePaths {
  const rootless = user.uid !== 0;
  const root = choice.root === undefined ? defaultRoot(user) : resolve(choice.root);
  const ownRun = root === defaultRoot(user) ? defaultRun(user) : `${defaultRun(user)}-${shortHash(root)}`;
  const run = choice.run === undefined ? ownRun : resolve(choice.run);
  const socket = choice.socket === undefined ? join(run, "slipway.sock") : resolve(choice.socket.replace(/^unix:\/\//, ""));
  if (Buffer.byteLength(socket) > LONGEST_SOCKET_PATH) {
    throw new EngineError("invalidArgument", `the socket's path ${socket} is longer than ${String(LONGEST_SOCKET_PATH)} bytes, the kernel's limit: choose a shorter one with --socket`);
  }
  return { root, run, socket, rootless, holder: join(run, "holder"), forwarder: join(run, "loopback.sock"), log: join(run, "engine.log") };
}

/**
 * Makes the data and run directories, readable by their owner only.
 * @throws EngineError `forbidden` when one of them belongs to someone else
 */
export function makeDirectories(paths: EnginePaths, user: User = currentUser()): void {
  for (const directory of [paths.root, paths.run]) {
    try {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
    } catch (error) {
      if (isSystemError(error, "EACCES", "EPERM", "EROFS")) {
        throw new EngineError("forbidden", `${directory} cannot be made by this user: choose another folder with --root and --run`, { cause: error });
      }
      throw error;
    }
    // Also where a parent is writable for all (/tmp): nobody else may have put it, or a link, there first.
    const { uid } = lstatSync(directory);
    if (uid !== user.uid) {
      throw new EngineError("forbidden", `${directory} belongs to user ${String(uid)}, not to you (${String(user.uid)}): choose another folder with --root and --run`);
    }
  }
}

function defaultRoot(user: User): string {
  if (user.uid === 0) return "/var/lib/slipway";
  const dataHome = user.env["XDG_DATA_HOME"];
  return join(dataHome?.startsWith("/") === true ? dataHome : join(user.env["HOME"] ?? homedir(), ".local/share"), "slipway");
}

function defaultRun(user: User): string {
  if (user.uid === 0) return "/run/slipway";
  // `su` without a login leaves another user's XDG_RUNTIME_DIR behind: only our own counts.
  for (const directory of [user.env["XDG_RUNTIME_DIR"], `/run/user/${String(user.uid)}`]) {
    if (directory?.startsWith("/") === true && isOwnDirectory(directory, user.uid)) return join(directory, "slipway");
  }
  return `/tmp/slipway-${String(user.uid)}`;
}

function isOwnDirectory(path: string, uid: number): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found?.isDirectory() === true && found.uid === uid;
}

function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 8);
}
