import { join } from "node:path";
import { chmod, readFile, writeFile } from "node:fs/promises";
import { hasSessions, slipwayResult } from "./building.ts";
import type { DockerCli } from "../fixtures/docker.ts";
import type { Capabilities } from "../fixtures/engines.ts";
import { tempDir } from "../fixtures/exec.ts";
import { layOut } from "../fixtures/projects.ts";
import type { Project, ProjectPlaces } from "../fixtures/projects.ts";

/** What a project's build left: the name of the image, and all that was printed. */
export interface BuiltProject {
  readonly image: string;
  readonly output: string;
}

/**
 * Builds a sample project with the CLI, from a folder that exists only while it builds: through the classic stream where
 * that is enough, else through BuildKit or, for secrets on ours where no CLI has its client, our own interface.
 * @throws Error with all output when a build fails
 */
export async function buildProject(docker: DockerCli, capabilities: Capabilities, project: Project, places: Omit<ProjectPlaces, "tagOf">): Promise<BuiltProject> {
  await using dir = await tempDir("project");
  // A rootless engine reads it by itself.
  await chmod(dir.path, 0o755);
  const context = join(dir.path, "context");
  await layOut(project, context);
  const tagOf = (build: string): string => `sample/${project.name}:${build}`;
  const throughBuildKit = (project.needs !== "classic" && !capabilities.modernDockerfile) || (project.needs === "secrets" && hasSessions(capabilities));
  const flags: string[] = [];
  for (const [id, value] of Object.entries(project.secrets ?? {})) {
    await writeFile(join(dir.path, id), value, { mode: 0o600 });
    flags.push("--secret", `id=${id},src=${join(dir.path, id)}`);
  }
  let output = "";
  let image = "";
  for (const build of project.builds({ ...places, tagOf })) {
    image = tagOf(build.name);
    if (throughBuildKit && !capabilities.modernDockerfile) await dropSyntax(join(context, build.context, "Dockerfile"));
    const buildArgs = Object.entries(build.args ?? {}).flatMap(([name, value]) => ["--build-arg", `${name}=${value}`]);
    const args = ["build", "-t", image, ...buildArgs, ...flags, join(context, build.context)];
    const ours = { context: join(context, build.context), tags: [image], args: build.args ?? {}, secrets: project.secrets ?? {} };
    const result = await (throughBuildKit ? docker.buildKit(args) : project.needs === "secrets" ? slipwayResult(docker.socket, ours) : docker.run(args));
    output += result.stdout + result.stderr;
    if (result.code !== 0) throw new Error(`docker ${args.join(" ")}: exit ${result.code}\n${output}`);
  }
  return { image, output };
}

/** BuildKit would fetch the frontend that `# syntax=` names from the internet; its own, of which 20.10 says what it knows, is asked instead. */
async function dropSyntax(path: string): Promise<void> {
  const text = await readFile(path, "utf8");
  await writeFile(path, text.replace(/^# syntax=.*\n/, ""));
}
