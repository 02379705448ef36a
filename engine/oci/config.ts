import { createHash } from "node:crypto";
import { EngineError } from "../base/errors.ts";
import type { Digest, SnapshotKey } from "../base/ids.ts";
import type { HealthConfig, ImageConfig, ImageHistory, ImageManifest, ImageRunConfig } from "./descriptor.ts";
import { Reader, defined } from "./validate.ts";

/** Configs larger than this are refused. In bytes. */
export const MAX_CONFIG_BYTES = 8 << 20;
const MAX_LAYERS = 500;
const MAX_HISTORY = 10_000;

/**
 * Reads an image configuration (OCI image specification, config). Unknown fields are left out; the blob keeps them.
 * @throws EngineError `invalidArgument`
 */
export function parseImageConfig(bytes: Uint8Array): ImageConfig {
  const read = new Reader("the image configuration");
  const json = read.parse(bytes, MAX_CONFIG_BYTES);
  const text = (key: string): string | undefined => read.optional(json[key], (value) => read.string(value, key)) || undefined;
  const rootfs = read.object(json["rootfs"], "rootfs");
  if (rootfs["type"] !== "layers") throw read.wrong("rootfs.type", `"layers"`);
  const diffIds = read.array(rootfs["diff_ids"] ?? [], "rootfs.diff_ids", MAX_LAYERS).map((item, i) => read.digest(item, `rootfs.diff_ids[${i}]`));
  return defined({
    created: text("created"),
    author: text("author"),
    architecture: text("architecture") ?? "",
    os: text("os") ?? "",
    variant: text("variant"),
    "os.version": text("os.version"),
    "os.features": read.optional(json["os.features"], (value) => read.strings(value, "os.features")),
    config: read.optional(json["config"], (value) => readRunConfig(read, value)),
    rootfs: { type: "layers" as const, diff_ids: diffIds },
    history: read.optional(json["history"], (value) => read.array(value, "history", MAX_HISTORY).map((item, i) => readHistory(read, item, `history[${i}]`))),
    docker_version: text("docker_version"),
  });
}

function readRunConfig(read: Reader, value: unknown): ImageRunConfig {
  const json = read.object(value, "config");
  const field = <T>(key: string, how: (value: unknown, at: string) => T): T | undefined => read.optional(json[key], (item) => how(item, `config.${key}`));
  const strings = (item: unknown, at: string): readonly string[] => read.strings(item, at);
  const text = (item: unknown, at: string): string => read.string(item, at);
  return defined({
    User: field("User", text),
    ExposedPorts: field("ExposedPorts", (item, at) => read.set(item, at)),
    Env: field("Env", strings),
    Entrypoint: field("Entrypoint", strings),
    Cmd: field("Cmd", strings),
    Volumes: field("Volumes", (item, at) => read.set(item, at)),
    WorkingDir: field("WorkingDir", text),
    Labels: field("Labels", (item, at) => read.stringMap(item, at)),
    StopSignal: field("StopSignal", text),
    Shell: field("Shell", strings),
    OnBuild: field("OnBuild", strings),
    Healthcheck: field("Healthcheck", (item) => readHealth(read, item)),
    ArgsEscaped: field("ArgsEscaped", (item, at) => read.boolean(item, at)),
  });
}

function readHealth(read: Reader, value: unknown): HealthConfig {
  const at = "config.Healthcheck";
  const json = read.object(value, at);
  const number = (key: string): number | undefined => read.optional(json[key], (item) => read.number(item, `${at}.${key}`));
  return defined({
    Test: read.optional(json["Test"], (item) => read.strings(item, `${at}.Test`)),
    Interval: number("Interval"),
    Timeout: number("Timeout"),
    StartPeriod: number("StartPeriod"),
    StartInterval: number("StartInterval"),
    Retries: number("Retries"),
  });
}

function readHistory(read: Reader, value: unknown, at: string): ImageHistory {
  const json = read.object(value, at);
  const text = (key: string): string | undefined => read.optional(json[key], (item) => read.string(item, `${at}.${key}`)) || undefined;
  return defined({
    created: text("created"),
    created_by: text("created_by"),
    author: text("author"),
    comment: text("comment"),
    empty_layer: read.optional(json["empty_layer"], (item) => read.boolean(item, `${at}.empty_layer`)) || undefined,
  });
}

/**
 * Checks that a manifest and its config describe one image.
 * @param name the image in messages
 * @throws EngineError `invalidArgument`
 */
export function validateImage(manifest: ImageManifest, config: ImageConfig, name: string): void {
  if (manifest.layers.length !== config.rootfs.diff_ids.length) {
    throw new EngineError("invalidArgument", `${name} is inconsistent: its manifest has ${manifest.layers.length} layers, its configuration ${config.rootfs.diff_ids.length}`);
  }
  const filled = config.history?.filter((step) => step.empty_layer !== true).length;
  if (filled !== undefined && filled > manifest.layers.length) {
    throw new EngineError("invalidArgument", `${name} is inconsistent: its history tells of ${filled} layers, its manifest has ${manifest.layers.length}`);
  }
}

/** The chain ids of a layer stack, bottom first (OCI image specification, "Layer ChainID"): one snapshot key a layer. */
export function chainIds(diffIds: readonly Digest[]): readonly SnapshotKey[] {
  const chain: string[] = [];
  for (const diffId of diffIds) {
    const parent = chain.at(-1);
    chain.push(parent === undefined ? diffId : `sha256:${createHash("sha256").update(`${parent} ${diffId}`).digest("hex")}`);
  }
  return chain as string[] as SnapshotKey[];
}

/** The chain id of the top layer; null for an image without layers. */
export function topChainId(diffIds: readonly Digest[]): SnapshotKey | null {
  return chainIds(diffIds).at(-1) ?? null;
}
