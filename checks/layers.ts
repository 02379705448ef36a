/**
 * The direction of imports, as data. This one table feeds the check (`checks/imports.test.ts`), and the list in
 * docs/architecture.md is compared with it: change the table and the page together.
 */
export interface Layer {
  readonly name: string;
  /** What the folder is for, in the words of docs/architecture.md. */
  readonly purpose: string;
}

/** Folders of `engine/`: each imports only from itself and from folders above it. */
export const ENGINE_LAYERS: readonly Layer[] = [
  { name: "base", purpose: "closed error codes, branded ids, digests, disposables, abort, typed events: no I/O, no DOM" },
  { name: "oci", purpose: "descriptors, manifests, configs, media types, platforms, reference grammar: pure" },
  { name: "sys", purpose: "the only folder that touches the kernel: system calls, mounts, xattrs, processes, locks" },
  { name: "archive", purpose: "streaming tar, compression, whiteouts, safe paths" },
  { name: "store", purpose: "node:sqlite: schema, migrations, one repository per aggregate" },
  { name: "content", purpose: "content-addressed blobs: ingest, verify, resume, walk" },
  { name: "snapshots", purpose: "overlayfs layers: prepare, view, commit, usage" },
  { name: "files", purpose: "files of containers and volumes: list, read, write, search, layer of origin" },
  { name: "runtime", purpose: "OCI spec, conmon and runc or crun driver, exec, attach, stats" },
  { name: "logs", purpose: "container log files: read, tail, follow, rotate" },
  { name: "networks", purpose: "bridges, address management, port publishing, DNS" },
  { name: "volumes", purpose: "named volumes" },
  { name: "registry", purpose: "the distribution protocol as streams: transport, auth, client" },
  { name: "gc", purpose: "leases for work in progress; mark as a pure function; sweep" },
  { name: "images", purpose: "image records; pull, push, transfers, unpack, diff, save, load, import" },
  { name: "dockerfile", purpose: "text to tree to typed instructions to plan: pure" },
  { name: "build", purpose: "build graph, cache, execution, context" },
  { name: "containers", purpose: "lifecycle state machine, create, health, restart" },
  { name: "bin", purpose: "what was removed and can be brought back, until it expires" },
  { name: "disk", purpose: "the ledger of what takes space: who holds what, what a removal frees" },
  { name: "api", purpose: "the Docker Engine HTTP API: one folder per resource, one error-to-status table" },
  { name: "daemon", purpose: "the composition root: builds everything, listens, stops in order" },
  { name: "launch", purpose: "rootful or rootless start, requirements check, socket, supervision" },
  { name: "cli", purpose: "the `slipway` command" },
];

/** Folders of `renderer/`: each imports only what is listed, besides itself. */
const RENDERER_IMPORTS: Readonly<Record<string, readonly string[]>> = {
  lib: [],
  ui: ["lib"],
  bridge: ["lib"],
  stores: ["lib", "bridge"],
  features: ["lib", "ui", "bridge", "stores"],
  app: ["lib", "ui", "bridge", "stores", "features"],
};

/** Folders of `electron/`: each imports only what is listed, besides itself. */
const ELECTRON_IMPORTS: Readonly<Record<string, readonly string[]>> = {
  ipc: [],
  services: ["ipc"],
  preload: ["ipc"],
  main: ["ipc", "services"],
  "browser-host": ["ipc", "services"],
};

/**
 * What of the engine the desktop's services use too. All of it computes and does no I/O: a Dockerfile, an ignore file and a tar of a context mean the
 * same in both halves, also where the engine is not ours.
 */
const SHARED_WITH_SERVICES = /^engine\/(dockerfile\/|base\/errors\.ts$|archive\/(archive|tar-writer)\.ts$|sys\/names\.ts$)/;

/** Types that are the vocabulary of both halves: what a build says, and what a Dockerfile is. */
const SHARED_WITH_CONTRACT = ["engine/build/events.ts", "engine/dockerfile/dockerfile.ts"];

/** Folders that compute and do no I/O, and the few Node modules that only compute. */
const PURE_ENGINE_FOLDERS = ["base", "oci", "dockerfile"];
const PURE_NODE_MODULES = ["node:crypto", "node:path", "node:path/posix", "node:util", "node:buffer"];

/**
 * Judges one import by the table.
 *
 * @param from importing file, relative to the repository, with `/`
 * @param to imported file, relative to the repository, or a package name such as `node:fs` or `react`
 * @returns why the import is not allowed, or undefined
 */
export function whyForbidden(from: string, to: string): string | undefined {
  if (isTest(from)) return isTest(to) || isPackage(to) ? undefined : whyForbiddenPart(from, to);
  // The benchmark drives engines with the harness of the end-to-end tests.
  if (isTest(to)) return from.startsWith("bench/") && /^e2e\/(fixtures|harness)\//.test(to) ? undefined : "code never imports a test";
  return isPackage(to) ? whyForbiddenPackage(from, to) : whyForbiddenPart(from, to);
}

function whyForbiddenPart(from: string, to: string): string | undefined {
  const [part, folder = ""] = from.split("/");
  const [targetPart, targetFolder = ""] = to.split("/");
  if (part === "engine") {
    if (targetPart !== "engine") return isTest(from) && targetPart === "e2e" ? undefined : `engine/ imports nothing from ${targetPart}/`;
    const own = layerIndex(folder);
    const target = layerIndex(targetFolder);
    if (own < 0) return `engine/${folder} is not in the table of checks/layers.ts: give it a place there`;
    // A test may build what it tests against from anywhere in the engine's own half.
    if (target > own && !isTest(from)) return `engine/${folder} may import only folders above it in the table, and ${targetFolder} is below`;
    return undefined;
  }
  if (part === "electron") {
    if (from === "electron/ipc/contract/builds.ts" && SHARED_WITH_CONTRACT.includes(to)) return undefined;
    if (folder === "services" && SHARED_WITH_SERVICES.test(to)) return undefined;
    if (targetPart !== "electron") return `electron/ imports nothing from ${targetPart}/: it speaks to the engine through its socket`;
    return isTest(from) ? undefined : whyNotListed("electron", ELECTRON_IMPORTS, folder, targetFolder);
  }
  if (part === "renderer") {
    if (targetPart === "electron") {
      // The contract and its errors are the vocabulary of both sides; what carries them is the bridge's business.
      const vocabulary = /^electron\/ipc\/(contract\/|errors\.ts$)/.test(to) && ["stores", "features", "app"].includes(folder);
      return targetFolder === "ipc" && (folder === "bridge" || vocabulary || isTest(from)) ? undefined : "renderer/ talks to its host only through renderer/bridge";
    }
    if (targetPart !== "renderer") return `renderer/ imports nothing from ${targetPart}/`;
    if (folder === "features" && targetFolder === "features" && from.split("/")[2] !== to.split("/")[2]) {
      return "features never import each other: move what they share to stores/, ui/ or lib/";
    }
    return isTest(from) ? undefined : whyNotListed("renderer", RENDERER_IMPORTS, folder, targetFolder);
  }
  return undefined;
}

function whyNotListed(part: string, table: Readonly<Record<string, readonly string[]>>, folder: string, target: string): string | undefined {
  // Files directly in the part (its entry, its Vite configuration) tie the folders together.
  if (folder.includes(".") || folder === target) return undefined;
  const allowed = table[folder];
  if (allowed === undefined) return `${part}/${folder} is not in the table of checks/layers.ts: give it a place there`;
  return allowed.includes(target) ? undefined : `${part}/${folder} may import only ${allowed.join(", ") || "itself"}`;
}

function whyForbiddenPackage(from: string, to: string): string | undefined {
  const [part, folder = ""] = from.split("/");
  if (part === "renderer" && to.startsWith("node:") && !from.endsWith(".config.ts")) return "renderer/ runs in a browser and has no Node modules";
  if (part === "renderer" && to === "electron") return "renderer/ knows no Electron: only its bridge's host global";
  if (part === "engine" && to === "electron") return "the engine runs without Electron";
  if (part === "electron" && to === "electron" && folder !== "main" && folder !== "preload") return "only electron/main and electron/preload know Electron";
  if (part === "engine" && PURE_ENGINE_FOLDERS.includes(folder) && to.startsWith("node:") && !PURE_NODE_MODULES.includes(to)) {
    return `engine/${folder} computes and does no I/O: of Node only ${PURE_NODE_MODULES.join(", ")}`;
  }
  if (part === "engine" && folder !== "sys" && to === "koffi") return "only engine/sys calls the kernel through koffi";
  return undefined;
}

function layerIndex(folder: string): number {
  return ENGINE_LAYERS.findIndex((layer) => layer.name === folder);
}

function isPackage(target: string): boolean {
  return !/^(engine|electron|renderer|e2e|bench|checks|scripts|bin)\//.test(target);
}

/** Tests, and what exists only for them: fixtures and conformance suites. */
function isTest(file: string): boolean {
  return /\.(test|suite|fixture|fixtures)\.tsx?$/.test(file) || /\/(testing|testsuite|fixtures)\//.test(file) || file.startsWith("e2e/");
}
