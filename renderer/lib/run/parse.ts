import { splitWords } from "../shell.ts";
import { healthFlags, leftOut, namedFlags, otherNames, shortFlags, strangeSwitches, strangeValues, switchFlags, textFlags, wordFlags } from "./flags.ts";
import { emptyNetwork, emptyRun, type NetworkText, type PortText, type RunText } from "./form.ts";
import { parseMountFlag, parseTmpfsFlag, parseVolumeFlag } from "./mounts.ts";
import { joinWords, parseNetworkFlag } from "./networks.ts";

export interface ParsedLine {
  readonly text: RunText;
  /** What of the line is not in the form, one sentence each. */
  readonly notes: readonly string[];
}

type Draft = { -readonly [K in keyof RunText]: RunText[K] };

const textKeys = new Map(textFlags.map(({ flag, key }) => [flag, key]));
const wordKeys = new Map(wordFlags.map(({ flag, key }) => [flag, key]));
const namedKeys = new Map(namedFlags.map(({ flag, key }) => [flag, key]));
const switchKeys = new Map(switchFlags.map(({ flag, key }) => [flag, key]));
const special = new Set(["publish", "volume", "mount", "tmpfs", "network", "network-alias", "ip", "mac-address", "restart", "entrypoint", "health-cmd", ...Object.keys(healthFlags)]);

/**
 * Reads a `docker run` line: words as a shell splits them, `docker container run`, `podman run` and `sudo` too, prompts, backslashes at line ends, short flags joined. What is not in the form
 * is named and left out. Nothing is expanded.
 *
 * @returns a sentence where the line is none
 */
export function parseRunLine(line: string): ParsedLine | { readonly error: string } {
  const split = splitWords(line.replace(/\\\r?\n/g, " ").replace(/^\s*[$#]\s+/, ""));
  if ("error" in split) return split;
  const start = beginning(split.words);
  if (start === undefined) return { error: "This is no docker run line: it begins with “docker run”." };
  const reader = new Reader(split.words.slice(start));
  reader.read();
  return { text: reader.result(), notes: reader.notes };
}

function beginning(words: readonly string[]): number | undefined {
  let at = words[0] === "sudo" ? 1 : 0;
  if (!/(^|\/)(docker|podman|nerdctl|slipway)$/.test(words[at] ?? "")) return undefined;
  at++;
  if (words[at] === "container") at++;
  return words[at] === "run" || words[at] === "create" ? at + 1 : undefined;
}

class Reader {
  readonly notes: string[] = [];
  readonly #words: readonly string[];
  readonly #draft: Draft = { ...emptyRun };
  readonly #lists = new Map<string, string[]>();
  readonly #networks: NetworkText[] = [];
  readonly #first: { aliases: string[]; ip: string; mac: string } = { aliases: [], ip: "", mac: "" };
  #at = 0;

  constructor(words: readonly string[]) {
    this.#words = words;
  }

  read(): void {
    while (this.#at < this.#words.length) {
      const word = this.#words[this.#at]!;
      if (word === "--") {
        this.#at++;
        break;
      }
      if (!word.startsWith("-") || word === "-") break;
      this.#at++;
      if (word.startsWith("--")) this.#long(word.slice(2));
      else this.#short(word.slice(1));
    }
    const [image = "", ...command] = this.#words.slice(this.#at);
    this.#draft.image = image;
    this.#draft.command = joinWords(command);
    if (image === "") this.notes.push("The line names no image.");
  }

  result(): RunText {
    const draft = this.#draft;
    for (const [key, words] of this.#lists) draft[key as "dns"] = joinWords(words);
    const { aliases, ip, mac } = this.#first;
    const [first, ...rest] = this.#networks;
    if (first !== undefined || aliases.length > 0 || ip !== "" || mac !== "") {
      const base = first ?? { ...emptyNetwork, name: "bridge" };
      draft.networks = [{ ...base, aliases: joinWords(aliases.length > 0 ? aliases : []) || base.aliases, ip: ip || base.ip, mac: mac || base.mac }, ...rest];
    }
    return draft;
  }

  #long(text: string): void {
    const at = text.indexOf("=");
    const written = at < 0 ? text : text.slice(0, at);
    this.#flag(otherNames[written] ?? written, `--${written}`, at < 0 ? undefined : text.slice(at + 1));
  }

  /** `-itd`, `-p80:80`, `-e=A=1`. */
  #short(text: string): void {
    for (let at = 0; at < text.length; at++) {
      const char = text[at]!;
      const flag = shortFlags[char];
      if (flag === undefined) {
        this.notes.push(`-${char} is no flag of docker run.`);
        continue;
      }
      const rest = text.slice(at + 1);
      if (switchKeys.has(flag) || strangeSwitches.has(flag)) {
        if (rest.startsWith("=")) return this.#flag(flag, `-${char}`, rest.slice(1));
        this.#flag(flag, `-${char}`, undefined);
        continue;
      }
      return this.#flag(flag, `-${char}`, rest === "" ? undefined : rest.replace(/^=/, ""));
    }
  }

  #flag(flag: string, written: string, given: string | undefined): void {
    const key = switchKeys.get(flag);
    if (key !== undefined) {
      this.#draft[key] = isTrue(given);
      return;
    }
    if (flag === "no-healthcheck") {
      if (isTrue(given)) this.#draft.health = "none";
      return;
    }
    const known = textKeys.has(flag) || wordKeys.has(flag) || namedKeys.has(flag) || special.has(flag);
    if (!known && !strangeValues.has(flag)) {
      if (!strangeSwitches.has(flag)) this.notes.push(`${written} is no flag of docker run, and is left out.`);
      else this.#leave(flag, written);
      return;
    }
    const value = given ?? this.#words[this.#at++];
    if (value === undefined) this.notes.push(`${written} has no value.`);
    else if (known) this.#set(flag, written, value);
    else this.#leave(flag, written);
  }

  #leave(flag: string, written: string): void {
    const reason = leftOut[flag];
    if (reason !== "") this.notes.push(`${written} is left out: ${reason ?? "the form has no field for it"}.`);
  }

  #set(flag: string, written: string, value: string): void {
    const draft = this.#draft;
    const [textKey, wordKey, namedKey] = [textKeys.get(flag), wordKeys.get(flag), namedKeys.get(flag)];
    if (textKey !== undefined) draft[textKey] = value;
    else if (wordKey !== undefined) this.#lists.set(wordKey, [...(this.#lists.get(wordKey) ?? []), value]);
    else if (namedKey !== undefined) this.#named(namedKey, written, value);
    else this.#special(flag, written, value);
  }

  #named(key: "env" | "labels" | "logOptions" | "sysctls", written: string, value: string): void {
    const at = value.indexOf("=");
    const name = at < 0 ? value : value.slice(0, at);
    if (at < 0 && key === "env") this.notes.push(`${written} ${name} takes its value from the terminal's environment: type it under Environment.`);
    this.#draft[key] = [...this.#draft[key], { name, value: at < 0 ? "" : value.slice(at + 1) }];
  }

  #special(flag: string, written: string, value: string): void {
    const draft = this.#draft;
    const healthKey = Object.hasOwn(healthFlags, flag) ? healthFlags[flag as keyof typeof healthFlags] : undefined;
    if (healthKey !== undefined || flag === "health-cmd") {
      draft.health = "command";
      draft[healthKey ?? "healthCommand"] = value;
    } else if (flag === "publish") draft.ports = [...draft.ports, parsePublish(value)];
    else if (flag === "entrypoint") draft.entrypoint = joinWords([value]);
    else if (flag === "network-alias") this.#first.aliases.push(value);
    else if (flag === "ip") this.#first.ip = value;
    else if (flag === "mac-address") this.#first.mac = value;
    else if (flag === "restart") this.#restart(written, value);
    else if (flag === "network") {
      const network = parseNetworkFlag(value);
      if ("error" in network) this.notes.push(`${written} ${value} is left out: ${network.error}.`);
      else this.#networks.push(network);
    } else {
      const mount = flag === "volume" ? parseVolumeFlag(value) : flag === "tmpfs" ? parseTmpfsFlag(value) : parseMountFlag(value);
      if ("error" in mount) this.notes.push(`${written} ${value} is left out: ${mount.error}.`);
      else draft.mounts = [...draft.mounts, mount];
    }
  }

  #restart(written: string, value: string): void {
    const [name = "", retries = ""] = value.split(":");
    if (name === "no" || name === "always" || name === "unless-stopped" || name === "on-failure") {
      this.#draft.restart = name;
      this.#draft.restartRetries = name === "on-failure" ? retries : "";
    } else this.notes.push(`${written} ${value} is left out: the policies are no, always, unless-stopped and on-failure.`);
  }
}

function isTrue(given: string | undefined): boolean {
  return given === undefined || !/^(0|f|false)$/i.test(given);
}

/** `[ADDRESS:][HOST:]CONTAINER[/PROTOCOL]`; an IPv6 address stands in brackets. */
export function parsePublish(value: string): PortText {
  const protocol = /\/udp$/i.test(value) ? "udp" : "tcp";
  const text = value.replace(/\/(tcp|udp)$/i, "");
  const colon = text.lastIndexOf(":");
  return { host: colon < 0 ? "" : text.slice(0, colon), container: text.slice(colon + 1), protocol };
}
