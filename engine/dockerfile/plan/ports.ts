import { EngineError } from "../../base/errors.ts";

const PROTOCOLS = new Set(["tcp", "udp", "sctp"]);
const IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}$/;
const IPV6 = /^\[?[0-9a-fA-F:.]*:[0-9a-fA-F:.]*\]?$/;

/**
 * The ports that one word of EXPOSE means, as the image configuration names them: `80/tcp`. The word is `PORT[-END][/PROTOCOL]`; an address and a port of the
 * host before it are read and mean nothing, as in Docker.
 * @throws EngineError `invalidArgument`
 */
export function exposedPorts(word: string): string[] {
  const parts = word.split(":");
  const [port, protocol = ""] = splitOnce(parts.pop()!, "/");
  const hostPort = parts.pop() ?? "";
  const address = parts.join(":");
  if (port === "") throw invalid(word, "no port is given");
  const name = protocol === "" ? "tcp" : protocol.toLowerCase();
  if (!PROTOCOLS.has(name)) throw invalid(word, `the protocol is tcp, udp or sctp, not ${protocol}`);
  if (address !== "" && !IPV4.test(address) && !IPV6.test(address)) throw invalid(word, `${address} is no IP address`);
  const { first, last } = range(port, word);
  if (hostPort !== "") {
    const host = range(hostPort, word);
    if (host.last - host.first !== last - first && first !== last) throw invalid(word, `${port} and ${hostPort} are ranges of different lengths`);
  }
  return Array.from({ length: last - first + 1 }, (_, index) => `${first + index}/${name}`);
}

function range(text: string, word: string): { first: number; last: number } {
  const numbers = /^(\d+)(?:-(\d+))?$/.exec(text);
  const first = Number(numbers?.[1]);
  const last = Number(numbers?.[2] ?? numbers?.[1]);
  if (numbers === null || first > 65535 || last > 65535) throw invalid(word, `${text} is no port: write a number up to 65535, or a range such as 8000-8010`);
  if (last < first) throw invalid(word, `the range ${text} ends before it begins`);
  return { first, last };
}

function splitOnce(text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}

function invalid(word: string, why: string): EngineError {
  return new EngineError("invalidArgument", `invalid port ${JSON.stringify(word.slice(0, 100))}: ${why}`);
}
