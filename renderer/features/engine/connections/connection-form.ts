/** The text of the dialog that adds a connection, and the way from it to the contract's form. Pure. */
import { connectionForm, type ConnectionForm } from "../../../../electron/ipc/contract/connections.ts";
import { quoteWord } from "../../../lib/shell.ts";

export interface ConnectionText {
  readonly name: string;
  readonly address: string;
  readonly tls: boolean;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  readonly skipVerify: boolean;
}

export const emptyConnectionText: ConnectionText = { name: "", address: "", tls: false, ca: "", cert: "", key: "", skipVerify: false };

export interface ParsedConnection {
  /** What can be sent; only when nothing is wrong. */
  readonly form: ConnectionForm | undefined;
  readonly errors: Readonly<Record<string, string>>;
}

/** TLS belongs to TCP; what was typed for it is kept while another address is typed. */
export function wantsTls(text: ConnectionText): boolean {
  return text.tls && text.address.trim().startsWith("tcp://");
}

/** @param taken names of connections that exist, in small letters */
export function parseConnectionText(text: ConnectionText, taken: ReadonlySet<string>): ParsedConnection {
  const errors: Record<string, string> = {};
  const name = text.name.trim();
  const address = text.address.trim();
  if (name === "") errors["name"] = "A connection needs a name.";
  else if (name.length > 64) errors["name"] = `A name has at most 64 characters; this one has ${name.length}.`;
  else if (taken.has(name.toLowerCase())) errors["name"] = `There is a connection ${name} already.`;
  const wrong = addressProblem(address);
  if (wrong !== undefined) errors["address"] = wrong;
  const paths = wantsTls(text) ? { ca: text.ca.trim(), cert: text.cert.trim(), key: text.key.trim() } : { ca: "", cert: "", key: "" };
  for (const [field, path] of Object.entries(paths)) if (path !== "" && !path.startsWith("/")) errors[field] = "The path of a file begins with /.";
  if (paths.cert !== "" && paths.key === "") errors["key"] = "A client certificate needs its key.";
  if (paths.key !== "" && paths.cert === "") errors["cert"] = "A key needs its certificate.";
  const files = Object.fromEntries(Object.entries(paths).filter(([, path]) => path !== ""));
  const form: ConnectionForm = { name, address, ...(wantsTls(text) && { tls: { ...files, skipVerify: text.skipVerify } }) };
  return { form: Object.keys(errors).length === 0 && connectionForm.safeParse(form).success ? form : undefined, errors };
}

function addressProblem(address: string): string | undefined {
  if (address === "") return "An address is needed: a socket's path, tcp://host:port or ssh://user@host.";
  if (address.startsWith("/")) return undefined;
  const [, scheme, rest = ""] = /^([a-z]+):\/\/(.*)$/.exec(address) ?? [];
  if (scheme === "unix") return rest.startsWith("/") ? undefined : "A socket's path begins with /: unix:///run/docker.sock.";
  if (scheme === "tcp") return /^(\[[0-9a-fA-F:.]+\]|[\w.-]+):\d{1,5}\/?$/.test(rest) ? undefined : "A TCP address has a host and a port: tcp://host:2376.";
  if (scheme === "ssh") return /^(?:[^@\s/]+@)?[\w[][\w.:\]-]*(?:\/\S*)?$/.test(rest) ? undefined : "An ssh address names a host, and a user if need be: ssh://user@host.";
  if (scheme === "http" || scheme === "https") return "Docker's API is not a web page: use tcp://host:port, with certificates for TLS.";
  return "Use a socket's path, tcp://host:port or ssh://user@host.";
}

/** The line that makes the same connection a context of Docker's own CLI, also while it is half filled in. */
export function contextLine(text: ConnectionText): string {
  const address = text.address.trim() || "ADDRESS";
  const tls = wantsTls(text) ? [["ca", text.ca], ["cert", text.cert], ["key", text.key], ["skip-tls-verify", text.skipVerify ? "true" : ""]].filter(([, value]) => value?.trim()).map(([name, value]) => `,${name}=${value?.trim()}`).join("") : "";
  return `docker context create ${quoteWord(text.name.trim().replaceAll(/\s+/g, "-") || "NAME")} --docker ${quoteWord(`host=${address.startsWith("/") ? `unix://${address}` : address}${tls}`)}`;
}
