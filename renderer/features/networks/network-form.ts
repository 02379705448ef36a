/** The text of the dialogs that create a network and connect a container, and the way from it to the contract's forms. Pure. */
import { networkForm, type NetworkForm, type NetworkInfo } from "../../../electron/ipc/contract/networks.ts";
import { addressText, contains, overlap, parseAddress, parseSubnet, subnetText, type Subnet } from "../../lib/cidr.ts";
import { parseLabels, type LabelText } from "../../lib/labels.ts";
import { quoteWord } from "../../lib/shell.ts";

export interface NetworkText {
  readonly name: string;
  readonly subnet: string;
  readonly gateway: string;
  readonly internal: boolean;
  readonly labels: readonly LabelText[];
}

export const emptyNetworkText: NetworkText = { name: "", subnet: "", gateway: "", internal: false, labels: [] };

type Errors = Record<string, string>;

export interface ParsedNetwork {
  /** What can be sent; only when nothing is wrong. */
  readonly form: NetworkForm | undefined;
  readonly errors: Readonly<Errors>;
}

/** @param networks those that exist: their names are taken, their subnets too */
export function parseNetworkText(text: NetworkText, networks: readonly NetworkInfo[]): ParsedNetwork {
  const errors: Errors = {};
  const name = text.name.trim();
  const wrong = nameProblem(name, networks);
  if (wrong) errors["name"] = wrong;
  const subnet = readSubnet(text.subnet.trim(), networks, errors);
  const gateway = text.gateway.trim();
  if (gateway !== "") {
    const problem = gatewayProblem(gateway, text.subnet.trim() !== "", subnet);
    if (problem) errors["gateway"] = problem;
  }
  const form: NetworkForm = {
    name,
    internal: text.internal,
    labels: parseLabels(text.labels, errors),
    ipv6: subnet?.family === 6,
    subnets: subnet ? [{ subnet: subnetText(subnet), ...(gateway !== "" && { gateway }) }] : [],
  };
  return { form: Object.keys(errors).length === 0 && networkForm.safeParse(form).success ? form : undefined, errors };
}

function nameProblem(name: string, networks: readonly NetworkInfo[]): string | undefined {
  if (name === "") return "A network needs a name.";
  const bad = /[^a-zA-Z0-9_.-]/.exec(name)?.[0];
  if (bad !== undefined) return `A name has letters, digits, _ . and -, and no ${bad === " " ? "blank" : `“${bad}”`}.`;
  if (!/^[a-zA-Z0-9]/.test(name)) return "A name begins with a letter or a digit.";
  if (name.length > 255) return `A name has at most 255 characters; this one has ${name.length}.`;
  if (networks.some((network) => network.name === name)) return `There is a network ${name} already.`;
  return undefined;
}

function readSubnet(text: string, networks: readonly NetworkInfo[], errors: Errors): Subnet | undefined {
  if (text === "") return undefined;
  const subnet = parseSubnet(text);
  if (!subnet) {
    errors["subnet"] = parseAddress(text) ? `Add how many bits of the address are fixed: ${text}/${text.includes(":") ? "64" : "24"}.` : "A subnet is an address and a prefix length, such as 10.10.0.0/24.";
    return undefined;
  }
  const written = parseAddress(text.split("/")[0] ?? "");
  if (written && written.value !== subnet.first) errors["subnet"] = `With /${subnet.prefix} the subnet begins at ${subnetText(subnet)}.`;
  else if (subnet.family === 4 && subnet.prefix > 30) errors["subnet"] = `/${subnet.prefix} has no room for a gateway and a container; /29 has room for five.`;
  else {
    const rival = networks.flatMap((network) => network.subnets.map((each) => ({ name: network.name, text: each.subnet, subnet: parseSubnet(each.subnet) }))).find((each) => each.subnet && overlap(each.subnet, subnet));
    if (rival) errors["subnet"] = `It overlaps ${rival.text}, the subnet of ${rival.name}.`;
  }
  return subnet;
}

function gatewayProblem(gateway: string, hasSubnet: boolean, subnet: Subnet | undefined): string | undefined {
  if (!hasSubnet) return "A gateway needs a subnet.";
  return addressProblem(gateway, subnet);
}

function addressProblem(text: string, subnet: Subnet | undefined): string | undefined {
  const address = parseAddress(text);
  if (!address) return "An address is written like 10.10.0.1.";
  if (!subnet) return undefined;
  if (!contains(subnet, text)) return `${text} is not in ${subnetText(subnet)}.`;
  if (subnet.family === 4 && subnet.prefix < 31 && (address.value === subnet.first || address.value === subnet.last)) return `${text} is the ${address.value === subnet.first ? "first" : "last"} address of the subnet, which no host can have.`;
  return undefined;
}

/** The gateway the engine takes when none is given: the first address. Empty while the subnet cannot be read. */
export function defaultGateway(subnet: string): string {
  const parsed = parseSubnet(subnet.trim());
  return parsed ? addressText(parsed.family, parsed.first + 1n) : "";
}

/** The `docker network create` line that does the same, also while it is half filled in. */
export function networkLine(text: NetworkText): string {
  const words = ["docker", "network", "create"];
  const subnet = text.subnet.trim();
  if (subnet.includes(":")) words.push("--ipv6");
  if (subnet) words.push("--subnet", quoteWord(subnet));
  if (text.gateway.trim()) words.push("--gateway", quoteWord(text.gateway.trim()));
  if (text.internal) words.push("--internal");
  for (const label of text.labels) if (label.name.trim()) words.push("--label", quoteWord(label.value === "" ? label.name.trim() : `${label.name.trim()}=${label.value}`));
  words.push(quoteWord(text.name.trim() || "NAME"));
  return words.join(" ");
}

export interface ConnectText {
  readonly container: string;
  readonly address: string;
  /** Names separated by blanks or commas. */
  readonly aliases: string;
}

export const emptyConnectText: ConnectText = { container: "", address: "", aliases: "" };

export interface ParsedConnect {
  readonly form: { readonly container: string; readonly address?: string; readonly aliases: string[] } | undefined;
  readonly errors: Readonly<Errors>;
}

/** @param taken addresses in use, with or without a prefix length, to the name of who has it */
export function parseConnect(text: ConnectText, network: NetworkInfo, taken: ReadonlyMap<string, string>): ParsedConnect {
  const errors: Errors = {};
  if (text.container === "") errors["container"] = "Choose a container.";
  const address = text.address.trim();
  if (address !== "") {
    const subnets = network.subnets.flatMap((each) => parseSubnet(each.subnet) ?? []);
    const family = parseAddress(address)?.family;
    const problem = addressProblem(address, subnets.find((subnet) => subnet.family === family) ?? subnets[0]);
    const owner = network.subnets.some((each) => each.gateway === address) ? "the gateway" : taken.get(address);
    if (problem) errors["address"] = problem;
    else if (owner) errors["address"] = `${address} belongs to ${owner}.`;
  }
  const aliases = text.aliases.split(/[\s,]+/).filter(Boolean);
  const bad = aliases.find((alias) => !/^[a-zA-Z0-9]([a-zA-Z0-9_.-]*[a-zA-Z0-9])?$/.test(alias));
  if (bad !== undefined) errors["aliases"] = `“${bad}” is not a host name.`;
  if (Object.keys(errors).length > 0) return { form: undefined, errors };
  return { form: { container: text.container, ...(address !== "" && { address }), aliases }, errors };
}

/** The `docker network connect` line that does the same. */
export function connectLine(text: ConnectText, network: string): string {
  const address = text.address.trim();
  const words = ["docker", "network", "connect"];
  if (address) words.push(address.includes(":") ? "--ip6" : "--ip", quoteWord(address));
  for (const alias of text.aliases.split(/[\s,]+/).filter(Boolean)) words.push("--alias", quoteWord(alias));
  words.push(quoteWord(network), quoteWord(text.container || "CONTAINER"));
  return words.join(" ");
}
