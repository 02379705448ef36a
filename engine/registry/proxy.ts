import { BlockList, isIP } from "node:net";
import { isLoopback, splitHost } from "./insecure.ts";

/** What the environment says of proxies: HTTP_PROXY, HTTPS_PROXY, NO_PROXY. Addresses may hold a user name and password: never to be shown. */
export interface ProxySettings {
  readonly http?: string | undefined;
  readonly https?: string | undefined;
  /** Comma-separated: hosts, domains with all below them, `host:port`, addresses, CIDR ranges, or `*`. */
  readonly no?: string | undefined;
}

/** As curl and Go read it: lower or upper case, the lower one wins. */
export function proxySettings(environment: Readonly<Record<string, string | undefined>>): ProxySettings {
  const of = (name: string): string | undefined => environment[name] || environment[name.toUpperCase()] || undefined;
  return { http: of("http_proxy"), https: of("https_proxy"), no: of("no_proxy") };
}

/**
 * The proxy that `url` is reached through; undefined for none, and for what is no address of a proxy. This machine itself is never
 * reached through one.
 */
export function proxyFor(url: URL, settings: ProxySettings): URL | undefined {
  const text = url.protocol === "https:" ? settings.https : settings.http;
  if (text === undefined || isLoopback(url.host) || isExempt(url, settings.no ?? "")) return undefined;
  const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  const proxy = URL.canParse(whole) ? new URL(whole) : undefined;
  return proxy !== undefined && /^https?:$/.test(proxy.protocol) && proxy.hostname !== "" ? proxy : undefined;
}

function isExempt(url: URL, list: string): boolean {
  const name = splitHost(url.host).name.toLowerCase();
  const port = url.port === "" ? (url.protocol === "https:" ? "443" : "80") : url.port;
  return list.split(/[\s,]+/).filter((entry) => entry !== "").some((text) => {
    const entry = text.toLowerCase();
    if (entry === "*") return true;
    if (entry.includes("/")) return inRange(name, entry);
    const { name: host, port: only } = splitHost(entry);
    if (only !== undefined && String(only) !== port) return false;
    const domain = host.replace(/^\*?\./, "");
    return name === domain ? !host.startsWith(".") : isIP(name) === 0 && name.endsWith(`.${domain}`);
  });
}

function inRange(address: string, range: string): boolean {
  const [network, prefix] = range.split("/") as [string, string];
  const kind = isIP(network);
  if (kind === 0 || isIP(address) !== kind || !/^\d{1,3}$/.test(prefix) || Number(prefix) > (kind === 6 ? 128 : 32)) return false;
  const list = new BlockList();
  list.addSubnet(network, Number(prefix), kind === 6 ? "ipv6" : "ipv4");
  return list.check(address, kind === 6 ? "ipv6" : "ipv4");
}

/** The `Proxy-Authorization` header for the user name and password in a proxy's address. */
export function proxyAuthorization({ username, password }: URL): Readonly<Record<string, string>> {
  if (username === "" && password === "") return {};
  return { "proxy-authorization": `Basic ${Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString("base64")}` };
}
