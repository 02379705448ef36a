import { quoteWord, splitWords } from "../shell.ts";
import { csvPairs, joinCsv } from "./csv.ts";
import { emptyNetwork, type NetworkText } from "./form.ts";

/** Words of a field; none where a quotation mark is open. */
export function wordsOf(text: string): string[] {
  const split = splitWords(text);
  return "words" in split ? split.words : [];
}

/** Words as a field has them. */
export function joinWords(words: readonly string[]): string {
  return words.map((word) => (word === "" ? "''" : quoteWord(word))).join(" ");
}

/** The flags of all networks: the first with flags of its own, as every docker knows them, further ones in the form of docker 25. */
export function networkWords(networks: readonly NetworkText[]): [flag: string, value: string][] {
  const named = networks.filter(({ name }) => name.trim() !== "");
  const [first] = named;
  if (first === undefined) return [];
  // With several, docker takes the addresses and aliases in the long form alone.
  if (named.length > 1) return named.map((network) => ["--network", longForm(network)]);
  return [
    ["--network", first.name.trim().includes("=") || first.name.includes(",") ? longForm({ ...first, aliases: "", ip: "", mac: "" }) : first.name.trim()],
    ...wordsOf(first.aliases).map((alias): [string, string] => ["--network-alias", alias]),
    ...(first.ip.trim() === "" ? [] : [["--ip", first.ip.trim()] as [string, string]]),
    ...(first.mac.trim() === "" ? [] : [["--mac-address", first.mac.trim()] as [string, string]]),
  ];
}

function longForm({ name, aliases, ip, mac }: NetworkText): string {
  const fields = [...wordsOf(aliases).map((alias) => `alias=${alias}`), ...(ip.trim() === "" ? [] : [`ip=${ip.trim()}`]), ...(mac.trim() === "" ? [] : [`mac-address=${mac.trim()}`])];
  return fields.length === 0 && !/[=,]/.test(name) ? name.trim() : joinCsv([`name=${name.trim()}`, ...fields]);
}

/** Reads `--network`. */
export function parseNetworkFlag(value: string): NetworkText | { readonly error: string } {
  if (!value.includes("=")) return { ...emptyNetwork, name: value };
  let network: NetworkText = emptyNetwork;
  const aliases: string[] = [];
  for (const [key, text] of csvPairs(value)) {
    if (key === "name") network = { ...network, name: text };
    else if (key === "alias") aliases.push(text);
    else if (key === "ip") network = { ...network, ip: text };
    else if (key === "mac-address") network = { ...network, mac: text };
    else return { error: `the network option “${key}” is not offered` };
  }
  return network.name === "" ? { error: `“${value}” names no network` } : { ...network, aliases: joinWords(aliases) };
}
