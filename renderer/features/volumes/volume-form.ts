/** The text of the dialog that creates a volume, and the way from it to the contract's form. Pure. */
import { volumeForm, type VolumeForm } from "../../../electron/ipc/contract/volumes.ts";
import { parseLabels, type LabelText } from "../../lib/labels.ts";
import { quoteWord } from "../../lib/shell.ts";

export interface VolumeText {
  readonly name: string;
  readonly labels: readonly LabelText[];
}

export const emptyVolumeText: VolumeText = { name: "", labels: [] };

export interface ParsedVolume {
  /** What can be sent; only when nothing is wrong. */
  readonly form: VolumeForm | undefined;
  readonly errors: Readonly<Record<string, string>>;
}

/** @param taken names of volumes that exist */
export function parseVolumeText(text: VolumeText, taken: ReadonlySet<string>): ParsedVolume {
  const errors: Record<string, string> = {};
  const name = text.name.trim();
  const wrong = nameProblem(name, taken);
  if (wrong) errors["name"] = wrong;
  const form: VolumeForm = { name, labels: parseLabels(text.labels, errors) };
  return { form: Object.keys(errors).length === 0 && volumeForm.safeParse(form).success ? form : undefined, errors };
}

function nameProblem(name: string, taken: ReadonlySet<string>): string | undefined {
  if (name === "") return "A volume needs a name.";
  const bad = /[^a-zA-Z0-9_.-]/.exec(name)?.[0];
  if (bad !== undefined) return `A name has letters, digits, _ . and -, and no ${bad === " " ? "blank" : `“${bad}”`}.`;
  if (!/^[a-zA-Z0-9]/.test(name)) return "A name begins with a letter or a digit.";
  if (name.length < 2) return "A name has at least two characters.";
  if (name.length > 255) return `A name has at most 255 characters; this one has ${name.length}.`;
  if (taken.has(name)) return `There is a volume ${name} already.`;
  return undefined;
}

/** The `docker volume create` line that does the same, also while it is half filled in. */
export function volumeLine(text: VolumeText): string {
  const words = ["docker", "volume", "create"];
  for (const label of text.labels) if (label.name.trim()) words.push("--label", quoteWord(label.value === "" ? label.name.trim() : `${label.name.trim()}=${label.value}`));
  words.push(quoteWord(text.name.trim() || "NAME"));
  return words.join(" ");
}
