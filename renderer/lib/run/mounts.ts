import { csvPairs, joinCsv } from "./csv.ts";
import { emptyMount, type MountText } from "./form.ts";

/** A mount as a flag and its value: `-v`, `--tmpfs`, or `--mount` where a colon would be misread. */
export function mountWords(mount: MountText): [flag: string, value: string] {
  const source = mount.source.trim();
  const target = mount.target.trim();
  const options = mount.options.trim();
  if (mount.type === "tmpfs") {
    if (target.includes(":")) return ["--mount", joinCsv(["type=tmpfs", `target=${target}`, ...(mount.readOnly ? ["readonly"] : []), ...tmpfsPairs(options)])];
    const words = [...(mount.readOnly ? ["ro"] : []), ...(options === "" ? [] : [options])].join(",");
    return ["--tmpfs", words === "" ? target : `${target}:${words}`];
  }
  const awkward = source.includes(":") || target.includes(":") || (source === "" && (mount.readOnly || options !== "")) || (mount.type === "bind") !== isPath(source);
  if (awkward) return ["--mount", joinCsv([`type=${mount.type}`, ...(source === "" ? [] : [`source=${source}`]), `target=${target}`, ...(mount.readOnly ? ["readonly"] : []), ...mountOptions(options)])];
  const modes = [...(mount.readOnly ? ["ro"] : []), ...(options === "" ? [] : [options])].join(",");
  return ["-v", [...(source === "" ? [] : [source]), target, ...(modes === "" ? [] : [modes])].join(":")];
}

function isPath(source: string): boolean {
  return source.startsWith("/");
}

const propagations = /^r?(private|shared|slave)$/;

function mountOptions(options: string): string[] {
  return words(options).map((word) => (propagations.test(word) ? `bind-propagation=${word}` : word === "nocopy" ? "volume-nocopy" : word));
}

function tmpfsPairs(options: string): string[] {
  return words(options).map((word) => `tmpfs-${word}`);
}

function words(options: string): string[] {
  return options.split(",").map((word) => word.trim()).filter(Boolean);
}

/** Reads `-v`. The sides are separated by colons; a source that is a path is a folder of the host. */
export function parseVolumeFlag(value: string): MountText | { readonly error: string } {
  const parts = value.split(":");
  if (parts.length > 3 || parts.some((part) => part === "")) return { error: `“${value}” is not source:target or source:target:options` };
  if (parts.length === 1) return { ...emptyMount, target: value };
  const [source = "", target = "", modes = ""] = parts;
  const rest = words(modes);
  if (/^(\.{1,2}|~)(\/|$)/.test(source)) return { error: `“${source}” depends on the folder of a terminal: use an absolute path` };
  return { type: isPath(source) ? "bind" : "volume", source, target, readOnly: rest.includes("ro"), options: rest.filter((word) => word !== "ro" && word !== "rw").join(",") };
}

/** Reads `--tmpfs`. */
export function parseTmpfsFlag(value: string): MountText {
  const colon = value.indexOf(":");
  const rest = colon < 0 ? [] : words(value.slice(colon + 1));
  return { type: "tmpfs", source: "", target: colon < 0 ? value : value.slice(0, colon), readOnly: rest.includes("ro"), options: rest.filter((word) => word !== "ro" && word !== "rw").join(",") };
}

/** Reads `--mount`. */
export function parseMountFlag(value: string): MountText | { readonly error: string } {
  let mount: MountText = emptyMount;
  const options: string[] = [];
  for (const [key, text] of csvPairs(value)) {
    if (key === "type") {
      if (text !== "bind" && text !== "volume" && text !== "tmpfs") return { error: `mounts of type “${text}” are not offered` };
      mount = { ...mount, type: text };
    } else if (key === "source" || key === "src") mount = { ...mount, source: text };
    else if (key === "target" || key === "dst" || key === "destination") mount = { ...mount, target: text };
    else if (key === "readonly" || key === "ro") mount = { ...mount, readOnly: text !== "false" && text !== "0" };
    else if (key === "bind-propagation") options.push(text);
    else if (key === "volume-nocopy") options.push(...(text === "false" || text === "0" ? [] : ["nocopy"]));
    else if (key === "tmpfs-size" || key === "tmpfs-mode") options.push(`${key.slice(6)}=${text}`);
    else if (key === "z" && text === "") options.push("z");
    else if (key === "consistency") continue;
    else return { error: `the mount option “${key}” is not offered` };
  }
  if (mount.target === "") return { error: `“${value}” has no target` };
  return { ...mount, options: options.join(",") };
}
