import { afterAll, beforeAll, expect, it } from "vitest";
import { canBuild } from "../building.ts";
import { newName } from "../lab.ts";
import type { Suite } from "../lab.ts";
import { buildProject } from "../project-builds.ts";
import { waitFor } from "../../fixtures/exec.ts";
import { startGitServer } from "../../fixtures/git-server.ts";
import type { GitServer } from "../../fixtures/git-server.ts";
import { PROJECTS } from "../../fixtures/projects.ts";
import type { Project } from "../../fixtures/projects.ts";
import { pushToolchains } from "../../fixtures/toolchains.ts";

/** The sample projects: each builds, and its image is what it says. */
export const projectsSuite: Suite = (lab, capabilities) => {
  let git: GitServer;
  beforeAll(async () => {
    await pushToolchains(lab().registry.url);
    git = await startGitServer();
  });
  afterAll(() => git[Symbol.asyncDispose]());
  const build = (project: Project): ReturnType<typeof buildProject> => buildProject(lab().docker, capabilities, project, { registry: lab().registry.host, repository: git.repository });

  for (const project of PROJECTS) {
    it(`${project.name}: ${project.shows}`, { skip: !canBuild(capabilities, project.needs) }, async () => {
      const { docker } = lab();
      const { image, output } = await build(project);
      for (const [template, printed] of Object.entries(project.inspect ?? {})) expect(await docker.ok("image", "inspect", "-f", template, image)).toBe(printed);
      for (const { command, prints } of project.runs ?? []) expect(await docker.ok("run", "--rm", image, ...command)).toBe(prints);
      if (project.secrets) await expectNoTrace(image, output, Object.values(project.secrets));
      if (project.service) await expectService(image, project.service.lastWords);
    });
  }

  it("pip's cache serves the next build of changed requirements, and lies in no image", { skip: !canBuild(capabilities, "buildkit") }, async () => {
    const project = PROJECTS.find(({ name }) => name === "python-api")!;
    await build(project);
    const { image } = await build({ ...project, unkept: { "requirements.txt": "fastapi==0.111.0\nhttpx==0.27.0\n" } });
    expect(await lab().docker.ok("run", "--rm", image, "cat", "/install-log")).toBe("Using cached fastapi-0.111.0\nDownloading httpx-0.27.0");
  });

  /** Neither the image with its history, nor what the build printed, nor the engine's log tells a secret. */
  async function expectNoTrace(image: string, output: string, secrets: readonly string[]): Promise<void> {
    const { docker, engine } = lab();
    const archive = await docker.bytes(["save", image]);
    const told = output + (await docker.ok("history", "--no-trunc", image)) + (await docker.ok("image", "inspect", image)) + (await engine.log());
    for (const secret of secrets) {
      const word = secret.trim().split("=").at(-1)!;
      expect(archive.includes(word)).toBe(false);
      expect(told).not.toContain(word);
    }
  }

  async function expectService(image: string, lastWords: string): Promise<void> {
    const { docker } = lab();
    const name = newName("service");
    await docker.ok("run", "-d", "--name", name, image);
    await waitFor("the service to be healthy", async () => (await docker.ok("inspect", "-f", "{{.State.Health.Status}}", name)) === "healthy");
    await docker.ok("stop", name);
    expect(await docker.ok("logs", name)).toBe(lastWords);
    expect(await docker.ok("inspect", "-f", "{{.State.ExitCode}}", name)).toBe("0");
    await docker.ok("rm", "-v", name);
  }
};
