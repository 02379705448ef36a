import { createServer } from "node:net";
import type { Server, Socket } from "node:net";
import { isLoopback } from "../../../registry/insecure.ts";
import { connectThrough } from "../../../registry/loopback.ts";

/** A way for git, which knows no unix sockets, to a server on the machine's own loopback. */
export interface LoopbackRelay extends AsyncDisposable {
  /** What git is told by `-c`: addresses of the server become ones of the relay. */
  readonly setting: string;
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { "http:": 80, "https:": 443, "git:": 9418 };

/**
 * Listens on a port of this network namespace and hands each connection on through the forwarder.
 * @returns undefined when `remote` is not on a loopback address, or of another protocol
 */
export async function relayLoopback(remote: string, forwarder: string | undefined): Promise<LoopbackRelay | undefined> {
  if (forwarder === undefined || !URL.canParse(remote)) return undefined;
  const url = new URL(remote);
  const port = url.port === "" ? DEFAULT_PORTS[url.protocol] : Number(url.port);
  if (port === undefined || !isLoopback(url.hostname)) return undefined;
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.once("close", () => sockets.delete(socket));
    connectThrough(forwarder, { host, port }).then((far) => {
      far.on("error", () => socket.destroy());
      socket.once("close", () => far.destroy());
      socket.pipe(far).pipe(socket);
    }, () => socket.destroy());
  });
  const own = await listen(server, host.includes(":") ? "::1" : "127.0.0.1");
  const origin = (at: number | string): string => `${url.protocol}//${url.hostname}${at === "" ? "" : `:${at}`}/`;
  return {
    // The name stays: a certificate is for it.
    setting: `url.${origin(own)}.insteadOf=${origin(url.port)}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function listen(server: Server, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, host, () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
}
