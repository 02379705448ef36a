import { createSocket, type RemoteInfo, type Socket as UdpSocket } from "node:dgram";
import { connect, createServer, type Server } from "node:net";
import { isSystemError } from "../../base/errors.ts";
import { PortUnavailable, type Publication } from "./publisher.ts";

/**
 * The host side of a published port in this process. An IPv4 port is only *reserved* here (nftables carries its traffic, so the socket
 * never sees any): nobody else can take it, and a port that is taken is noticed. An IPv6 port is *relayed* to the container's IPv4
 * address, since the default bridge has no IPv6 (Docker's userland proxy does the same).
 */
export interface Listener {
  readonly port: number;
  close(): Promise<void>;
}

const UDP_RELAY_IDLE_MS = 90_000;
const MAX_UDP_RELAYS = 1024;

/** @throws PortUnavailable. Returns undefined for an IPv6 address on a machine without IPv6. */
export async function listen(publication: Publication): Promise<Listener | undefined> {
  const isV6 = publication.hostIp.includes(":");
  try {
    return publication.protocol === "tcp" ? await listenTcp(publication, isV6) : await listenUdp(publication, isV6);
  } catch (error) {
    if (isV6 && isSystemError(error, "EAFNOSUPPORT", "EADDRNOTAVAIL") && publication.hostIp === "::") return undefined;
    if (isSystemError(error, "EADDRINUSE")) throw new PortUnavailable("inUse", error.message, { cause: error });
    if (isSystemError(error, "EACCES", "EPERM")) throw new PortUnavailable("notPermitted", error.message, { cause: error });
    if (isSystemError(error, "EADDRNOTAVAIL", "EAFNOSUPPORT")) throw new PortUnavailable("noSuchAddress", error.message, { cause: error });
    throw error;
  }
}

async function listenTcp(publication: Publication, relay: boolean): Promise<Listener> {
  const connections = new Set<{ destroy(): void }>();
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (client) => {
    if (!relay) return void client.destroy();
    const target = connect({ host: publication.containerIp, port: publication.containerPort, allowHalfOpen: true });
    connections.add(client).add(target);
    for (const [one, other] of [[client, target], [target, client]] as const) {
      one.on("error", () => other.destroy());
      one.on("close", () => connections.delete(one));
    }
    client.pipe(target);
    target.pipe(client);
  });
  await started(server, () => server.listen({ host: publication.hostIp, port: publication.hostPort, ipv6Only: true, exclusive: true, backlog: 511 }));
  server.unref();
  return {
    port: (server.address() as { port: number }).port,
    async close() {
      for (const connection of connections) connection.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

async function listenUdp(publication: Publication, relay: boolean): Promise<Listener> {
  const socket = publication.hostIp.includes(":") ? createSocket({ type: "udp6", ipv6Only: true }) : createSocket("udp4");
  const relays = new Map<string, UdpSocket>();
  if (relay) socket.on("message", (message, sender) => relayDatagram(socket, relays, publication, message, sender));
  await started(socket, () => socket.bind({ address: publication.hostIp, port: publication.hostPort, exclusive: true }));
  socket.unref();
  return {
    port: socket.address().port,
    async close() {
      for (const one of relays.values()) one.close();
      await new Promise<void>((resolve) => socket.close(() => resolve()));
    },
  };
}

function relayDatagram(host: UdpSocket, relays: Map<string, UdpSocket>, publication: Publication, message: Buffer, sender: RemoteInfo): void {
  const key = `${sender.address}/${sender.port}`;
  let relay = relays.get(key);
  if (!relay) {
    if (relays.size >= MAX_UDP_RELAYS) return;
    const fresh = createSocket("udp4");
    const idle = setTimeout(() => fresh.close(), UDP_RELAY_IDLE_MS);
    fresh.on("message", (answer) => host.send(answer, sender.port, sender.address));
    fresh.on("message", () => idle.refresh());
    fresh.on("error", () => fresh.close());
    fresh.on("close", () => {
      clearTimeout(idle);
      relays.delete(key);
    });
    idle.unref();
    fresh.unref();
    relays.set(key, fresh);
    relay = fresh;
  }
  relay.send(message, publication.containerPort, publication.containerIp);
}

async function started(emitter: Server | UdpSocket, start: () => void): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    emitter.once("error", reject);
    emitter.once("listening", () => {
      emitter.off("error", reject);
      emitter.on("error", () => undefined);
      resolve();
    });
    start();
  });
}
