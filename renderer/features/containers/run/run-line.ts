import { quoteWord, splitWords } from "../../../lib/shell.ts";
import type { RunText } from "./run-form.ts";

/** The `docker run` line that does the same as the dialog, also while it is half filled in. */
export function runLine(text: RunText): string {
  const words = ["docker", "run", text.interactive ? "-dit" : "-d"];
  if (text.remove) words.push("--rm");
  if (text.name.trim()) words.push("--name", quoteWord(text.name.trim()));
  for (const port of text.ports) {
    const inside = port.container.trim();
    if (!inside) continue;
    const suffix = port.protocol === "udp" ? "/udp" : "";
    words.push("-p", quoteWord(`${port.host.trim() ? `${port.host.trim()}:` : ""}${inside}${suffix}`));
  }
  for (const env of text.env) if (env.name.trim()) words.push("-e", quoteWord(`${env.name.trim()}=${env.value}`));
  for (const volume of text.volumes) {
    const target = volume.target.trim();
    if (!target) continue;
    words.push("-v", quoteWord(`${volume.source.trim() ? `${volume.source.trim()}:` : ""}${target}${volume.readOnly ? ":ro" : ""}`));
  }
  if (text.restart !== "no") words.push("--restart", text.restart);
  words.push(quoteWord(text.image.trim() || "IMAGE"));
  const command = splitWords(text.command);
  if ("words" in command) words.push(...command.words.map(quoteWord));
  return words.join(" ");
}
