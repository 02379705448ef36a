import { applyNft, queryNft } from "../sys/nftables.ts";
import { run } from "../sys/processes.ts";
import type { Publication } from "./ports/publisher.ts";

/**
 * The nftables table of one bridge. Its chains never change while containers come and go: a published port is one element of a map, so that
 * publishing costs the same with one container and with a thousand, and a whole change is one transaction.
 */

const TIMEOUT_MS = 10_000;

/** What the table of a bridge depends on. */
export interface TableInput {
  readonly bridge: string;
  readonly subnet: string;
  /** Nothing gets out or in, but from and to the host. */
  readonly internal: boolean;
  /** Containers appear outside with the host's address. */
  readonly masquerade: boolean;
  /** Where names are served: containers ask this address at port 53, the server listens at {@link NAME_PORT}. */
  readonly nameServer: string | undefined;
}

/** Not 53: a name server of the host may listen there on every address. */
export const NAME_PORT = 5533;

/** The name of a bridge's table. A device may be called what is no name in nft's language. */
export function tableOf(bridge: string): string {
  return /^(slipway\d+|br-[0-9a-f]+)$/.test(bridge) ? bridge : `slipway-${bridge.replace(/[^A-Za-z0-9_-]/g, "_")}`;
}

/** The script that makes the table for a bridge, replacing an older one. Publications of other bridges are left out. */
export function tableScript({ bridge, subnet, internal, masquerade, nameServer }: TableInput, publications: readonly Publication[]): string {
  const table = tableOf(bridge);
  const names = nameServer === undefined ? "" : `iifname "${bridge}" ip daddr ${nameServer} meta l4proto { tcp, udp } th dport 53 redirect to :${NAME_PORT}`;
  return `
table ip ${table}
delete table ip ${table}
table ip ${table} {
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
    ${names}
    fib daddr type local jump publish
  }
  chain output {
    type nat hook output priority -100; policy accept;
    fib daddr type local jump publish
  }
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    ${masquerade && !internal ? `ip saddr ${subnet} oifname != "${bridge}" masquerade` : ""}
    ip saddr 127.0.0.0/8 oifname "${bridge}" masquerade
    ip saddr ${subnet} ip daddr ${subnet} ct status dnat masquerade
  }
  chain forward {
    type filter hook forward priority filter; policy accept;
    oifname "${bridge}" iifname "${bridge}" accept
    ${internal ? `oifname "${bridge}" drop\n    iifname "${bridge}" drop` : ""}
    oifname "${bridge}" ct state established,related accept
    oifname "${bridge}" ct status dnat accept
    oifname "${bridge}" drop
  }
}
${elementsScript("add", publications.filter((one) => one.bridge === bridge))}`;
}

/** Adds or deletes the map elements of published ports; IPv6 addresses are relayed elsewhere and left out. */
export function elementsScript(verb: "add" | "delete", publications: readonly Publication[]): string {
  return publications.filter((one) => !one.hostIp.includes(":")).map((one) => {
    const map = one.hostIp === "0.0.0.0" ? "any_address" : "one_address";
    const key = `${one.hostIp === "0.0.0.0" ? "" : `${one.hostIp} . `}${one.protocol} . ${one.hostPort}`;
    return `${verb} element ip ${tableOf(one.bridge)} ${map} { ${key} : ${one.containerIp} . ${one.containerPort} }`;
  }).join("\n");
}

/** Deletes the table of `bridge`; fine when there is none. */
export function deleteTable(bridge: string): void {
  const table = tableOf(bridge);
  applyNft(`table ip ${table}\ndelete table ip ${table}\n`);
}

/**
 * Other engines set the forward chain's policy to drop, and firewalls that of the input chain; what ours lets through would be dropped
 * there. Where such a chain exists, our bridge is let through as well, and so are its questions for names.
 */
export async function allowThroughForeignFirewall(bridge: string, servesNames: boolean): Promise<void> {
  const rules: string[] = [];
  if (await dropsAllBut(bridge, "FORWARD")) rules.push(`insert rule ip filter FORWARD oifname "${bridge}" counter accept`, `insert rule ip filter FORWARD iifname "${bridge}" counter accept`);
  if (servesNames && (await dropsAllBut(bridge, "INPUT"))) rules.push(`insert rule ip filter INPUT iifname "${bridge}" udp dport ${NAME_PORT} counter accept`);
  applyNft(rules.join("\n"));
}

async function dropsAllBut(bridge: string, chain: string): Promise<boolean> {
  const listed = await run("nft", ["list", "chain", "ip", "filter", chain], { timeoutMs: TIMEOUT_MS });
  const text = String(listed.stdout);
  return listed.code === 0 && text.includes("policy drop") && !text.includes(`"${bridge}"`);
}

/** Takes back what {@link allowThroughForeignFirewall} put there. */
export function forgetForeignFirewall(bridge: string): void {
  for (const chain of ["FORWARD", "INPUT"]) {
    const text = queryNft(`list chain ip filter ${chain}`);
    const handles = text.split("\n").filter((line) => line.includes(`"${bridge}"`)).map((line) => /# handle (\d+)$/.exec(line.trim())?.[1]);
    applyNft(handles.filter((handle) => handle !== undefined).map((handle) => `delete rule ip filter ${chain} handle ${handle}`).join("\n"));
  }
}
