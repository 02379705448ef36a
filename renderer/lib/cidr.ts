/** Subnets and addresses of both families, as numbers. RFC 4632, RFC 4291. */
export interface Subnet {
  readonly family: 4 | 6;
  readonly first: bigint;
  readonly last: bigint;
  readonly prefix: number;
}

/** An address as a number; undefined for what is none. A zone (`fe80::1%eth0`) is not accepted. */
export function parseAddress(text: string): { readonly family: 4 | 6; readonly value: bigint } | undefined {
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) {
    const parts = text.split(".").map(Number);
    if (parts.some((part) => part > 255) || text.split(".").some((part) => part.length > 1 && part.startsWith("0"))) return undefined;
    return { family: 4, value: parts.reduce((sum, part) => sum * 256n + BigInt(part), 0n) };
  }
  const groups = ipv6Groups(text);
  return groups && { family: 6, value: groups.reduce((sum, group) => sum * 65_536n + BigInt(group), 0n) };
}

function ipv6Groups(text: string): number[] | undefined {
  if (!/^[0-9a-fA-F:]+$/.test(text) || text.split("::").length > 2 || !text.includes(":")) return undefined;
  const [head = "", tail] = text.split("::");
  const read = (part: string): string[] => (part === "" ? [] : part.split(":"));
  const left = read(head);
  const right = tail === undefined ? [] : read(tail);
  if ([...left, ...right].some((group) => group.length === 0 || group.length > 4)) return undefined;
  const missing = 8 - left.length - right.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  return [...left, ...Array.from({ length: tail === undefined ? 0 : missing }, () => "0"), ...right].map((group) => Number.parseInt(group, 16));
}

/** A subnet such as `10.1.0.0/16`; bits behind the prefix are cut off. Undefined for what is none. */
export function parseSubnet(text: string): Subnet | undefined {
  const [addressText = "", prefixText = "", rest] = text.split("/");
  const address = parseAddress(addressText);
  const width = address?.family === 6 ? 128 : 32;
  if (!address || rest !== undefined || !/^\d{1,3}$/.test(prefixText) || Number(prefixText) > width) return undefined;
  const prefix = Number(prefixText);
  const size = 1n << BigInt(width - prefix);
  const first = address.value - (address.value % size);
  return { family: address.family, first, last: first + size - 1n, prefix };
}

/** Whether two subnets share an address. */
export function overlap(a: Subnet, b: Subnet): boolean {
  return a.family === b.family && a.first <= b.last && b.first <= a.last;
}

/** Whether an address lies in a subnet. */
export function contains(subnet: Subnet, address: string): boolean {
  const parsed = parseAddress(address);
  return parsed !== undefined && parsed.family === subnet.family && parsed.value >= subnet.first && parsed.value <= subnet.last;
}

/** The subnet as it is written: the first address and the prefix. */
export function subnetText(subnet: Subnet): string {
  return `${addressText(subnet.family, subnet.first)}/${subnet.prefix}`;
}

/** A number as an address; IPv6 with its longest run of zeros cut out (RFC 5952). */
export function addressText(family: 4 | 6, value: bigint): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 255n)).join(".");
  const groups = Array.from({ length: 8 }, (_, at) => ((value >> BigInt(112 - at * 16)) & 0xffffn).toString(16));
  let best = { at: -1, length: 1 };
  for (let at = 0; at < 8; at++) {
    let length = 0;
    while (groups[at + length] === "0") length++;
    if (length > best.length) best = { at, length };
  }
  if (best.at < 0) return groups.join(":");
  return `${groups.slice(0, best.at).join(":")}::${groups.slice(best.at + best.length).join(":")}`;
}
