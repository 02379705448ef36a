import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { chainTo, circles, importGraph, importsOf } from "./graph.ts";
import { ENGINE_LAYERS, whyForbidden } from "./layers.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

describe("direction of imports", () => {
  test("every import of the repository follows the table", async () => {
    const edges = await importGraph(root);
    const offences = edges.flatMap((edge) => {
      const reason = whyForbidden(edge.from, edge.to);
      if (reason === undefined) return [];
      return [`${edge.from}:${String(edge.line)} imports ${edge.to}: ${reason}\n    ${[...chainTo(edges, edge.from), edge.to].join(" -> ")}`];
    });
    expect(offences.join("\n")).toBe("");
  });

  test("no file imports itself by way of others", async () => {
    expect(circles(await importGraph(root)).map(({ from, to, line }) => `${from}:${line} imports ${to}`)).toEqual([]);
  });

  test("circles are found, with nothing around them", () => {
    const edges = ["main a", "a b", "b c", "c a", "c leaf", "other leaf"].map((pair) => ({ from: pair.split(" ")[0]!, to: pair.split(" ")[1]!, line: 1 }));
    expect(circles(edges).map(({ from, to }) => `${from} ${to}`)).toEqual(["a b", "b c", "c a"]);
  });

  test.each([
    ["engine/content/blobs.ts", "engine/images/pull.ts"],
    ["engine/base/ids.ts", "node:fs"],
    ["engine/images/pull.ts", "koffi"],
    ["engine/api/server.ts", "electron/ipc/codec.ts"],
    ["engine/invented/x.ts", "engine/base/ids.ts"],
    ["electron/services/images.ts", "engine/images/pull.ts"],
    ["electron/services/builds.ts", "engine/archive/pack.ts"],
    ["electron/services/builds.ts", "engine/sys/mount.ts"],
    ["electron/main/main.ts", "engine/dockerfile/patterns/matcher.ts"],
    ["electron/services/images.ts", "electron"],
    ["electron/ipc/contract.ts", "electron/services/images.ts"],
    ["renderer/features/images/list.tsx", "renderer/features/containers/list.tsx"],
    ["renderer/features/images/list.tsx", "electron/ipc/client.ts"],
    ["renderer/ui/button.tsx", "electron/ipc/contract/images.ts"],
    ["renderer/ui/button.tsx", "renderer/stores/images.ts"],
    ["renderer/lib/format.ts", "node:path"],
    ["engine/images/pull.ts", "engine/images/pull.test.ts"],
  ])("%s must not import %s", (from, to) => {
    expect(whyForbidden(from, to)).toBeTypeOf("string");
  });

  test.each([
    ["engine/images/pull.ts", "engine/content/content.ts"],
    ["engine/images/pull.test.ts", "engine/daemon/daemon.ts"],
    ["engine/sys/flock.ts", "koffi"],
    ["engine/images/pull.test.ts", "node:fs/promises"],
    ["electron/main/app.ts", "electron/services/images.ts"],
    ["electron/services/builds.ts", "engine/dockerfile/patterns/matcher.ts"],
    ["electron/services/builds.ts", "engine/archive/tar-writer.ts"],
    ["electron/ipc/contract/builds.ts", "engine/build/events.ts"],
    ["renderer/bridge/bridge.ts", "electron/ipc/contract.ts"],
    ["renderer/stores/images.ts", "electron/ipc/contract/images.ts"],
    ["renderer/app/shell.tsx", "renderer/features/images/list.tsx"],
    ["renderer/vite.config.ts", "node:path"],
  ])("%s may import %s", (from, to) => {
    expect(whyForbidden(from, to)).toBeUndefined();
  });

  test("all forms of import are seen", () => {
    const text = [
      `import a from "./a.ts";`,
      `import type { B } from "../oci/b.ts";`,
      `export { c } from "./c.ts";`,
      `export * from "./d.ts";`,
      `await import("./e.ts");`,
      `new Worker(new URL("./f.ts", import.meta.url));`,
      `type G = import("./g.ts").G;`,
      `import "node:fs";`,
    ].join("\n");
    expect(importsOf("engine/base/x.ts", text).map(({ to, line }) => [line, to]).sort(([a], [b]) => Number(a) - Number(b))).toEqual([
      [1, "engine/base/a.ts"],
      [2, "engine/oci/b.ts"],
      [3, "engine/base/c.ts"],
      [4, "engine/base/d.ts"],
      [5, "engine/base/e.ts"],
      [6, "engine/base/f.ts"],
      [7, "engine/base/g.ts"],
      [8, "node:fs"],
    ]);
  });

  test("the message shows how the offending file is reached", () => {
    const edges = [{ from: "main.ts", to: "a.ts", line: 1 }, { from: "a.ts", to: "b.ts", line: 1 }];
    expect(chainTo(edges, "b.ts")).toEqual(["main.ts", "a.ts", "b.ts"]);
  });

  test("docs/architecture.md lists the layers of the table, in its order", async () => {
    const page = await readFile(`${root}/docs/architecture.md`, "utf8");
    const listed = [...page.matchAll(/^\| `engine\/([a-z]+)` \| (.+) \|$/gm)].map((match) => `${match[1] ?? ""}: ${match[2] ?? ""}`);
    expect(listed).toEqual(ENGINE_LAYERS.map((layer) => `${layer.name}: ${layer.purpose}`));
  });
});
