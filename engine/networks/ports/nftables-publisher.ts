import { applyNft } from "../../sys/nftables.ts";
import { elementsScript } from "../nft.ts";
import type { PublishedPort } from "../networks.ts";
import { listen, type Listener } from "./listeners.ts";
import { PortUnavailable, type PortPublisher, type Publication } from "./publisher.ts";

const RANDOM_PORT_TRIES = 20;

/** Published ports of a rootful engine: nftables DNAT for IPv4 (loopback included), sockets of ours for reservation and IPv6. */
export class NftablesPublisher implements PortPublisher {
  readonly hostNetPid = "self" as const;
  readonly #listeners = new Map<string, Listener>();

  async open(publications: readonly Publication[]): Promise<readonly PublishedPort[]> {
    const opened = await this.#reserve(publications);
    try {
      applyNft(elementsScript("add", opened));
    } catch (error) {
      await this.#release(opened);
      throw error;
    }
    return opened.map(({ protocol, containerPort, hostIp, hostPort }) => ({ protocol, containerPort, hostIp, hostPort }));
  }

  async close(publications: readonly Publication[]): Promise<void> {
    const held = publications.filter((publication) => this.#listeners.has(keyOf(publication)));
    if (held.length > 0) applyNft(elementsScript("delete", held));
    await this.#release(held);
  }

  /** The bridges' tables were made with these publications already: only the sockets are missing. */
  async restore(publications: readonly Publication[]): Promise<void> {
    const wanted = new Set(publications.map(keyOf));
    for (const [key, listener] of this.#listeners) {
      if (wanted.has(key)) continue;
      this.#listeners.delete(key);
      await listener.close();
    }
    for (const publication of publications) {
      if (this.#listeners.has(keyOf(publication))) continue;
      // Someone may have taken the port while no engine ran: the container keeps it in nftables, which comes first.
      const listener = await listen(publication).catch(() => undefined);
      if (listener) this.#listeners.set(keyOf(publication), listener);
    }
  }

  async dispose(): Promise<void> {
    await Promise.all([...this.#listeners.values()].map((listener) => listener.close()));
    this.#listeners.clear();
  }

  /** Binds all addresses of one request to the same port; a random port that is free on one address only is tried anew. */
  async #reserve(publications: readonly Publication[]): Promise<readonly Publication[]> {
    for (let attempt = 1; ; attempt++) {
      const reserved: Publication[] = [];
      let port = 0;
      try {
        for (const publication of publications) {
          const wanted = { ...publication, hostPort: publication.hostPort || port };
          const listener = await listen(wanted);
          if (!listener) continue;
          port = listener.port;
          const publicationHeld = { ...wanted, hostPort: port };
          this.#listeners.set(keyOf(publicationHeld), listener);
          reserved.push(publicationHeld);
        }
        return reserved;
      } catch (error) {
        await this.#release(reserved);
        const random = publications[0]?.hostPort === 0;
        if (!random || !(error instanceof PortUnavailable) || error.reason !== "inUse" || attempt === RANDOM_PORT_TRIES) throw error;
      }
    }
  }

  async #release(publications: readonly Publication[]): Promise<void> {
    for (const publication of publications) {
      const listener = this.#listeners.get(keyOf(publication));
      this.#listeners.delete(keyOf(publication));
      await listener?.close();
    }
  }
}

function keyOf(port: PublishedPort): string {
  return `${port.protocol}/${port.hostIp}/${port.hostPort}`;
}
