import type { ImageInspectInfo } from "dockerode";
import { quoteWord } from "../../../lib/shell.ts";

/** One setting of two images; absent where an image has none. */
export interface ConfigRow {
  readonly group: string;
  readonly name: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** Settings of an image's configuration by group and name. */
function settings(info: ImageInspectInfo): Map<string, readonly [group: string, name: string, value: string]> {
  const config = info.Config as (ImageInspectInfo["Config"] & { StopSignal?: string; Shell?: string[] | null; Healthcheck?: unknown }) | undefined;
  const rows: [string, string, string][] = [];
  const add = (group: string, name: string, value: string | undefined): void => {
    if (value) rows.push([group, name, value]);
  };
  const command = (words: string | string[] | null | undefined): string => (typeof words === "string" ? words : (words ?? []).map(quoteWord).join(" "));
  add("Image", "Platform", [info.Os, info.Architecture, (info as { Variant?: string }).Variant ?? ""].filter(Boolean).join("/"));
  add("Image", "Author", info.Author);
  add("Runs", "Entrypoint", command(config?.Entrypoint));
  add("Runs", "Command", command(config?.Cmd));
  add("Runs", "Working directory", config?.WorkingDir);
  add("Runs", "User", config?.User);
  add("Runs", "Stop signal", config?.StopSignal);
  add("Runs", "Shell", command(config?.Shell));
  add("Runs", "Health check", config?.Healthcheck ? JSON.stringify(config.Healthcheck) : "");
  for (const port of Object.keys(config?.ExposedPorts ?? {})) add("Ports", port, "declared");
  for (const volume of Object.keys(config?.Volumes ?? {})) add("Volumes", volume, "declared");
  for (const line of config?.Env ?? []) rows.push(["Environment", line.split("=", 1)[0] ?? "", line.slice(line.indexOf("=") + 1)]);
  for (const [name, value] of Object.entries(config?.Labels ?? {})) rows.push(["Labels", name, String(value)]);
  return new Map(rows.map((row) => [`${row[0]} ${row[1]}`, row]));
}

/** The settings that two images do not have alike. */
export function compareConfigs(before: ImageInspectInfo, after: ImageInspectInfo): readonly ConfigRow[] {
  const left = settings(before);
  const right = settings(after);
  return [...new Set([...left.keys(), ...right.keys()])].flatMap((key) => {
    const [a, b] = [left.get(key), right.get(key)];
    const [group = "", name = ""] = a ?? b ?? [];
    return a?.[2] === b?.[2] ? [] : [{ group, name, before: a?.[2], after: b?.[2] }];
  });
}

/** How many layers, from the bottom, are the same. */
export function commonLayers(before: readonly string[], after: readonly string[]): number {
  let count = 0;
  while (count < before.length && before[count] === after[count]) count++;
  return count;
}
