import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import type { Suite } from "../lab.ts";
import { compose as composeIn, composeProgram } from "../../fixtures/compose.ts";
import { tempDir } from "../../fixtures/exec.ts";
import type { Result } from "../../fixtures/exec.ts";

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
    const compose = (...args: string[]): Promise<Result> => composeIn(program!, args, { socket: lab().engine.socket, directory: dir.path, name: "twoservices" });
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
