import { EngineError } from "../base/errors.ts";

/** An IPv4 subnet in numbers. */
export interface Subnet {
  /** The network address as an unsigned 32-bit number. */
  readonly base: number;
  readonly prefixLength: number;
}

/** @throws EngineError `invalidArgument` */
export function parseIPv4(text: string): number {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number);
  if (!parts || parts.some((part) => part > 255)) throw new EngineError("invalidArgument", `${JSON.stringify(text)} is not an IPv4 address`);
  return parts.reduce((value, part) => value * 256 + part, 0);
}

export function formatIPv4(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join(".");
}

/** @throws EngineError `invalidArgument` */
export function parseSubnet(text: string): Subnet {
  const [address = "", length = ""] = text.split("/");
  const prefixLength = Number(length);
  if (!/^\d{1,2}$/.test(length) || prefixLength > 32) throw new EngineError("invalidArgument", `${JSON.stringify(text)} is not an IPv4 subnet such as 172.20.0.0/16`);
  return { base: (parseIPv4(address) & mask(prefixLength)) >>> 0, prefixLength };
}

export function formatSubnet(subnet: Subnet): string {
  return `${formatIPv4(subnet.base)}/${subnet.prefixLength}`;
}

export function overlaps(a: Subnet, b: Subnet): boolean {
  const shared = mask(Math.min(a.prefixLength, b.prefixLength));
  return ((a.base ^ b.base) & shared) === 0;
}

export function contains(subnet: Subnet, address: number): boolean {
  return ((address ^ subnet.base) & mask(subnet.prefixLength)) === 0;
}

/** Number of addresses, network and broadcast included. */
export function sizeOf(subnet: Subnet): number {
  return 2 ** (32 - subnet.prefixLength);
}

/** The hardware address Docker derives from an IPv4 address, so that a reused address never meets a stale neighbour entry. */
export function macFor(address: number): string {
  return ["02", "42", ...[24, 16, 8, 0].map((shift) => ((address >>> shift) & 255).toString(16).padStart(2, "0"))].join(":");
}

function mask(prefixLength: number): number {
  return prefixLength === 0 ? 0 : (0xffffffff << (32 - prefixLength)) >>> 0;
}

/** Docker's default pools: 172.17 to 172.31 as /16, then 192.168 in /20. */
export function defaultPools(): Subnet[] {
  const large = Array.from({ length: 15 }, (_, index) => parseSubnet(`172.${17 + index}.0.0/16`));
  const small = Array.from({ length: 16 }, (_, index) => parseSubnet(`192.168.${index * 16}.0/20`));
  return [...large, ...small];
}

/**
 * Hands out host addresses of a subnet, the next one after the last, so that an address rests before it is used again.
 * The network, broadcast, gateway and reserved addresses are never handed out.
 */
export class AddressPool {
  readonly subnet: Subnet;
  readonly #used = new Set<number>();
  /** Addresses that no endpoint can have. */
  readonly #fixed: number;
  readonly #first: number;
  readonly #count: number;
  #last: number;

  /** @param limits.range hands out only these; @param limits.reserved leaves these out */
  constructor(subnet: Subnet, gateway: number, limits: { readonly range?: Subnet | undefined; readonly reserved?: readonly number[] | undefined } = {}) {
    this.subnet = subnet;
    const broadcast = subnet.base + sizeOf(subnet) - 1;
    for (const address of [gateway, subnet.base, broadcast, ...(limits.reserved ?? [])]) this.#used.add(address);
    this.#fixed = this.#used.size;
    const { range = subnet } = limits;
    this.#first = Math.max(range.base, subnet.base + 1);
    this.#count = Math.min(range.base + sizeOf(range), broadcast) - this.#first;
    this.#last = limits.range === undefined ? gateway : this.#first - 1;
  }

  /** Whether no endpoint has an address. */
  get idle(): boolean {
    return this.#used.size === this.#fixed;
  }

  /** @throws EngineError `resourceExhausted` */
  allocate(): number {
    for (let step = 1; step <= this.#count; step++) {
      const offset = (this.#last - this.#first + step) % this.#count;
      const address = this.#first + (offset < 0 ? offset + this.#count : offset);
      if (this.#used.has(address)) continue;
      this.#used.add(address);
      this.#last = address;
      return address;
    }
    throw new EngineError("resourceExhausted", `no free address is left in ${formatSubnet(this.subnet)}: remove containers or use another network`);
  }

  /** Takes one address. @throws EngineError `invalidArgument` outside the subnet, `conflict` when taken */
  reserve(address: number): void {
    if (!contains(this.subnet, address)) throw new EngineError("invalidArgument", `invalid address ${formatIPv4(address)}: it is not in the network's subnet ${formatSubnet(this.subnet)}`);
    if (this.#used.has(address)) throw new EngineError("conflict", `Address already in use: ${formatIPv4(address)} is taken, choose another one of ${formatSubnet(this.subnet)}`);
    this.#used.add(address);
  }

  release(address: number): void {
    this.#used.delete(address);
  }
}
