/** The packages' configuration: electron-builder accepts it, what it names is there, and it asks for what the engine needs. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import config from "./electron-builder.config.mjs";
import { electronPath } from "./electron.mjs";
import { engineDependencies } from "./package-dependencies.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const rows = JSON.parse(readFileSync(join(ROOT, "engine/launch/packages.json"), "utf8")) as { id: string; when: string; optional?: boolean; apt: string; dnf: string }[];
const names = (list: readonly string[]): string[] => list.flatMap((entry) => entry.replace(/[()]/g, "").split(/ \| | or /));

describe("the configuration", () => {
  it("is one that electron-builder accepts", async () => {
    const require = createRequire(import.meta.url);
    const { validateConfiguration } = require("app-builder-lib/out/util/config/config") as { validateConfiguration(config: object, logger: object): Promise<void> };
    await validateConfiguration(structuredClone(config), { isEnabled: false, add: () => undefined });
  });

  it("makes the packages of every platform", () => {
    expect(config.linux?.target).toEqual(["deb", "rpm", "AppImage"]);
    expect(config.mac?.target).toEqual(["dmg"]);
    expect(config.win?.target).toEqual(["nsis"]);
  });

  it("names files that are there, with an icon as large as every platform wants", () => {
    const png = readFileSync(join(ROOT, config.icon ?? ""));
    expect(png.subarray(1, 4).toString("latin1")).toBe("PNG");
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([512, 512]);
    const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { main: string; license: string };
    const files = config.files as string[];
    for (const file of files.filter((entry) => !entry.startsWith("!") && !entry.startsWith("dist/"))) expect(existsSync(join(ROOT, file.replace(/\/\*\*$/, "")))).toBe(true);
    expect(files).toContain(`${manifest.main.replace("./", "").replace(/\/[^/]+$/, "")}/**`);
    // What the host looks for beside its own bundle, see electron/services/engine-process.ts and electron/main.
    for (const folder of ["dist/engine/**", "dist/renderer/**", "assets/**"]) expect(files).toContain(folder);
    expect(files.some((entry) => entry.startsWith("bin") || entry.startsWith("scripts"))).toBe(false);
  });

  it("registers slipway:// and a desktop entry", () => {
    expect(config.protocols).toEqual([{ name: "Slipway", schemes: ["slipway"] }]);
    expect(config.linux?.desktop).toMatchObject({ entry: { Name: "Slipway", MimeType: "x-scheme-handler/slipway;" } });
  });
});

describe.each(["apt", "dnf"] as const)("dependencies for %s", (manager) => {
  const { depends, recommends } = engineDependencies(manager);

  it("are exactly what packages.json lists, needed and optional apart", () => {
    const needed = new Set(rows.filter((row) => row.when !== "window" && row.optional !== true).map((row) => row[manager]));
    const optional = new Set(rows.filter((row) => row.when !== "window" && row.optional === true).map((row) => row[manager]));
    expect(new Set(names(depends))).toEqual(needed);
    // crun is optional where runc is needed, and the other way round: either satisfies.
    expect(new Set(recommends)).toEqual(optional);
    expect(depends).toContain(manager === "apt" ? "crun | runc" : "(crun or runc)");
  });

  it("are those of the package", () => {
    const own = manager === "apt" ? config.deb?.depends : config.rpm?.depends;
    expect(own).toEqual(expect.arrayContaining(depends));
    if (manager === "apt") expect(config.deb?.recommends).toEqual(recommends);
    else expect(config.rpm?.fpm).toEqual(recommends.map((name) => `--rpm-tag=Recommends: ${name}`));
  });
});

it.runIf(electronPath() === undefined)("says in one sentence what is missing where Electron's binary is, and leaves nothing half done", () => {
  const { status, stderr } = spawnSync(process.execPath, [join(ROOT, "scripts/dist.mjs")], { encoding: "utf8", env: { ...process.env, ELECTRON_MIRROR: "http://127.0.0.1:1/" } });
  expect(stderr.trim()).toMatch(/^slipway: no packages were made: they hold Electron's binary/);
  expect(status).toBe(3);
  expect(existsSync(join(ROOT, "dist/packages.partial"))).toBe(false);
});
