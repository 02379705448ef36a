import { lstatSync } from "node:fs";
import { getuid } from "node:process";
import { ipcError } from "./ipc-error.ts";

/** Files that a TLS connection needs; absolute paths. Without `ca` the system's authorities are asked, as Docker does. */
export interface TlsFiles {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** Encrypts, but believes whoever answers. */
  readonly skipVerify?: boolean | undefined;
}

/** Where a Docker-compatible API listens. */
export type Endpoint = { readonly url: string; readonly managed: boolean } & (
  | { readonly type: "unix"; readonly socketPath: string }
  | { readonly type: "tcp"; readonly host: string; readonly port: number; readonly tls?: TlsFiles | undefined }
  /** Through the system's ssh and `docker system dial-stdio` at its other end. */
  | { readonly type: "ssh"; readonly host: string; readonly user: string | undefined; readonly port: number | undefined; readonly socketPath: string | undefined }
);

/**
 * Socket of our own engine, by the engine's own rules (engine/launch/paths.ts): one for root, one per user, below /tmp where
 * a login gave no runtime directory. `SLIPWAY_SOCKET`, which `npm start` sets, names it outright.
 */
export function ownSocketPath(env: NodeJS.ProcessEnv, uid = getuid?.() ?? 0): string {
  const given = env["SLIPWAY_SOCKET"];
  if (given?.startsWith("/") === true) return given;
  if (uid === 0) return "/run/slipway/slipway.sock";
  const runtime = [env["XDG_RUNTIME_DIR"], `/run/user/${uid}`].find((path) => path?.startsWith("/") === true && isOwnDirectory(path, uid));
  return runtime === undefined ? `/tmp/slipway-${uid}/slipway.sock` : `${runtime}/slipway/slipway.sock`;
}

function isOwnDirectory(path: string, uid: number): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found?.isDirectory() === true && found.uid === uid;
}

/** The endpoint of our own engine: the only one that is managed, which means started, supervised and stopped by this desktop. */
export function ownEndpoint(env: NodeJS.ProcessEnv = process.env, uid?: number): Endpoint {
  const path = ownSocketPath(env, uid);
  return { type: "unix", socketPath: path, url: `unix://${path}`, managed: true };
}

/**
 * The endpoint that an address names.
 *
 * @param address a path, `unix://`, `tcp://host:port` or `ssh://[user@]host[:port][/path/to.sock]`, as Docker takes them
 * @param tls for `tcp://` only
 * @throws IpcError `invalidArgument` for anything else
 */
export function parseAddress(address: string, tls?: TlsFiles): Endpoint {
  const path = address.startsWith("unix://") ? address.slice("unix://".length) : address;
  if (path.startsWith("/")) return { type: "unix", socketPath: path, url: `unix://${path}`, managed: false };
  return parseTcp(address, tls) ?? parseSsh(address) ?? refuse(address);
}

function parseTcp(address: string, tls: TlsFiles | undefined): Endpoint | undefined {
  const match = /^(?:tcp|http):\/\/(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+):(\d{1,5})\/?$/.exec(address);
  const port = Number(match?.[2]);
  if (match?.[1] === undefined || port < 1 || port > 65_535) return undefined;
  return { type: "tcp", host: match[1].replace(/^\[|\]$/g, ""), port, url: `tcp://${match[1]}:${port}`, managed: false, ...(tls === undefined ? {} : { tls }) };
}

/** A host or user that begins with "-" would be an option of ssh. */
function parseSsh(address: string): Endpoint | undefined {
  const match = /^ssh:\/\/(?:([A-Za-z0-9_.][A-Za-z0-9_.@\\-]*)@)?(\[[0-9a-fA-F:]+\]|[A-Za-z0-9_][A-Za-z0-9._-]*)(?::(\d{1,5}))?(\/[^\0?#]*)?$/.exec(address);
  if (match?.[2] === undefined) return undefined;
  const port = match[3] === undefined ? undefined : Number(match[3]);
  if (port !== undefined && (port < 1 || port > 65_535)) return undefined;
  const socketPath = match[4] === undefined || match[4] === "/" ? undefined : match[4];
  return { type: "ssh", host: match[2].replace(/^\[|\]$/g, ""), user: match[1], port, socketPath, url: address, managed: false };
}

function refuse(address: string): never {
  throw ipcError("invalidArgument", `"${address}" is not an engine address: use /path/to.sock, unix:///path/to.sock, tcp://host:port or ssh://user@host.`);
}

/** The endpoint that a flag or `SLIPWAY_HOST` names, if one does. @throws IpcError as {@link parseAddress} */
export function namedEndpoint(address: string | undefined, env: NodeJS.ProcessEnv = process.env, uid?: number): Endpoint | undefined {
  const wanted = address ?? env["SLIPWAY_HOST"];
  if (wanted === undefined || wanted === "") return undefined;
  const [own, found] = [ownEndpoint(env, uid), parseAddress(wanted)];
  return found.url === own.url ? own : found;
}
