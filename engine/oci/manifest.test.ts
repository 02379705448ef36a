import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Digest } from "../base/ids.ts";
import { chainIds, parseImageConfig, validateImage } from "./config.ts";
import { MEDIA_TYPES } from "./descriptor.ts";
import { assertRunnable, isLayerType, parseManifest } from "./manifest.ts";

const DIGEST = `sha256:${"1".repeat(64)}` as Digest;
const encode = (value: unknown): Uint8Array => new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));
const config = { mediaType: MEDIA_TYPES.ociConfig, digest: DIGEST, size: 2 };
const layer = { mediaType: MEDIA_TYPES.ociLayerGzip, digest: DIGEST, size: 3 };
const manifest = { schemaVersion: 2, mediaType: MEDIA_TYPES.ociManifest, config, layers: [layer] };

describe("parseManifest", () => {
  test("reads manifests and indexes, with and without media types", () => {
    expect(parseManifest(encode(manifest))).toMatchObject({ type: "manifest", mediaType: MEDIA_TYPES.ociManifest, manifest: { layers: [layer] } });
    expect(parseManifest(encode({ schemaVersion: 2, config, layers: null }), MEDIA_TYPES.dockerManifest)).toMatchObject({ type: "manifest", mediaType: MEDIA_TYPES.dockerManifest });
    expect(parseManifest(encode({ schemaVersion: 2, manifests: [] }))).toMatchObject({ type: "index", mediaType: MEDIA_TYPES.ociIndex });
    expect(parseManifest(encode({ schemaVersion: 2, manifests: [{ ...config, platform: { os: "linux", architecture: "arm", variant: "" } }] }), "text/plain"))
      .toMatchObject({ index: { manifests: [{ platform: { os: "linux", architecture: "arm" } }] } });
  });

  test.each([
    ["not json", "{", "not valid JSON"],
    ["not utf-8", "\ud800", "not valid JSON"],
    ["an array", [], "must be an object"],
    ["schema 1", { schemaVersion: 1 }, "schema version 1"],
    ["no schema", {}, "schemaVersion must be 2"],
    ["both kinds", { ...manifest, manifests: [] }, "at the same time"],
    ["no config", { schemaVersion: 2, layers: [] }, "config must be an object"],
    ["bad digest", { ...manifest, config: { ...config, digest: "sha256:../../etc" } }, "config.digest must be a sha256 digest"],
    ["negative size", { ...manifest, layers: [{ ...layer, size: -1 }] }, "layers[0].size"],
    ["huge size", { ...manifest, layers: [{ ...layer, size: 1e300 }] }, "layers[0].size"],
    ["too many layers", { ...manifest, layers: Array(501).fill(layer) }, "501 entries in layers"],
    ["unknown type", { ...manifest, mediaType: "text/html" }, "unknown media type text/html"],
    ["wrong annotations", { ...manifest, annotations: { a: 1 } }, "annotations.a must be a string"],
  ])("refuses %s", (_name, value, sentence) => {
    expect(() => parseManifest(encode(value))).toThrow(sentence);
  });

  test("refuses a transport that says otherwise, and too many bytes", () => {
    expect(() => parseManifest(encode(manifest), MEDIA_TYPES.ociIndex)).toThrow("but says that it is");
    expect(() => parseManifest(new Uint8Array((4 << 20) + 1))).toThrow("more than the 4194304 allowed");
    expect(() => parseManifest(encode(`${"[".repeat(2_000_000)}`))).toThrow("not valid JSON");
  });

  test("any JSON either parses or is invalidArgument", () => {
    const broken = fc.record({ schemaVersion: fc.constantFrom(2, "2", null), config: fc.jsonValue(), layers: fc.jsonValue(), manifests: fc.option(fc.jsonValue(), { nil: undefined }) }, { requiredKeys: ["schemaVersion"] });
    fc.assert(fc.property(fc.oneof(broken, fc.jsonValue()), (value) => {
      for (const parse of [parseManifest, parseImageConfig]) {
        try {
          parse(encode(value));
        } catch (error) {
          expect(error).toMatchObject({ code: "invalidArgument" });
        }
      }
    }));
  });
});

test("artefacts are refused by name and type", () => {
  assertRunnable({ schemaVersion: 2, config, layers: [layer] }, "a");
  const helm = { ...config, mediaType: "application/vnd.cncf.helm.config.v1+json" };
  expect(() => assertRunnable({ schemaVersion: 2, config: helm, layers: [] }, "chart:1")).toThrow("chart:1 is not a container image but an artefact of type application/vnd.cncf.helm.config.v1+json");
  expect(() => assertRunnable({ schemaVersion: 2, config, layers: [{ ...layer, mediaType: "application/vnd.in-toto+json" }] }, "a")).toThrow("unsupported media type");
  expect(Object.values(MEDIA_TYPES).filter((type) => isLayerType(type))).toHaveLength(5);
});

describe("parseImageConfig", () => {
  const valid = { architecture: "amd64", os: "linux", rootfs: { type: "layers", diff_ids: [DIGEST] } };

  test("reads what Docker and OCI write, null and unknown fields included", () => {
    const parsed = parseImageConfig(encode({
      ...valid, container: "x", created: "2020-01-01T00:00:00Z",
      config: { Env: ["A=1"], Cmd: null, Entrypoint: ["/a"], ExposedPorts: { "80/tcp": {} }, Labels: null, Healthcheck: { Test: ["NONE"] }, Hostname: "h" },
      history: [{ created_by: "x", empty_layer: true }, { empty_layer: false }],
    }));
    expect(parsed.config).toEqual({ Env: ["A=1"], Entrypoint: ["/a"], ExposedPorts: { "80/tcp": {} }, Healthcheck: { Test: ["NONE"] } });
    expect(parsed.history).toEqual([{ created_by: "x", empty_layer: true }, {}]);
  });

  test.each([
    [{ os: "linux" }, "rootfs must be an object"],
    [{ ...valid, rootfs: { type: "windows", diff_ids: [] } }, "rootfs.type"],
    [{ ...valid, config: { Env: "A=1" } }, "config.Env must be an array"],
    [{ ...valid, config: { Cmd: [1] } }, "config.Cmd[0] must be a string"],
    [{ ...valid, rootfs: { type: "layers", diff_ids: ["md5:1"] } }, "rootfs.diff_ids[0]"],
  ])("refuses %j", (value, sentence) => expect(() => parseImageConfig(encode(value))).toThrow(sentence));

  test("a config must fit its manifest", () => {
    const parsed = parseImageConfig(encode(valid));
    validateImage({ schemaVersion: 2, config, layers: [layer] }, parsed, "a");
    expect(() => validateImage({ schemaVersion: 2, config, layers: [] }, parsed, "a")).toThrow("a is inconsistent: its manifest has 0 layers, its configuration 1");
    expect(() => validateImage({ schemaVersion: 2, config, layers: [layer] }, { ...parsed, history: [{}, {}] }, "a")).toThrow("history tells of 2 layers");
  });
});

test("chain ids as the specification's formula gives them", () => {
  const [a, b] = [DIGEST, `sha256:${"2".repeat(64)}` as Digest];
  expect(chainIds([])).toEqual([]);
  expect(chainIds([a])).toEqual([a]);
  // printf '%s %s' "$a" "$b" | sha256sum
  expect(chainIds([a, b])[1]).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(chainIds([a, b, a])[2]).not.toBe(chainIds([a, b])[1]);
});
