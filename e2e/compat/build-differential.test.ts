import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { existsSync } from "node:fs";
import { canBuild } from "./building.ts";
import { buildProject } from "./project-builds.ts";
import { differences, readImage } from "../fixtures/compare-images.ts";
import { CAPABILITIES, startEngine } from "../fixtures/engines.ts";
import type { TestEngine } from "../fixtures/engines.ts";
import { PATIENCE } from "../fixtures/exec.ts";
import { startGitServer } from "../fixtures/git-server.ts";
import { PROJECTS } from "../fixtures/projects.ts";
import type { ProjectPlaces } from "../fixtures/projects.ts";
import { startRegistry } from "../fixtures/registry.ts";
import { pushToolchains } from "../fixtures/toolchains.ts";

/** Why this machine cannot compare; undefined when it can. */
const obstacle = process.getuid?.() !== 0 ? "dockerd needs root" : !existsSync("/usr/sbin/dockerd") ? "/usr/sbin/dockerd is not installed (apt-get install docker.io)" : undefined;
if (obstacle !== undefined) console.warn(`the sample projects are NOT compared with dockerd: ${obstacle}`);

/** Each sample project, built by dockerd and by ours of the same files and base images: configuration, length of the history and file tree are the same. */
describe.skipIf(obstacle !== undefined)("the same images as dockerd makes", { timeout: 120_000 * PATIENCE }, () => {
  const stack = new AsyncDisposableStack();
  let theirs: TestEngine;
  let ours: TestEngine;
  let places: Omit<ProjectPlaces, "tagOf">;
  beforeAll(async () => {
    const registry = stack.use(await startRegistry());
    await pushToolchains(registry.url);
    const git = stack.use(await startGitServer());
    [theirs, ours] = await Promise.all([startEngine("dockerd"), startEngine("ours-rootful")]);
    for (const engine of [theirs, ours]) stack.use(engine);
    places = { registry: registry.host, repository: git.repository };
  }, 120_000 * PATIENCE);
  afterAll(() => stack.disposeAsync(), 120_000 * PATIENCE);

  for (const project of PROJECTS) {
    const comparable = [theirsCan, oursCan].every((can) => can(project.needs));
    it(`${project.name}: ${project.shows}`, { skip: !comparable }, async () => {
      const [left, right] = await Promise.all([theirs, ours].map(async ({ docker, capabilities }) => readImage(docker, (await buildProject(docker, capabilities, project, places)).image)));
      expect(differences(left!, right!, ["dockerd", "ours"], { ignore: project.differs ?? [] })).toEqual([]);
    });
  }
});

function theirsCan(needs: (typeof PROJECTS)[number]["needs"]): boolean {
  return canBuild(CAPABILITIES.dockerd, needs);
}

function oursCan(needs: (typeof PROJECTS)[number]["needs"]): boolean {
  return canBuild(CAPABILITIES["ours-rootful"], needs);
}
