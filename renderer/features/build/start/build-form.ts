/** What is typed into the form of a build, and what it means. Pure. */
import type { BuildForm, DockerfileNode } from "../../../../electron/ipc/contract/builds.ts";
import { parseAddress } from "../../../lib/cidr.ts";
import { parseLabels, type LabelText } from "../../../lib/labels.ts";
import { parseReference } from "../../../lib/reference.ts";
import { csvPairs, joinCsv } from "../../../lib/run/csv.ts";
import { quoteWord } from "../../../lib/shell.ts";

/** One `--secret`: where its value is, never the value. */
export interface SecretText {
  readonly id: string;
  readonly from: "file" | "env";
  readonly source: string;
}

/** One `--add-host`. */
export interface HostText {
  readonly name: string;
  readonly address: string;
}

export interface BuildText {
  readonly folder: string;
  readonly dockerfile: string;
  readonly target: string;
  readonly tags: readonly { readonly tag: string }[];
  readonly args: readonly LabelText[];
  readonly secrets: readonly SecretText[];
  readonly platform: string;
  readonly labels: readonly LabelText[];
  readonly network: string;
  readonly hosts: readonly HostText[];
  readonly ssh: boolean;
  readonly noCache: boolean;
  readonly pull: boolean;
}

export const emptyText: BuildText = { folder: "", dockerfile: "", target: "", tags: [{ tag: "" }], args: [], secrets: [], platform: "", labels: [], network: "", hosts: [], ssh: false, noCache: false, pull: false };

export const emptySecret: SecretText = { id: "", from: "file", source: "" };
export const emptyHost: HostText = { name: "", address: "" };

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
  const secrets = parseSecrets(text.secrets, errors);
  const hosts = parseHosts(text.hosts, errors);
  const labels = Object.entries(parseLabels(text.labels, errors)).map(([name, value]) => ({ name, value }));
  const platform = text.platform.trim();
  if (platform !== "" && !/^[a-z0-9]+(\/[a-z0-9_.-]+){0,2}$/.test(platform)) errors["platform"] = `“${platform}” is not a platform. It looks like linux/arm64 or linux/arm/v7.`;
  const context = resolved ?? folder;
  if (Object.keys(errors).length > 0 || context.startsWith("~")) return { form: undefined, errors };
  const dockerfile = text.dockerfile.trim();
  return {
    form: {
      context, tags: tags.filter(Boolean), secrets, labels, extraHosts: hosts, ssh: text.ssh, noCache: text.noCache, pull: text.pull,
      args: text.args.filter(({ name }) => name.trim() !== "").map(({ name, value }) => ({ name: name.trim(), value })),
      ...(dockerfile !== "" && { dockerfile }),
      ...(text.target.trim() !== "" && { target: text.target.trim() }),
      ...(platform !== "" && { platform }),
      ...(text.network !== "" && { network: text.network }),
    },
    errors,
  };
}

function parseSecrets(rows: readonly SecretText[], errors: Record<string, string>): SecretText[] {
  const secrets = new Map<string, SecretText>();
  for (const [index, row] of rows.entries()) {
    const id = row.id.trim();
    const source = row.source.trim();
    const at = `secrets.${index}`;
    if (id === "" && source === "") continue;
    if (id === "") errors[`${at}.id`] = "A secret needs an id, as the Dockerfile names it.";
    else if (/[\s,"=]/.test(id)) errors[`${at}.id`] = "An id has no spaces, commas, quotation marks and no =.";
    else if (secrets.has(id)) errors[`${at}.id`] = `The secret ${id} is there twice.`;
    else secrets.set(id, { id, from: row.from, source });
    if (source === "") errors[`${at}.source`] = row.from === "file" ? "Enter the file that holds the value." : "Enter the variable that holds the value.";
    else if (row.from === "env" && !/^[A-Za-z_]\w*$/.test(source)) errors[`${at}.source`] = "A variable’s name has letters, digits and _. Its value is not typed here.";
    else if (row.from === "file" && !/^(\/|~\/)/.test(source)) errors[`${at}.source`] = "Enter a whole path, such as ~/.npmrc.";
  }
  return [...secrets.values()];
}

function parseHosts(rows: readonly HostText[], errors: Record<string, string>): HostText[] {
  return rows.flatMap((row, index) => {
    const name = row.name.trim();
    const address = row.address.trim();
    if (name === "" && address === "") return [];
    if (name === "") errors[`hosts.${index}.name`] = "A host needs a name.";
    else if (/[\s:]/.test(name)) errors[`hosts.${index}.name`] = "A host’s name has no spaces and no colon.";
    if (address !== "host-gateway" && !parseAddress(address.replace(/^\[(.*)\]$/, "$1"))) errors[`hosts.${index}.address`] = address === "" ? "Enter its address." : `“${address}” is not an address such as 10.0.0.7, or host-gateway.`;
    return [{ name, address }];
  });
}

function tagProblem(tag: string): string | undefined {
  const parsed = parseReference(tag);
  if (!parsed.ok) return parsed.message;
  return parsed.reference.digest === undefined ? undefined : "A new image has no digest yet: leave out the part from @ on.";
}

/** The form without what a classic builder cannot be given: it stays typed, for an engine that can. */
export function withoutPrivate(text: BuildText): BuildText {
  return { ...text, secrets: [], ssh: false };
}

/** The form as far as a forecast needs it: with the tags that are right, and without what no step's result depends on. */
export function forecastForm(text: BuildText, resolved?: string): BuildForm | undefined {
  return parseBuild({ ...withoutPrivate(text), tags: text.tags.filter(({ tag }) => tag.trim() !== "" && tagProblem(tag.trim()) === undefined) }, resolved).form;
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
  for (const secret of text.secrets) if (secret.id.trim() && secret.source.trim()) words.push("--secret", secretWord(secret));
  if (text.ssh) words.push("--ssh", "default");
  if (text.platform.trim()) words.push("--platform", quoteWord(text.platform.trim()));
  for (const { name, value } of text.labels) if (name.trim()) words.push("--label", quoteWord(`${name.trim()}=${value}`));
  if (text.network) words.push("--network", quoteWord(text.network));
  for (const { name, address } of text.hosts) if (name.trim() && address.trim()) words.push("--add-host", quoteWord(`${name.trim()}:${address.trim()}`));
  if (text.noCache) words.push("--no-cache");
  if (text.pull) words.push("--pull");
  words.push(folder.startsWith("~/") ? `~/${quoteWord(folder.slice(2)) === folder.slice(2) ? folder.slice(2) : quoteWord(folder.slice(2))}` : quoteWord(folder || "FOLDER"));
  return words.join(" ");
}

function secretWord({ id, from, source }: SecretText): string {
  const path = source.trim();
  // The shell knows no ~ in the middle of a word.
  if (from === "file" && path.startsWith("~/")) return `${quoteWord(`id=${id.trim()},src=`)}"$HOME"${quoteWord(path.slice(1))}`;
  return quoteWord(joinCsv([`id=${id.trim()}`, `${from === "env" ? "env" : "src"}=${path}`]));
}

/** Ids of secrets that steps of a Dockerfile mount, and whether one mounts an SSH agent, as far as they are written out. */
export function privateMounts(nodes: readonly Pick<DockerfileNode, "type" | "flags">[]): { readonly secrets: readonly string[]; readonly ssh: boolean } {
  const mounts = nodes.flatMap(({ type, flags }) => (type === "instruction" ? flags : [])).filter((flag) => flag.startsWith("--mount=")).map((flag) => new Map(csvPairs(flag.slice("--mount=".length))));
  const secrets = mounts.filter((mount) => mount.get("type") === "secret").flatMap((mount) => mount.get("id") ?? mount.get("source") ?? mount.get("src") ?? []);
  return { secrets: [...new Set(secrets)].filter((id) => id !== ""), ssh: mounts.some((mount) => mount.get("type") === "ssh") };
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
