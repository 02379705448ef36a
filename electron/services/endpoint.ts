import { getuid } from "node:process";
import { ipcError } from "./ipc-error.ts";

/** Where a Docker-compatible API listens. */
export type Endpoint = { readonly url: string; readonly managed: boolean } & (
  | { readonly type: "unix"; readonly socketPath: string }
  | { readonly type: "tcp"; readonly host: string; readonly port: number }
);

/** Socket of our own engine: one per user, and one for root. */
export function defaultSocketPath(env: NodeJS.ProcessEnv, uid = getuid?.() ?? 0): string {
  if (uid === 0) return "/run/slipway/slipway.sock";
  const runtime = env["XDG_RUNTIME_DIR"];
  return `${runtime === undefined || runtime === "" ? `/run/user/${uid}` : runtime}/slipway/slipway.sock`;
}

/**
 * The endpoint to use: `address` (a flag), else `SLIPWAY_HOST`, else our own engine's socket. Only our own engine is managed,
 * which means started, supervised and stopped by this desktop.
 *
 * @throws IpcError `invalidArgument` for an address that is neither a path, `unix://` nor `tcp://`
 */
export function resolveEndpoint(address: string | undefined, env: NodeJS.ProcessEnv = process.env, uid?: number): Endpoint {
  const own = defaultSocketPath(env, uid);
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
