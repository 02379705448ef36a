import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { EngineError, messageOf } from "../base/errors.ts";

export interface DaemonOptions {
  /** Persistent state directory. */
  readonly root: string;
  /** Directory on a tmpfs. */
  readonly run: string;
  readonly socket: string;
  /** rootlesskit's state directory, when inside its namespaces. */
  readonly rootlessState: string | undefined;
  /** Socket through which loopback registries are reached from those namespaces. */
  readonly forwarder: string | undefined;
  readonly insecureRegistries: readonly string[];
  /** Asked before Docker Hub. */
  readonly registryMirrors: readonly string[];
  readonly debug: boolean;
}

/** Parses the daemon's command line. @throws EngineError `invalidArgument` */
export function parseOptions(args: readonly string[], environment: NodeJS.ProcessEnv): DaemonOptions {
  const { values } = parse(args);
  const required = (name: "root" | "run" | "socket"): string => {
    const value = values[name];
    if (value === undefined || value === "") throw new EngineError("invalidArgument", `the option --${name} is missing: the engine is started with --root DIR --run DIR --socket PATH`);
    return resolve(value.replace(/^unix:\/\//, ""));
  };
  return {
    root: required("root"), run: required("run"), socket: required("socket"),
    rootlessState: values["rootless-state"],
    forwarder: values.forwarder,
    insecureRegistries: [...(values["insecure-registry"] ?? []), ...list(environment.SLIPWAY_INSECURE_REGISTRIES)],
    registryMirrors: [...(values["registry-mirror"] ?? []), ...list(environment.SLIPWAY_REGISTRY_MIRRORS)],
    debug: values.debug === true || environment.SLIPWAY_DEBUG === "1",
  };
}

function list(text: string | undefined): string[] {
  return (text ?? "").split(",").filter((name) => name !== "");
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: { root: { type: "string" }, run: { type: "string" }, socket: { type: "string" }, "rootless-state": { type: "string" }, forwarder: { type: "string" }, "insecure-registry": { type: "string", multiple: true }, "registry-mirror": { type: "string", multiple: true }, debug: { type: "boolean" } },
    });
  } catch (error) {
    throw new EngineError("invalidArgument", messageOf(error));
  }
}
