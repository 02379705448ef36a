import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseOptions } from "./options.ts";
import { registryOptions } from "./registries.ts";
import { readSettings, settingsPath } from "./settings.ts";

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), "slipway-settings-"))));
afterAll(() => rmSync(folder, { recursive: true }));

function written(text: string): string {
  const path = join(folder, "engine.json");
  writeFileSync(path, text);
  return path;
}

test("a file that is absent, or empty of settings, says nothing", () => {
  const nothing = { insecureRegistries: [], registryMirrors: [], proxy: {} };
  expect(readSettings(join(folder, "absent.json"))).toEqual(nothing);
  expect(readSettings(written("{}"))).toEqual(nothing);
});

test("root's lies in /etc, a user's in the user's configuration", () => {
  expect(settingsPath({ HOME: "/root" }, false)).toBe("/etc/slipway/engine.json");
  expect(settingsPath({ HOME: "/home/me" }, true)).toBe("/home/me/.config/slipway/engine.json");
  expect(settingsPath({ HOME: "/home/me", XDG_CONFIG_HOME: "/c" }, true)).toBe("/c/slipway/engine.json");
  expect(settingsPath({}, true)).toBeUndefined();
});

test("joins what the command line says; its proxies come before the environment's", () => {
  const settings = readSettings(written('{"insecure-registries": ["10.0.0.0/8"], "registry-mirrors": ["https://near.example"], "proxies": {"https-proxy": "http://gate:3128", "no-proxy": ".corp"}}'));
  const options = { ...parseOptions(["--root", "/r", "--run", "/n", "--socket", "/s", "--insecure-registry", "old:5000"], {}), version: "1" };
  expect(registryOptions(options, settings, { HTTPS_PROXY: "http://other:1", HTTP_PROXY: "http://plain:2", NO_PROXY: "x" }, false)).toMatchObject({
    insecureRegistries: ["old:5000", "10.0.0.0/8"], mirrors: ["https://near.example"],
    proxy: { https: "http://gate:3128", http: "http://plain:2", no: ".corp" },
  });
});

test.each([
  ["{", /engine\.json cannot be used: it is no JSON/],
  ["[]", /the file must hold an object/],
  ['{"insecure-registry": []}', /"insecure-registry" is not known in the file; known are insecure-registries, registry-mirrors, proxies/],
  ['{"registry-mirrors": "https://m"}', /"registry-mirrors" must be a list of texts, not "https:\/\/m"/],
  ['{"proxies": {"https-proxy": 3128}}', /"https-proxy" must be a text/],
  ['{"proxies": {"ftp-proxy": "x"}}', /"ftp-proxy" is not known in "proxies"/],
])("refuses %s with a sentence", (text, sentence) => {
  expect(() => readSettings(written(text))).toThrow(sentence);
});
