import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeDirectories, resolvePaths } from "./paths.ts";

const UID = 54321;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "slipway-paths-"));
  chmodSync(folder, 0o755);
});
afterEach(() => rmSync(folder, { recursive: true }));

test("root's engine lives in the system's directories", () => {
  expect(resolvePaths({}, { uid: 0, env: {} })).toEqual({
    root: "/var/lib/slipway",
    run: "/run/slipway",
    socket: "/run/slipway/slipway.sock",
    rootless: false,
    holder: "/run/slipway/holder",
    forwarder: "/run/slipway/loopback.sock",
    log: "/run/slipway/engine.log",
  });
});

test("a user's engine follows the XDG directories", () => {
  chownSync(folder, UID, UID);
  const paths = resolvePaths({}, { uid: UID, env: { HOME: "/home/u", XDG_DATA_HOME: "/data", XDG_RUNTIME_DIR: folder } });
  expect(paths).toMatchObject({ root: "/data/slipway", run: `${folder}/slipway`, socket: `${folder}/slipway/slipway.sock`, rootless: true });
});

test.each([["no runtime directory", undefined], ["root's, left behind by su", "/root"], ["a relative one", "run"]])("%s: /tmp", (_, runtime) => {
  const env = { HOME: "/home/u", ...(runtime === undefined ? {} : { XDG_RUNTIME_DIR: runtime }) };
  expect(resolvePaths({}, { uid: UID, env })).toMatchObject({ root: "/home/u/.local/share/slipway", run: `/tmp/slipway-${String(UID)}` });
});

test("a data root of one's own gets a run directory of its own", () => {
  const user = { uid: 0, env: {} };
  const [a, b] = [resolvePaths({ root: "/srv/a" }, user), resolvePaths({ root: "/srv/b" }, user)];
  expect(new Set([a.run, b.run, "/run/slipway"]).size).toBe(3);
  expect(resolvePaths({ root: "/srv/a", run: "/srv/run" }, user).run).toBe("/srv/run");
});

test("an address is a path with or without its scheme", () => {
  expect(resolvePaths({ socket: "unix:///x.sock" }, { uid: 0, env: {} }).socket).toBe("/x.sock");
  expect(resolvePaths({ socket: "/x.sock" }, { uid: 0, env: {} }).socket).toBe("/x.sock");
});

test("directories are made for their owner alone", () => {
  const paths = resolvePaths({ root: join(folder, "a/root"), run: join(folder, "run") }, { uid: 0, env: {} });
  makeDirectories(paths, { uid: 0, env: {} });
  makeDirectories(paths, { uid: 0, env: {} });
  expect([paths.root, paths.run].map((path) => statSync(path).mode & 0o777)).toEqual([0o700, 0o700]);
});

test("a directory that somebody else put there first is refused, and so is a link", () => {
  const [theirs, link] = [join(folder, "theirs"), join(folder, "link")];
  mkdirSync(theirs);
  chownSync(theirs, UID, UID);
  symlinkSync(theirs, link);
  expect(() => makeDirectories(resolvePaths({ root: folder, run: theirs }, { uid: 0, env: {} }), { uid: 0, env: {} })).toThrow(`belongs to user ${String(UID)}`);
  expect(() => makeDirectories(resolvePaths({ root: folder, run: link }, { uid: UID, env: {} }), { uid: UID, env: {} })).toThrow("belongs to user 0");
});
