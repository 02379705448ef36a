import { describe, expect, test } from "vitest";
import { newId, type NetworkId } from "../base/ids.ts";
import { parseSubnet } from "./address.ts";
import { newNetwork, sameNetwork, type Neighbours } from "./new-network.ts";
import type { NetworkRecord, NetworkRequest } from "./networks.ts";

const REQUEST: NetworkRequest = { name: "shop", driver: "", internal: false, enableIPv6: false, subnets: [], options: {}, labels: {} };
const bridge: NetworkRecord = {
  id: newId<NetworkId>(), name: "bridge", driver: "bridge", createdAt: new Date(), internal: false, enableIPv6: false, subnets: [{ subnet: "172.17.0.0/16", gateway: "172.17.0.1" }], bridge: null, options: {}, labels: {},
};
const NEIGHBOURS: Neighbours = { records: [bridge], freeSubnet: () => parseSubnet("172.18.0.0/16"), hasDevice: (name) => name === "eth0" };

function make(request: Partial<NetworkRequest> = {}): NetworkRecord {
  return newNetwork({ ...REQUEST, ...request }, NEIGHBOURS);
}

describe("a new network", () => {
  test("takes a free subnet with its first address as gateway", () => {
    expect(make()).toMatchObject({ name: "shop", driver: "bridge", bridge: null, ownSubnet: false, subnets: [{ subnet: "172.18.0.0/16", gateway: "172.18.0.1" }] });
  });

  test("keeps the addresses that the user chose, in one form", () => {
    const asked = { subnet: "10.5.0.7/24", gateway: "10.5.0.254", ipRange: "10.5.0.128/25", auxiliaryAddresses: { printer: "10.5.0.9" } };
    expect(make({ subnets: [asked] })).toMatchObject({ ownSubnet: true, subnets: [{ ...asked, subnet: "10.5.0.0/24" }] });
    expect(make({ subnets: [{ subnet: "10.5.0.0/24" }] }).subnets).toEqual([{ subnet: "10.5.0.0/24", gateway: "10.5.0.1" }]);
    expect(make({ subnets: [{}] }).ownSubnet).toBe(false);
  });

  test.each<[string, Partial<NetworkRequest>, string, RegExp]>([
    ["an empty name", { name: " " }, "invalidArgument", /name is empty/],
    ["a predefined name", { name: "host" }, "forbidden", /predefined host network/],
    ["a name with a slash", { name: "a/b" }, "invalidArgument", /"a\/b"/],
    ["a name like a mode", { name: "container:x" }, "invalidArgument", /container:x/],
    ["an unknown driver", { driver: "overlay" }, "notFound", /plugin overlay/],
    ["a second host network", { driver: "host" }, "forbidden", /only one instance of "host" network is allowed/],
    ["IPv6", { enableIPv6: true }, "notImplemented", /IPv6/],
    ["an IPv6 subnet", { subnets: [{ subnet: "fd00::/64" }] }, "notImplemented", /IPv6/],
    ["two subnets", { subnets: [{ subnet: "10.5.0.0/24" }, { subnet: "10.6.0.0/24" }] }, "invalidArgument", /not 2/],
    ["a subnet that is none", { subnets: [{ subnet: "10.5.0.0" }] }, "invalidArgument", /10\.5\.0\.0/],
    ["a subnet without room", { subnets: [{ subnet: "10.5.0.0/31" }] }, "invalidArgument", /10\.5\.0\.0\/31/],
    ["an overlapping subnet", { subnets: [{ subnet: "172.17.5.0/24" }] }, "forbidden", /Pool overlaps with other one on this address space.*network bridge/],
    ["a gateway elsewhere", { subnets: [{ subnet: "10.5.0.0/24", gateway: "10.6.0.1" }] }, "invalidArgument", /no matching subnet for gateway 10\.6\.0\.1/],
    ["a gateway alone", { subnets: [{ gateway: "10.6.0.1" }] }, "invalidArgument", /no matching subnet for gateway/],
    ["a wider range", { subnets: [{ subnet: "10.5.0.0/24", ipRange: "10.5.0.0/16" }] }, "invalidArgument", /no matching subnet for range/],
    ["an address elsewhere", { subnets: [{ subnet: "10.5.0.0/24", auxiliaryAddresses: { a: "10.7.0.1" } }] }, "invalidArgument", /aux-address 10\.7\.0\.1/],
    ["a device in use", { options: { "com.docker.network.bridge.name": "eth0" } }, "conflict", /eth0/],
    ["a device name that rules cannot hold", { options: { "com.docker.network.bridge.name": 'a"b' } }, "invalidArgument", /bridge\.name/],
    ["an unclear switch", { options: { "com.docker.network.bridge.enable_icc": "maybe" } }, "invalidArgument", /"maybe"/],
    ["a wrong mtu", { options: { "com.docker.network.driver.mtu": "12" } }, "invalidArgument", /"12"/],
  ])("is refused with %s", (_, request, code, message) => {
    expect(() => make(request)).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }));
  });

  test("a name in use is a conflict", () => {
    expect(() => newNetwork(REQUEST, { ...NEIGHBOURS, records: [bridge, make()] })).toThrow(expect.objectContaining({ code: "conflict", message: expect.stringContaining("network with name shop already exists") }));
  });
});

describe("a network that comes back", () => {
  const others = (subnet: string): Neighbours => ({ ...NEIGHBOURS, records: [bridge, { ...bridge, id: newId<NetworkId>(), name: "other", subnets: [{ subnet, gateway: "" }] }] });

  test("is the one that it was", () => {
    const asked = { subnet: "10.5.0.0/24", gateway: "10.5.0.254", ipRange: "10.5.0.128/25", auxiliaryAddresses: { printer: "10.5.0.9" } };
    for (const network of [make({ subnets: [asked], options: { "com.docker.network.driver.mtu": "1400" }, labels: { a: "b" }, internal: true }), make()]) expect(sameNetwork(network, others("10.9.0.0/24"))).toEqual(network);
  });

  test("has another subnet where its own was not the user's and is taken, and is refused otherwise", () => {
    const free = { ...others("172.18.0.0/16"), freeSubnet: () => parseSubnet("172.19.0.0/16") };
    expect(sameNetwork(make(), free).subnets).toEqual([{ subnet: "172.19.0.0/16", gateway: "172.19.0.1" }]);
    expect(() => sameNetwork(make({ subnets: [{ subnet: "10.5.0.0/24" }] }), others("10.5.0.0/16"))).toThrow(expect.objectContaining({ code: "forbidden", message: expect.stringContaining("network other") }));
  });

  test("is a conflict where its name is taken", () => {
    expect(() => sameNetwork(make(), { ...NEIGHBOURS, records: [bridge, make()] })).toThrow(expect.objectContaining({ code: "conflict" }));
  });
});
