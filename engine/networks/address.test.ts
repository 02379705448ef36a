import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AddressPool, contains, defaultPools, formatIPv4, formatSubnet, macFor, overlaps, parseIPv4, parseSubnet } from "./address.ts";

describe("addresses", () => {
  test("format is the inverse of parse", () => {
    fc.assert(fc.property(fc.ipV4(), (text) => formatIPv4(parseIPv4(text)) === text));
  });

  test.each(["", "1.2.3", "1.2.3.256", "1.2.3.4.5", "a.b.c.d", "1.2.3.4 "])("%j is refused", (text) => {
    expect(() => parseIPv4(text)).toThrow(expect.objectContaining({ code: "invalidArgument" }));
  });

  test.each(["10.0.0.0", "10.0.0.0/33", "10.0.0.0/x", "10.0.0/8"])("subnet %j is refused", (text) => {
    expect(() => parseSubnet(text)).toThrow(expect.objectContaining({ code: "invalidArgument" }));
  });

  test("a subnet is its network address", () => {
    expect(formatSubnet(parseSubnet("192.168.5.77/20"))).toBe("192.168.0.0/20");
    expect(formatSubnet(parseSubnet("1.2.3.4/0"))).toBe("0.0.0.0/0");
  });

  test("two subnets overlap exactly when one contains the other's first address", () => {
    const subnet = fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 })).map(([address, length]) => parseSubnet(`${address}/${length}`));
    fc.assert(fc.property(subnet, subnet, (a, b) => overlaps(a, b) === (contains(a, b.base) || contains(b, a.base))));
  });

  test("the default pools are Docker's and do not overlap", () => {
    const pools = defaultPools();
    expect(formatSubnet(pools[0]!)).toBe("172.17.0.0/16");
    expect(pools.some((a, i) => pools.some((b, j) => i < j && overlaps(a, b)))).toBe(false);
  });

  test("the hardware address follows the address", () => {
    expect(macFor(parseIPv4("172.17.0.2"))).toBe("02:42:ac:11:00:02");
  });
});

describe("address pool", () => {
  function pool(): AddressPool {
    return new AddressPool(parseSubnet("10.1.0.0/29"), parseIPv4("10.1.0.1"));
  }

  test("hands out each host address once, then is exhausted", () => {
    const addresses = pool();
    const taken = Array.from({ length: 5 }, () => formatIPv4(addresses.allocate()));
    expect(taken).toEqual(["10.1.0.2", "10.1.0.3", "10.1.0.4", "10.1.0.5", "10.1.0.6"]);
    expect(() => addresses.allocate()).toThrow(expect.objectContaining({ code: "resourceExhausted" }));
  });

  test("a released address rests until the others were used", () => {
    const addresses = pool();
    const first = addresses.allocate();
    addresses.release(first);
    expect(formatIPv4(addresses.allocate())).toBe("10.1.0.3");
  });

  test("a fixed address must be free and inside", () => {
    const addresses = pool();
    addresses.reserve(parseIPv4("10.1.0.4"));
    expect(() => addresses.reserve(parseIPv4("10.1.0.4"))).toThrow(expect.objectContaining({ code: "conflict" }));
    expect(() => addresses.reserve(parseIPv4("10.2.0.4"))).toThrow(expect.objectContaining({ code: "invalidArgument" }));
  });

  test("a range limits what is handed out, not what can be asked for; reserved addresses are nobody's", () => {
    const addresses = new AddressPool(parseSubnet("10.1.0.0/24"), parseIPv4("10.1.0.1"), { range: parseSubnet("10.1.0.128/30"), reserved: [parseIPv4("10.1.0.129")] });
    expect(addresses.idle).toBe(true);
    expect([addresses.allocate(), addresses.allocate(), addresses.allocate()].map(formatIPv4)).toEqual(["10.1.0.128", "10.1.0.130", "10.1.0.131"]);
    expect(() => addresses.allocate()).toThrow(expect.objectContaining({ code: "resourceExhausted" }));
    addresses.reserve(parseIPv4("10.1.0.9"));
    expect(addresses.idle).toBe(false);
    for (const taken of ["10.1.0.1", "10.1.0.0", "10.1.0.255", "10.1.0.129"]) expect(() => addresses.reserve(parseIPv4(taken))).toThrow(expect.objectContaining({ code: "conflict" }));
  });
});
