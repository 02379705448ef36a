import { EngineError } from "../../base/errors.ts";
import { normalisePorts } from "../../containers/ports.ts";
import type { ImageRunConfig } from "../../oci/descriptor.ts";

type Change = (config: ImageRunConfig, argument: string) => ImageRunConfig;

/** The Dockerfile instructions that `--change` of commit and import may have. */
const CHANGES: Readonly<Record<string, Change>> = {
  CMD: (config, argument) => ({ ...config, Cmd: command(argument) }),
  ENTRYPOINT: (config, argument) => ({ ...config, Entrypoint: command(argument) }),
  ENV: (config, argument) => ({ ...config, Env: pairs(argument).reduce(withVariable, [...(config.Env ?? [])]) }),
  LABEL: (config, argument) => ({ ...config, Labels: { ...config.Labels, ...Object.fromEntries(pairs(argument)) } }),
  EXPOSE: (config, argument) => ({ ...config, ExposedPorts: { ...config.ExposedPorts, ...normalisePorts(Object.fromEntries(words(argument).map((port) => [port, {}]))) } }),
  VOLUME: (config, argument) => ({ ...config, Volumes: { ...config.Volumes, ...Object.fromEntries((jsonList(argument) ?? words(argument)).map((path) => [path, {}])) } }),
  USER: (config, argument) => ({ ...config, User: argument }),
  WORKDIR: (config, argument) => ({ ...config, WorkingDir: argument.startsWith("/") ? argument : `${config.WorkingDir || ""}/${argument}` }),
  STOPSIGNAL: (config, argument) => ({ ...config, StopSignal: argument }),
  ONBUILD: (config, argument) => ({ ...config, OnBuild: [...(config.OnBuild ?? []), argument] }),
};

/** Applies `--change` instructions. @throws EngineError `invalidArgument` for one that is not allowed there */
export function applyChanges(config: ImageRunConfig, changes: readonly string[]): ImageRunConfig {
  return changes.flatMap((text) => text.split("\n")).filter((line) => line.trim() !== "").reduce((current, line) => {
    const [, name = "", argument = ""] = /^\s*(\S+)\s*(.*?)\s*$/.exec(line) ?? [];
    const change = CHANGES[name.toUpperCase()];
    if (change === undefined) throw new EngineError("invalidArgument", `${name} is not a valid change command: use ${Object.keys(CHANGES).join(", ")}`);
    if (argument === "") throw new EngineError("invalidArgument", `${name.toUpperCase()} requires at least one argument`);
    return change(current, argument);
  }, config);
}

function command(argument: string): string[] {
  return jsonList(argument) ?? ["/bin/sh", "-c", argument];
}

function jsonList(argument: string): string[] | null {
  if (!argument.startsWith("[")) return null;
  try {
    const value: unknown = JSON.parse(argument);
    return Array.isArray(value) && value.every((entry) => typeof entry === "string") ? value : null;
  } catch {
    return null;
  }
}

function words(argument: string): string[] {
  return argument.split(/\s+/);
}

/** `a=b c="d e"`, or the old `a b` for one. */
function pairs(argument: string): [string, string][] {
  const found = [...argument.matchAll(/([^\s=]+)=("(?:\\.|[^"\\])*"|'[^']*'|(?:\\.|[^\s\\])*)/g)];
  if (found.length === 0) {
    const [name = "", ...rest] = words(argument);
    return [[name, rest.join(" ")]];
  }
  return found.map((match) => [match[1]!, unquote(match[2]!)]);
}

function unquote(value: string): string {
  if (value.startsWith("'")) return value.slice(1, -1);
  return (value.startsWith('"') ? value.slice(1, -1) : value).replace(/\\(.)/g, "$1");
}

function withVariable(env: string[], [name, value]: [string, string]): string[] {
  return [...env.filter((entry) => !entry.startsWith(`${name}=`)), `${name}=${value}`];
}
