import { execFileSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import type { Suite } from "../lab.ts";
import { run, tempDir } from "../../fixtures/exec.ts";
import type { Result } from "../../fixtures/exec.ts";
import { findTool } from "../../fixtures/tools.ts";

/** Where scripts/tools.mjs unpacks Debian's docker-compose, with the Python modules that it needs. */
const PYTHON_MODULES = fileURLToPath(new URL("../../../.cache/tools/usr/lib/python3/dist-packages", import.meta.url));
const PYTHON = { PYTHONPATH: [process.env["PYTHONPATH"], PYTHON_MODULES].filter(Boolean).join(":") };

/** docker-compose, where it is there and starts. */
function composeProgram(): string | undefined {
  return findTool("docker-compose", (path) => {
    try {
      return execFileSync(path, ["version"], { encoding: "utf8", env: { ...process.env, ...PYTHON }, stdio: ["ignore", "pipe", "ignore"] }).includes("ompose");
    } catch {
      return false;
    }
  });
}

const program = composeProgram();
if (program === undefined) console.warn("docker-compose is NOT tested: it is not installed or does not start (apt-get install docker-compose)");

/** docker-compose builds a project of two services. */
export const composeSuite: Suite = (lab) => {
  it("docker-compose build: two services, a shared base, arguments, targets, another Dockerfile", { skip: program === undefined }, async () => {
    const { docker, busybox } = lab();
    await using dir = await tempDir("compose");
    const files: Readonly<Record<string, string>> = {
      "docker-compose.yml": [
        'version: "3.4"', "services:", "  web:", "    image: compose-web", "    build:", "      context: ./web", "      target: runtime", "      args:", "        GREETING: hello from compose", "      labels:", "        compose.test: web",
        "  worker:", "    image: compose-worker", "    build:", "      context: .", "      dockerfile: worker/Worker.Dockerfile", `      cache_from: ["${busybox}"]`, "",
      ].join("\n"),
      "web/Dockerfile": `FROM ${busybox} AS runtime\nARG GREETING\nRUN echo "$GREETING" > /greeting\nCMD ["cat", "/greeting"]\nFROM runtime AS later\nRUN exit 1\n`,
      "web/.dockerignore": "ignored\n", "web/ignored": "", "worker/Worker.Dockerfile": `FROM ${busybox}\nCOPY worker/job.txt shared.txt /\nCMD ["cat", "/job.txt", "/shared.txt"]\n`, "worker/job.txt": "job\n", "shared.txt": "shared\n",
    };
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(dir.path, path)), { recursive: true });
      await writeFile(join(dir.path, path), text);
    }
    const compose = (...args: string[]): Promise<Result> => run(program!, args, { cwd: dir.path, timeout: 120_000, env: { ...PYTHON, DOCKER_HOST: `unix://${lab().engine.socket}`, DOCKER_BUILDKIT: "0", COMPOSE_DOCKER_CLI_BUILD: "0", COMPOSE_PROJECT_NAME: "twoservices" } });
    const first = await compose("build");
    expect(first, first.stderr).toMatchObject({ code: 0 });
    expect(await docker.ok("run", "--rm", "compose-web")).toBe("hello from compose");
    expect(await docker.ok("run", "--rm", "compose-worker")).toBe("job\nshared");
    expect(await docker.ok("image", "inspect", "-f", '{{index .Config.Labels "compose.test"}}', "compose-web")).toBe("web");
    const again = await compose("build", "web");
    expect(again.stdout + again.stderr).toMatch(/Using cache/);
    await writeFile(join(dir.path, "web/Dockerfile"), `FROM ${busybox} AS runtime\nRUN exit 5\n`);
    const failed = await compose("build", "web");
    expect(failed.code).not.toBe(0);
    expect(failed.stdout + failed.stderr).toMatch(/returned a non-zero code: 5/);
  });
};
