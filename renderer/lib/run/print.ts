import { quoteWord } from "../shell.ts";
import { healthFlags, namedFlags, switchFlags, textFlags, wordFlags } from "./flags.ts";
import type { PortText, RunText } from "./form.ts";
import { healthWords } from "./health.ts";
import { mountWords } from "./mounts.ts";
import { joinWords, networkWords, wordsOf } from "./networks.ts";

const shorts: Readonly<Record<string, string>> = { "--env": "-e", "--user": "-u", "--workdir": "-w", "--memory": "-m", "--label": "-l", "--hostname": "-h", "--publish-all": "-P" };

/** The words of the `docker run` line that does the same as the form, also while it is half filled in. Rows left empty are left out. */
export function runWords(text: RunText): string[] {
  const words: string[] = [`-d${text.interactive ? "i" : ""}${text.tty ? "t" : ""}`];
  const add = (flag: string, ...value: string[]): void => {
    // A value that begins with a dash would be read as a flag.
    if (value[0]?.startsWith("-") === true) words.push(`${flag}=${value[0]}`);
    else words.push(shorts[flag] ?? flag, ...value);
  };
  for (const { flag, key } of switchFlags) if (text[key] && key !== "interactive" && key !== "tty") add(`--${flag}`);
  for (const { flag, key } of textFlags) if (text[key].trim() !== "") add(`--${flag}`, text[key].trim());
  for (const port of text.ports) if (port.container.trim() !== "") add("-p", portWord(port));
  for (const { flag, key } of namedFlags) for (const { name, value } of text[key]) if (name.trim() !== "") add(`--${flag}`, `${name.trim()}=${value}`);
  for (const mount of text.mounts) if (mount.target.trim() !== "") add(...mountWords(mount));
  for (const [flag, value] of networkWords(text.networks)) add(flag, value);
  for (const { flag, key } of wordFlags) for (const word of wordsOf(text[key])) add(`--${flag}`, word);
  if (text.restart !== "no") add("--restart", text.restart === "on-failure" && text.restartRetries.trim() !== "" ? `on-failure:${text.restartRetries.trim()}` : text.restart);
  if (text.health === "none") add("--no-healthcheck");
  if (text.health === "command") {
    if (text.healthCommand.trim() !== "") add("--health-cmd", healthLine(text.healthCommand.trim()));
    for (const [flag, key] of Object.entries(healthFlags)) if (text[key].trim() !== "") add(`--${flag}`, text[key].trim());
  }
  const [program, ...rest] = wordsOf(text.entrypoint);
  if (program !== undefined) words.push(...(program === "" ? ["--entrypoint="] : ["--entrypoint", program]));
  // docker takes one word as entrypoint; its arguments stand before the command.
  return [...words, text.image.trim() || "IMAGE", ...rest, ...wordsOf(text.command)];
}

/** The `docker run` line. */
export function runLine(text: RunText): string {
  return ["docker", "run", ...runWords(text).map((word) => (word === "" ? "''" : quoteWord(word)))].join(" ");
}

/** docker run knows lines for the shell alone. */
function healthLine(text: string): string {
  const words = healthWords(text);
  return words === undefined ? text : joinWords(words);
}

/** `8080:80`, `127.0.0.1::80/udp`. */
export function portWord({ host, container, protocol }: PortText): string {
  const outside = host.trim();
  return `${outside === "" ? "" : `${outside}:`}${container.trim()}${protocol === "udp" ? "/udp" : ""}`;
}
