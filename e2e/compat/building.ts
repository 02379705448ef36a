import { newName } from "./lab.ts";
import type { Lab } from "./lab.ts";
import { buildKitCli } from "../fixtures/docker.ts";
import type { Capabilities } from "../fixtures/engines.ts";
import type { Result } from "../fixtures/exec.ts";
import type { Needs } from "../fixtures/projects.ts";
import { makeTar } from "../fixtures/tar.ts";
import type { TarEntry } from "../fixtures/tar.ts";

/** A file of a context: its text, or all that a tar member can say. */
export type ContextFile = string | Uint8Array | Omit<TarEntry, "name">;

export interface BuildSpec {
  readonly dockerfile: string;
  /** By path, in the order of the tar that is sent. */
  readonly files?: Readonly<Record<string, ContextFile>>;
  /** Further flags of `docker build`. */
  readonly flags?: readonly string[];
  /** What the builder must know; `classic` unless told. On dockerd everything else goes through BuildKit. */
  readonly needs?: Needs;
}

/** A finished `docker build`: `image` is the name that it gave. */
export interface BuildAttempt extends Result {
  readonly image: string;
  /** Both outputs, one after the other. */
  readonly output: string;
}

/** How suites build: the context goes to the CLI as a tar, so that its modes and owners are exact. */
export interface Building {
  /** Whether this engine, with the CLIs of this machine, builds what needs that. */
  can(needs: Needs): boolean;
  build(spec: BuildSpec): Promise<BuildAttempt>;
  /** Builds what must succeed; answers the image's name. */
  image(spec: BuildSpec): Promise<string>;
  /** Builds, runs a command in the image with sh, answers what it prints. */
  shell(spec: BuildSpec, command: string): Promise<string>;
  /** Builds; answers the image's configuration. */
  config(spec: BuildSpec): Promise<ImageConfig>;
}

/** `Config` of `docker image inspect`, as far as a Dockerfile sets it. */
export interface ImageConfig {
  readonly User?: string;
  readonly ExposedPorts?: Readonly<Record<string, object>> | null;
  readonly Env?: readonly string[] | null;
  readonly Entrypoint?: readonly string[] | null;
  readonly Cmd?: readonly string[] | null;
  readonly Volumes?: Readonly<Record<string, object>> | null;
  readonly WorkingDir?: string;
  readonly Labels?: Readonly<Record<string, string>> | null;
  readonly StopSignal?: string;
  readonly OnBuild?: readonly string[] | null;
  readonly Shell?: readonly string[] | null;
  readonly Healthcheck?: { readonly Test?: readonly string[]; readonly Interval?: number; readonly Timeout?: number; readonly StartPeriod?: number; readonly StartInterval?: number; readonly Retries?: number } | null;
}

export function buildingOf(lab: () => Lab, capabilities: Capabilities): Building {
  const build = async (spec: BuildSpec): Promise<BuildAttempt> => {
    const image = newName("built");
    const args = ["build", "-t", image, ...(spec.flags ?? []), "-"];
    const input = contextTar({ Dockerfile: spec.dockerfile, ...spec.files });
    const throughBuildKit = !capabilities.modernDockerfile && (spec.needs ?? "classic") !== "classic";
    const result = await (throughBuildKit ? lab().docker.buildKit(args, { input }) : lab().docker.run(args, { input }));
    return { ...result, image, output: `${result.stdout}${result.stderr}` };
  };
  const image = async (spec: BuildSpec): Promise<string> => {
    const attempt = await build(spec);
    if (attempt.code !== 0) throw new Error(`docker build: exit ${attempt.code}\n${attempt.output}`);
    return attempt.image;
  };
  return {
    can: (needs) => canBuild(capabilities, needs),
    build,
    image,
    shell: async (spec, command) => lab().docker.ok("run", "--rm", "--entrypoint", "/bin/sh", await image(spec), "-c", command),
    config: async (spec) => JSON.parse(await lab().docker.ok("image", "inspect", "-f", "{{json .Config}}", await image(spec))) as ImageConfig,
  };
}

/** Whether an engine, with the CLIs of this machine, builds what needs that. */
export function canBuild(capabilities: Capabilities, needs: Needs): boolean {
  if (needs === "classic") return true;
  if (needs === "modern") return capabilities.modernDockerfile;
  if (capabilities.buildKitSessions) return buildKitCli() !== undefined;
  return needs === "buildkit" && capabilities.modernDockerfile;
}

/** A context as `docker build -` takes it. */
export function contextTar(files: Readonly<Record<string, ContextFile>>): Buffer {
  return makeTar(Object.entries(files).map(([name, file]) => (typeof file === "string" || file instanceof Uint8Array ? { name, data: file } : { name, ...file })));
}
