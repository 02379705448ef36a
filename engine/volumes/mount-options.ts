import { EngineError } from "../base/errors.ts";
import { MS } from "../sys/mount.ts";

/** What `--opt type= --opt o= --opt device=` of the local driver ask for. */
export interface VolumeMount {
  readonly type: "tmpfs" | "bind";
  /** For a bind: the absolute host directory. */
  readonly source: string;
  /** Flags of mount(2). */
  readonly flags: number;
  /** The rest of `o`, for the file system. */
  readonly data: string;
}

const FLAGS: Readonly<Record<string, number>> = { ro: MS.RDONLY, nosuid: MS.NOSUID, nodev: MS.NODEV, noexec: MS.NOEXEC, noatime: MS.NOATIME, relatime: MS.RELATIME };
const NAMES = new Set(["type", "o", "device"]);

/**
 * Reads the options of docker's local driver; undefined for a plain directory.
 * @throws EngineError `invalidArgument`, `notImplemented` (network file systems and block devices)
 */
export function parseVolumeOptions(options: Readonly<Record<string, string>>): VolumeMount | undefined {
  const unknown = Object.keys(options).find((name) => !NAMES.has(name));
  if (unknown !== undefined) throw new EngineError("invalidArgument", `invalid option: ${JSON.stringify(unknown)}: the local driver knows type, o and device`);
  if (Object.keys(options).length === 0) return undefined;
  const type = options["type"] ?? "";
  const device = options["device"] ?? "";
  const words = (options["o"] ?? "").split(",").filter((word) => word !== "");
  const isBind = words.includes("bind") || words.includes("rbind");
  if (device === "" || (type === "" && !isBind)) throw new EngineError("invalidArgument", `missing required option: ${JSON.stringify(device === "" ? "device" : "type")}`);
  if (type !== "tmpfs" && !isBind) {
    throw new EngineError("notImplemented", `volumes of type ${JSON.stringify(type)} are not supported: use type=tmpfs, or mount it on the host and use type=none, o=bind`);
  }
  if (isBind && !device.startsWith("/")) throw new EngineError("invalidArgument", `the device ${JSON.stringify(device)} of a bind volume must be an absolute path`);
  let flags = isBind ? MS.BIND | (words.includes("rbind") ? MS.REC : 0) : 0;
  const data: string[] = [];
  for (const word of words) {
    if (word === "bind" || word === "rbind" || word === "rw") continue;
    const flag = FLAGS[word];
    if (flag !== undefined) flags |= flag;
    else data.push(word);
  }
  return { type: isBind ? "bind" : "tmpfs", source: isBind ? device : "tmpfs", flags, data: data.join(",") };
}
