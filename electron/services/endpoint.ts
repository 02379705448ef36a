import { lstatSync } from "node:fs";
import { getuid } from "node:process";
import { ipcError } from "./ipc-error.ts";

/** Where a Docker-compatible API listens. */
export type Endpoint = { readonly url: string; readonly managed: boolean } & (
  | { readonly type: "unix"; readonly socketPath: string }
  | { readonly type: "tcp"; readonly host: string; readonly port: number }
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

/**
 * The endpoint to use: `address` (a flag), else `SLIPWAY_HOST`, else our own engine's socket. Only our own engine is managed,
 * which means started, supervised and stopped by this desktop.
 *
 * @throws IpcError `invalidArgument` for an address that is neither a path, `unix://` nor `tcp://`
 */
export function resolveEndpoint(address: string | undefined, env: NodeJS.ProcessEnv = process.env, uid?: number): Endpoint {
  const own = ownSocketPath(env, uid);
  const wanted = address ?? (env["SLIPWAY_HOST"] === "" ? undefined : env["SLIPWAY_HOST"]);
  if (wanted === undefined) return { type: "unix", socketPath: own, url: `unix://${own}`, managed: true };
  const path = wanted.startsWith("unix://") ? wanted.slice("unix://".length) : wanted;
  if (path.startsWith("/")) return { type: "unix", socketPath: path, url: `unix://${path}`, managed: path === own };
  const tcp = /^(?:tcp|http):\/\/(\[[0-9a-fA-F:.]+\]|[^/:]+):(\d{1,5})\/?$/.exec(wanted);
  const port = Number(tcp?.[2]);
  if (tcp?.[1] === undefined || port < 1 || port > 65_535) {
    throw ipcError("invalidArgument", `"${wanted}" is not an engine address: use /path/to.sock, unix:///path/to.sock or tcp://host:port.`);
  }
  return { type: "tcp", host: tcp[1].replace(/^\[|\]$/g, ""), port, url: `tcp://${tcp[1]}:${port}`, managed: false };
}
