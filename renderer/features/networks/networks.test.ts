import { describe, expect, it } from "vitest";
import type { NetworkInfo } from "../../../electron/ipc/contract/networks.ts";
import { createFake } from "../../bridge/fake.ts";
import { toRow } from "../../stores/container-row.ts";
import { connectLine, defaultGateway, emptyConnectText, emptyNetworkText, networkLine, parseConnect, parseNetworkText } from "./network-form.ts";
import { prunableNetworks, withNetworkUsers } from "./users.ts";

function network(name: string, subnet: string, gateway: string): NetworkInfo {
  return { id: name, name, driver: "bridge", scope: "local", internal: false, ipv6: false, created: null, subnets: [{ subnet, gateway }], labels: {}, options: {}, predefined: name === "bridge" };
}

const known = [network("bridge", "172.17.0.0/16", "172.17.0.1"), network("back", "10.20.0.0/24", "10.20.0.1")];

describe("creating", () => {
  it.each([
    [{ name: "" }, "name", "A network needs a name."],
    [{ name: "back" }, "name", "There is a network back already."],
    [{ name: "a b" }, "name", "A name has letters, digits, _ . and -, and no blank."],
    [{ subnet: "10.1.0.0" }, "subnet", "Add how many bits of the address are fixed: 10.1.0.0/24."],
    [{ subnet: "nonsense" }, "subnet", "A subnet is an address and a prefix length, such as 10.10.0.0/24."],
    [{ subnet: "10.1.2.3/16" }, "subnet", "With /16 the subnet begins at 10.1.0.0/16."],
    [{ subnet: "10.1.0.0/31" }, "subnet", "/31 has no room for a gateway and a container; /29 has room for five."],
    [{ subnet: "172.17.4.0/24" }, "subnet", "It overlaps 172.17.0.0/16, the subnet of bridge."],
    [{ subnet: "10.0.0.0/8" }, "subnet", "It overlaps 10.20.0.0/24, the subnet of back."],
    [{ gateway: "10.1.0.1" }, "gateway", "A gateway needs a subnet."],
    [{ subnet: "10.1.0.0/24", gateway: "10.1.1.1" }, "gateway", "10.1.1.1 is not in 10.1.0.0/24."],
    [{ subnet: "10.1.0.0/24", gateway: "10.1.0.0" }, "gateway", "10.1.0.0 is the first address of the subnet, which no host can have."],
    [{ subnet: "10.1.0.0/24", gateway: "10.1.0.255" }, "gateway", "10.1.0.255 is the last address of the subnet, which no host can have."],
    [{ subnet: "10.1.0.0/24", gateway: "x" }, "gateway", "An address is written like 10.10.0.1."],
  ])("%j is wrong", (part, field, message) => {
    expect(parseNetworkText({ ...emptyNetworkText, name: "fresh", ...part }, known)).toEqual({ form: undefined, errors: { [field]: message } });
  });

  it("becomes what is sent, and the line that does the same", () => {
    const text = { ...emptyNetworkText, name: "fresh", subnet: "10.1.0.0/24", gateway: "10.1.0.254", internal: true, labels: [{ name: "tier", value: "db" }] };
    expect(parseNetworkText(text, known).form).toEqual({ name: "fresh", internal: true, ipv6: false, labels: { tier: "db" }, subnets: [{ subnet: "10.1.0.0/24", gateway: "10.1.0.254" }] });
    expect(networkLine(text)).toBe("docker network create --subnet 10.1.0.0/24 --gateway 10.1.0.254 --internal --label tier=db fresh");
    expect(parseNetworkText({ ...emptyNetworkText, name: "fresh" }, known).form).toMatchObject({ subnets: [] });
    expect(parseNetworkText({ ...emptyNetworkText, name: "six", subnet: "fd00:9::/64" }, known).form).toMatchObject({ ipv6: true, subnets: [{ subnet: "fd00:9::/64" }] });
    expect(networkLine({ ...emptyNetworkText, subnet: "fd00:9::/64" })).toBe("docker network create --ipv6 --subnet fd00:9::/64 NAME");
  });

  it("foresees the gateway", () => {
    expect([defaultGateway("10.1.0.0/24"), defaultGateway("fd00::/64"), defaultGateway("10.1")]).toEqual(["10.1.0.1", "fd00::1", ""]);
  });
});

describe("connecting", () => {
  const back = known[1] as NetworkInfo;
  const taken = new Map([["10.20.0.7", "db"]]);

  it.each([
    [{}, { container: "Choose a container." }],
    [{ container: "web", address: "10.21.0.5" }, { address: "10.21.0.5 is not in 10.20.0.0/24." }],
    [{ container: "web", address: "10.20.0.1" }, { address: "10.20.0.1 belongs to the gateway." }],
    [{ container: "web", address: "10.20.0.7" }, { address: "10.20.0.7 belongs to db." }],
    [{ container: "web", aliases: "ok, -bad" }, { aliases: "“-bad” is not a host name." }],
  ])("%j is wrong", (part, errors) => {
    expect(parseConnect({ ...emptyConnectText, ...part }, back, taken)).toEqual({ form: undefined, errors });
  });

  it("becomes what is sent, and the line that does the same", () => {
    const text = { container: "web", address: "10.20.0.8", aliases: "www, frontend" };
    expect(parseConnect(text, back, taken).form).toEqual({ container: "web", address: "10.20.0.8", aliases: ["www", "frontend"] });
    expect(connectLine(text, "back")).toBe("docker network connect --ip 10.20.0.8 --alias www --alias frontend back web");
  });
});

it("joins networks with their containers; only those without any, and not built in, can be pruned", async () => {
  const { client } = createFake();
  const [networks, containers] = await Promise.all([client.networks.list(), client.containers.list()]);
  const used = withNetworkUsers(networks, containers.map((info) => toRow(info, Date.now(), undefined)));
  expect(used.find((one) => one.row.name === "storefront_backend")?.users.map((user) => user.name).sort()).toEqual(["storefront-db", "storefront-worker"]);
  expect(used.find((one) => one.row.name === "bridge")?.users.map((user) => user.name)).toContain("proxy");
  expect(prunableNetworks(used).map((one) => one.row.name)).toEqual(["experiments"]);
});
