import { applyNft } from "../sys/nftables.ts";
import { run } from "../sys/processes.ts";
import type { Publication } from "./ports/publisher.ts";

/**
 * The nftables table of one bridge. Its chains never change while containers come and go: a published port is one element of a map, so that
 * publishing costs the same with one container and with a thousand, and a whole change is one transaction.
 */

const TIMEOUT_MS = 10_000;

/** The script that makes the table for `bridge`, replacing an older one. */
export function tableScript(bridge: string, subnet: string, publications: readonly Publication[]): string {
  return `
table ip ${bridge}
delete table ip ${bridge}
table ip ${bridge} {
  map any_address { type inet_proto . inet_service : ipv4_addr . inet_service; }
  map one_address { type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service; }
  chain early {
    type filter hook prerouting priority raw; policy accept;
    iifname "${bridge}" ip daddr 127.0.0.0/8 drop
  }
  chain publish {
    dnat ip to ip daddr . meta l4proto . th dport map @one_address
    dnat ip to meta l4proto . th dport map @any_address
  }
  chain prerouting {
    type nat hook prerouting priority dstnat; policy accept;
    fib daddr type local jump publish
  }
  chain output {
    type nat hook output priority -100; policy accept;
    fib daddr type local jump publish
  }
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    ip saddr ${subnet} oifname != "${bridge}" masquerade
    ip saddr 127.0.0.0/8 oifname "${bridge}" masquerade
    ip saddr ${subnet} ip daddr ${subnet} ct status dnat masquerade
  }
  chain forward {
    type filter hook forward priority filter; policy accept;
    oifname "${bridge}" iifname "${bridge}" accept
    oifname "${bridge}" ct state established,related accept
    oifname "${bridge}" ct status dnat accept
    oifname "${bridge}" drop
  }
}
${elementsScript("add", bridge, publications)}`;
}

/** Adds or deletes the map elements of published ports; IPv6 addresses are relayed elsewhere and left out. */
export function elementsScript(verb: "add" | "delete", bridge: string, publications: readonly Publication[]): string {
  return publications.filter((one) => !one.hostIp.includes(":")).map((one) => {
    const map = one.hostIp === "0.0.0.0" ? "any_address" : "one_address";
    const key = `${one.hostIp === "0.0.0.0" ? "" : `${one.hostIp} . `}${one.protocol} . ${one.hostPort}`;
    return `${verb} element ip ${bridge} ${map} { ${key} : ${one.containerIp} . ${one.containerPort} }`;
  }).join("\n");
}

/** Deletes the table of `bridge`; fine when there is none. */
export function deleteTable(bridge: string): void {
  applyNft(`table ip ${bridge}\ndelete table ip ${bridge}\n`);
}

/**
 * Other engines set the forward chain's policy to drop; their chain would also drop what ours lets through. Where such a chain
 * exists, our bridge is let through there as well.
 */
export async function allowThroughForeignFirewall(bridge: string): Promise<void> {
  const listed = await run("nft", ["list", "chain", "ip", "filter", "FORWARD"], { timeoutMs: TIMEOUT_MS });
  const text = String(listed.stdout);
  if (listed.code !== 0 || !text.includes("policy drop") || text.includes(`"${bridge}"`)) return;
  applyNft(`insert rule ip filter FORWARD oifname "${bridge}" counter accept\ninsert rule ip filter FORWARD iifname "${bridge}" counter accept\n`);
}
