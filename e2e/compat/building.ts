import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { newName } from "./lab.ts";
import type { Lab } from "./lab.ts";
import { api } from "../fixtures/api.ts";
import { buildKitCli } from "../fixtures/docker.ts";
import type { Capabilities } from "../fixtures/engines.ts";
import { tempDir } from "../fixtures/exec.ts";
import type { Result } from "../fixtures/exec.ts";
import type { Needs } from "../fixtures/projects.ts";
import { slipwayBuild } from "../fixtures/slipway-build.ts";
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
  /** What the builder must know; `classic` unless told. On dockerd everything else goes through BuildKit, on ours `secrets` alone, or through our own interface where no CLI has BuildKit's client. */
  readonly needs?: Needs;
  /** Values by id; with `needs: "secrets"` only. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Sockets of ssh agents by id; with `needs: "secrets"` only. */
  readonly ssh?: Readonly<Record<string, string>>;
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
    const result = await (spec.needs === "secrets" ? buildWithSecrets(spec, image) : buildTar(spec, image));
    return { ...result, image, output: `${result.stdout}${result.stderr}` };
  };
  const buildTar = (spec: BuildSpec, image: string, flags: readonly string[] = []): Promise<Result> => {
    const args = ["build", "-t", image, ...flags, ...(spec.flags ?? []), "-"];
    const input = contextTar({ Dockerfile: spec.dockerfile, ...spec.files });
    const throughBuildKit = spec.needs === "secrets" || (!capabilities.modernDockerfile && (spec.needs ?? "classic") !== "classic");
    return throughBuildKit ? lab().docker.buildKit(args, { input }) : lab().docker.run(args, { input });
  };
  const buildWithSecrets = async (spec: BuildSpec, image: string): Promise<Result> => {
    const { secrets = {}, ssh = {} } = spec;
    if (!hasSessions(capabilities)) return slipwayResult(lab().engine.socket, { dockerfileText: spec.dockerfile, tags: [image], secrets, ssh });
    await using dir = await tempDir("secrets");
    const flags = Object.entries(ssh).flatMap(([id, socket]) => ["--ssh", `${id}=${socket}`]);
    for (const [id, value] of Object.entries(secrets)) {
      await writeFile(join(dir.path, id), value, { mode: 0o600 });
      flags.push("--secret", `id=${id},src=${join(dir.path, id)}`);
    }
    return await buildTar(spec, image, flags);
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
    // Not through the CLI: an old one leaves out what it does not know.
    config: async (spec) => (JSON.parse((await api(lab().engine.socket, "GET", `/images/${await image(spec)}/json`)).body) as { Config: ImageConfig }).Config,
  };
}

/** Whether an engine, with the CLIs of this machine, builds what needs that. */
export function canBuild(capabilities: Capabilities, needs: Needs): boolean {
  if (needs === "classic") return true;
  if (needs === "modern") return capabilities.modernDockerfile;
  const withoutSession = needs === "buildkit" ? capabilities.modernDockerfile : capabilities.slipway;
  return withoutSession || hasSessions(capabilities);
}

/** Whether the engine serves BuildKit's sessions and a CLI of this machine opens them. */
export function hasSessions(capabilities: Capabilities): boolean {
  return capabilities.buildKitSessions && buildKitCli() !== undefined;
}

/** A build through our own interface, told as a command's result; values of `secrets` as they are. */
export async function slipwayResult(socket: string, body: Readonly<Record<string, unknown>> & { readonly secrets: Readonly<Record<string, string>> }): Promise<Result> {
  const secrets = Object.fromEntries(Object.entries(body.secrets).map(([id, value]) => [id, Buffer.from(value).toString("base64")]));
  const { end, events } = await slipwayBuild(socket, { ...body, secrets });
  const stdout = events.map((event) => `${JSON.stringify(event)}\n`).join("");
  return end["outcome"] === "built" ? { code: 0, stdout, stderr: "" } : { code: 1, stdout, stderr: String(end["error"]) };
}

/** A context as `docker build -` takes it. */
export function contextTar(files: Readonly<Record<string, ContextFile>>): Buffer {
  return makeTar(Object.entries(files).map(([name, file]) => (typeof file === "string" || file instanceof Uint8Array ? { name, data: file } : { name, ...file })));
}
