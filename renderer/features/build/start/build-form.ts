/** What is typed into the form of a build, and what it means. Pure. */
import type { BuildForm } from "../../../../electron/ipc/contract/builds.ts";
import { parseReference } from "../../../lib/reference.ts";
import { quoteWord } from "../../../lib/shell.ts";

export interface BuildText {
  readonly folder: string;
  readonly dockerfile: string;
  readonly target: string;
  readonly tags: readonly { readonly tag: string }[];
  readonly args: readonly { readonly name: string; readonly value: string }[];
  readonly noCache: boolean;
  readonly pull: boolean;
}

export const emptyText: BuildText = { folder: "", dockerfile: "", target: "", tags: [{ tag: "" }], args: [], noCache: false, pull: false };

export interface ParsedBuild {
  readonly form: BuildForm | undefined;
  /** By field: `folder`, `tags.0`, `args.1`. */
  readonly errors: Readonly<Record<string, string>>;
}

/** Whether a context is an address, which only the engine can look into. */
export function isAddress(folder: string): boolean {
  return /^(?:(?:https?|git|ssh):\/\/|git@)\S+$/.test(folder);
}

/**
 * Reads the form.
 * @param resolved the folder as an absolute path, where it is known
 */
export function parseBuild(text: BuildText, resolved?: string): ParsedBuild {
  const errors: Record<string, string> = {};
  const folder = text.folder.trim();
  if (folder === "") errors["folder"] = "Choose the folder that holds the files to build from.";
  else if (!/^[/~]/.test(folder) && !isAddress(folder)) errors["folder"] = "Enter a whole path, such as /home/me/app or ~/app, or a git address.";
  const tags = text.tags.map(({ tag }) => tag.trim());
  tags.forEach((tag, index) => {
    const problem = tag === "" ? undefined : tagProblem(tag);
    if (problem !== undefined) errors[`tags.${index}`] = problem;
  });
  text.args.forEach(({ name, value }, index) => {
    if (name.trim() === "" && value !== "") errors[`args.${index}`] = "The argument has no name.";
    else if (/[=\s]/.test(name.trim())) errors[`args.${index}`] = `“${name.trim()}” is not a name: it has no spaces and no =.`;
  });
  const context = resolved ?? folder;
  if (Object.keys(errors).length > 0 || context.startsWith("~")) return { form: undefined, errors };
  const dockerfile = text.dockerfile.trim();
  return {
    form: {
      context, tags: tags.filter(Boolean), noCache: text.noCache, pull: text.pull,
      args: text.args.filter(({ name }) => name.trim() !== "").map(({ name, value }) => ({ name: name.trim(), value })),
      ...(dockerfile !== "" && { dockerfile }),
      ...(text.target.trim() !== "" && { target: text.target.trim() }),
    },
    errors,
  };
}

function tagProblem(tag: string): string | undefined {
  const parsed = parseReference(tag);
  if (!parsed.ok) return parsed.message;
  return parsed.reference.digest === undefined ? undefined : "A new image has no digest yet: leave out the part from @ on.";
}

/** The form as far as a forecast needs it: with the tags that are right. */
export function forecastForm(text: BuildText, resolved?: string): BuildForm | undefined {
  return parseBuild({ ...text, tags: text.tags.filter(({ tag }) => tag.trim() !== "" && tagProblem(tag.trim()) === undefined) }, resolved).form;
}

/** The `docker build` line that does the same, also while the form is half filled in. */
export function buildLine(text: BuildText): string {
  const words = ["docker", "build"];
  for (const { tag } of text.tags) if (tag.trim()) words.push("-t", quoteWord(tag.trim()));
  const dockerfile = text.dockerfile.trim();
  const folder = text.folder.trim();
  if (dockerfile && dockerfile !== "Dockerfile") words.push("-f", quoteWord(isAddress(folder) ? dockerfile : dockerfilePath(folder || ".", dockerfile)));
  if (text.target.trim()) words.push("--target", quoteWord(text.target.trim()));
  for (const { name, value } of text.args) if (name.trim()) words.push("--build-arg", quoteWord(`${name.trim()}=${value}`));
  if (text.noCache) words.push("--no-cache");
  if (text.pull) words.push("--pull");
  words.push(folder.startsWith("~/") ? `~/${quoteWord(folder.slice(2)) === folder.slice(2) ? folder.slice(2) : quoteWord(folder.slice(2))}` : quoteWord(folder || "FOLDER"));
  return words.join(" ");
}

/** Where the Dockerfile lies: in the folder, unless it is a whole path. */
export function dockerfilePath(folder: string, dockerfile: string): string {
  const name = dockerfile.trim() || "Dockerfile";
  return name.startsWith("/") ? name : `${folder.replace(/\/+$/, "")}/${name}`;
}

/** A typed path in its two halves: the folder to list, and what its entries begin with. */
export function splitPath(path: string): { readonly folder: string; readonly prefix: string } {
  const slash = path.lastIndexOf("/");
  return slash < 0 ? { folder: path, prefix: "" } : { folder: path.slice(0, slash + 1), prefix: path.slice(slash + 1) };
}
