import { afterAll, beforeAll, describe, expect } from "vitest";
import { pushTestImages } from "../fixtures/test-images.ts";
import { CAPABILITIES, startEngine } from "../fixtures/engines.ts";
import type { Capabilities, EngineKind, TestEngine } from "../fixtures/engines.ts";
import type { DockerCli } from "../fixtures/docker.ts";
import { PATIENCE } from "../fixtures/exec.ts";
import { leaksOf } from "../fixtures/leaks.ts";
import { startRegistry } from "../fixtures/registry.ts";
import type { TestRegistry } from "../fixtures/registry.ts";

/** What a suite works with: an engine of some kind and a registry filled with the test images. */
export interface Lab {
  readonly engine: TestEngine;
  readonly docker: DockerCli;
  readonly registry: TestRegistry;
  /** The full reference of a test image. */
  image(name: string): string;
  /** `HOST/busybox:latest`, already pulled. */
  readonly busybox: string;
}

/** A conformance suite: declares tests, given access to the lab that exists while they run. */
export type Suite = (lab: () => Lab, capabilities: Capabilities) => void;

const KINDS: readonly EngineKind[] = ["ours-rootful", "ours-rootless", "dockerd"];
/** The engines to test: `SLIPWAY_COMPAT_ENGINES` (comma-separated), else ours, as root and as a normal user. */
export function chosenKinds(): readonly EngineKind[] {
  const wanted = process.env["SLIPWAY_COMPAT_ENGINES"]?.split(",") ?? ["ours-rootful", "ours-rootless"];
  const kinds = KINDS.filter((kind) => wanted.includes(kind));
  const unknown = wanted.filter((name) => !KINDS.some((kind) => kind === name));
  if (unknown.length > 0) throw new Error(`SLIPWAY_COMPAT_ENGINES: unknown ${unknown.join(", ")}; known are ${KINDS.join(", ")}`);
  return process.getuid?.() === 0 ? kinds : kinds.filter((kind) => kind === "ours-rootless");
}

/**
 * Runs a suite once for each chosen engine, and fails when an engine leaks what its containers used.
 * @param suits which engines have what the suite is about at all
 */
export function onEachEngine(title: string, suite: Suite, suits: (capabilities: Capabilities) => boolean = () => true): void {
  for (const kind of chosenKinds()) if (suits(CAPABILITIES[kind])) onEngine(kind, title, suite);
}

function onEngine(kind: EngineKind, title: string, suite: Suite): void {
  describe(`${title} [${kind}]`, { timeout: 180_000 * PATIENCE }, () => {
    let lab: Lab | undefined;
    const stack = new AsyncDisposableStack();
    beforeAll(async () => {
      const registry = stack.use(await startRegistry());
      await pushTestImages(registry.url);
      const engine = stack.use(await startEngine(kind));
      const image = (name: string): string => `${registry.host}/${name}`;
      const busybox = image("busybox:latest");
      await engine.docker.ok("pull", "-q", busybox);
      lab = { engine, docker: engine.docker, registry, image, busybox };
      // There is one dockerd at a time on a machine: it may have to wait for another one's end.
    }, (kind === "dockerd" ? 390_000 : 90_000) * PATIENCE);
    afterAll(async () => {
      try {
        if (lab) await expectNoLeaks(lab);
      } finally {
        await stack.disposeAsync();
      }
    }, 90_000 * PATIENCE);
    suite(() => lab!, CAPABILITIES[kind]);
  });
}

/** Removes all containers and fails when the engine still holds something for them. */
export async function expectNoLeaks({ engine, docker }: Lab): Promise<void> {
  const ids = (await docker.ok("ps", "-aq", "--no-trunc")).split("\n").filter(Boolean);
  if (ids.length > 0) await docker.ok("rm", "-fv", ...ids);
  expect(await leaksOf(engine, ids)).toEqual([]);
}

let counter = 0;

/** A container name that no other test uses. */
export function newName(hint = "c"): string {
  counter += 1;
  return `${hint}-${process.pid}-${counter}`;
}
