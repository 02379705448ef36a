import { closeSync, constants, openSync, renameSync } from "node:fs";
import { createServer } from "node:http";
import type { IncomingMessage, Server } from "node:http";
import { Socket, connect } from "node:net";
import type { Duplex } from "node:stream";
import { isSystemError } from "../base/errors.ts";
import { isLoopback, splitHost } from "../registry/insecure.ts";

export interface Forwarder {
  /** Settles when nobody used it for a while and it has closed. */
  readonly closed: Promise<void>;
}

/**
 * Serves `CONNECT HOST:PORT` on the unix socket `path` (mode 0600) for hosts that are this machine's loopback, and for nothing
 * else; closes itself after `idleMs` milliseconds without a connection. A target that cannot be reached is
 * answered with 502 and the system's error code as the reason.
 */
export async function startForwarder(path: string, idleMs: number): Promise<Forwarder> {
  let tunnels = 0;
  const server = createServer((_request, response) => response.writeHead(405).end());
  const closed = new Promise<void>((resolve) => server.once("close", resolve));
  const idle = setTimeout(() => tunnels === 0 && server.close(), idleMs);
  server.on("connect", (request: IncomingMessage, client: Duplex, head: Buffer) => {
    tunnels++;
    client.once("close", () => {
      tunnels--;
      idle.refresh();
    });
    forward(request.url ?? "", client, head);
  });
  await listen(server, path);
  return { closed };
}

async function listen(server: Server, path: string): Promise<void> {
  // Node removes the name it listened on when it closes: by then another forwarder may have it.
  const draft = `${path}.${String(process.pid)}`;
  const umask = process.umask(0o177);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(draft, resolve);
    });
    renameSync(draft, path);
  } finally {
    process.umask(umask);
  }
}

function forward(authority: string, client: Duplex, head: Buffer): void {
  client.on("error", () => client.destroy());
  const { name, port } = splitHost(authority);
  if (port === undefined || port < 1 || port > 65_535 || !isLoopback(authority)) return void client.end("HTTP/1.1 403 EACCES\r\n\r\n");
  // Names below localhost need no resolver that knows them (RFC 6761, 6.3).
  const target = connect({ host: name.endsWith(".localhost") ? "localhost" : name, port, allowHalfOpen: true });
  const refuse = (error: NodeJS.ErrnoException): void => void client.end(`HTTP/1.1 502 ${reasonOf(error)}\r\n\r\n`);
  target.once("error", refuse);
  target.once("connect", () => {
    target.off("error", refuse);
    target.on("error", () => client.destroy());
    client.write("HTTP/1.1 200 OK\r\n\r\n");
    if (head.byteLength > 0) target.write(head);
    client.pipe(target).pipe(client);
  });
  client.once("close", () => target.destroy());
}

/** localhost has two addresses; the error of trying both holds those of each. */
function reasonOf(error: NodeJS.ErrnoException): string {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  return (first as NodeJS.ErrnoException).code ?? error.code ?? "ECONNREFUSED";
}

/**
 * Reads wishes that a running forwarder fulfils already, and calls `onEnd` when the last process that kept the fifo open is gone.
 */
export function watchWishes(fifo: string, onEnd: () => void): void {
  const wishes = new Socket({ fd: openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK), readable: true, writable: false });
  wishes.once("end", onEnd);
  wishes.resume();
  wishes.unref();
}

/** Whether the loop of {@link WITH_FORWARDER} runs that reads `fifo`. */
export function isAwaited(fifo: string): boolean {
  try {
    closeSync(openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK));
    return true;
  } catch (error) {
    if (isSystemError(error, "ENXIO", "ENOENT")) return false;
    throw error;
  }
}

/**
 * The shell script that becomes `"$@"`, with a loop beside it that starts the forwarder for each wish in the fifo. Arguments
 * before the command: the socket, Node, the forwarder's program. The command, and with it everything that it leaves running, holds
 * the fifo open for writing: when the last of them is gone, however they ended, the loop reads the end of the file and ends too.
 * It waits in a shell of 1 MB; Node would be 40.
 */
export const WITH_FORWARDER = [
  `socket=$1 node=$2 main=$3; shift 3`,
  `rm -f "$socket" "$socket.wake" && mkfifo -m 600 "$socket.wake" && exec 3<>"$socket.wake"`,
  `{ exec 3>&-; while read -r _; do "$node" "$main" "$socket" </dev/null; done; } <"$socket.wake" &`,
  `exec 4>"$socket.wake" 3>&-`,
  `exec "$@"`,
].join("\n");
