import { describe, expect, it } from "vitest";
import { addressText, contains, overlap, parseAddress, parseSubnet, subnetText, type Subnet } from "./cidr.ts";

function subnet(text: string): Subnet {
  const parsed = parseSubnet(text);
  if (!parsed) throw new Error(`${text} is no subnet`);
  return parsed;
}

describe("subnets", () => {
  it.each(["10.0.0.0/8", "172.17.0.0/16", "192.168.1.128/25", "0.0.0.0/0", "1.2.3.4/32", "fd00::/64", "2001:db8:1::/48", "::/0"])("%s reads and writes", (text) => {
    expect(subnetText(subnet(text))).toBe(text);
  });

  it.each(["", "10.0.0.0", "10.0.0.0/33", "10.0.0/8", "256.0.0.0/8", "010.0.0.0/8", "10.0.0.0/8/8", "10.0.0.0/", "a/8", "fd00:/64", "::1::/64", "1:2:3:4:5:6:7:8:9/64", "fd00::/129", "12345::/16"])("%j is none", (text) => {
    expect(parseSubnet(text)).toBeUndefined();
  });

  it("cut off what is behind the prefix", () => {
    expect(subnetText(subnet("10.1.2.3/16"))).toBe("10.1.0.0/16");
    expect(subnetText(subnet("fd00::1/64"))).toBe("fd00::/64");
  });

  it.each([
    ["10.0.0.0/8", "10.200.0.0/16", true],
    ["10.0.0.0/24", "10.0.1.0/24", false],
    ["10.0.0.0/24", "10.0.0.255/32", true],
    ["172.17.0.0/16", "172.16.0.0/12", true],
    ["fd00::/64", "fd00:0:0:1::/64", false],
    ["fd00::/48", "fd00:0:0:1::/64", true],
    ["0.0.0.0/0", "::/0", false],
  ])("%s and %s overlap: %s", (a, b, expected) => {
    expect(overlap(subnet(a), subnet(b))).toBe(expected);
    expect(overlap(subnet(b), subnet(a))).toBe(expected);
  });

  it("contain addresses of their own family", () => {
    expect(contains(subnet("10.0.0.0/24"), "10.0.0.255")).toBe(true);
    expect(contains(subnet("10.0.0.0/24"), "10.0.1.0")).toBe(false);
    expect(contains(subnet("10.0.0.0/24"), "fd00::1")).toBe(false);
    expect(contains(subnet("fd00::/64"), "fd00::abcd")).toBe(true);
    expect(contains(subnet("fd00::/64"), "nonsense")).toBe(false);
  });
});

it.each([["::"], ["::1"], ["fe80::1:0:0:1"], ["1:2:3:4:5:6:7:8"], ["1::8"], ["10.1.2.3"]])("%s is written as it is read", (text) => {
  const address = parseAddress(text);
  expect(address && addressText(address.family, address.value)).toBe(text);
});
