import { chownSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { namedEndpoint, ownEndpoint } from "./endpoint.ts";

const USER = 4_242;

it("is our own engine's socket when nothing else is asked for", () => {
  const runtime = mkdtempSync(join(tmpdir(), "slipway-runtime-"));
  try {
    expect(ownEndpoint({}, 0)).toMatchObject({ url: "unix:///run/slipway/slipway.sock", managed: true });
    expect(ownEndpoint({ SLIPWAY_SOCKET: "/x/own.sock" }, USER)).toMatchObject({ socketPath: "/x/own.sock", managed: true });
    // Another user's directory, as `su` leaves it behind, does not count.
    expect(ownEndpoint({ XDG_RUNTIME_DIR: runtime }, USER)).toMatchObject({ socketPath: `/tmp/slipway-${USER}/slipway.sock` });
    chownSync(runtime, USER, USER);
    expect(ownEndpoint({ XDG_RUNTIME_DIR: runtime }, USER)).toMatchObject({ socketPath: `${runtime}/slipway/slipway.sock`, managed: true });
  } finally {
    rmSync(runtime, { recursive: true });
  }
});

it("is any other daemon's when named, and then not ours to stop", () => {
  expect(namedEndpoint("/var/run/docker.sock", {}, 0)).toMatchObject({ type: "unix", url: "unix:///var/run/docker.sock", managed: false });
  expect(namedEndpoint(undefined, { SLIPWAY_HOST: "unix:///x.sock" }, 0)).toMatchObject({ socketPath: "/x.sock", managed: false });
  expect(namedEndpoint(undefined, {}, 0)).toBeUndefined();
  expect(namedEndpoint("ssh://me@build.example:2222/run/x.sock", {}, 0)).toMatchObject({ type: "ssh", user: "me", host: "build.example", port: 2222, socketPath: "/run/x.sock", managed: false });
  expect(namedEndpoint("ssh://build.example", {}, 0)).toMatchObject({ type: "ssh", user: undefined, port: undefined, socketPath: undefined });
  expect(namedEndpoint("tcp://[::1]:2375", {}, 0)).toMatchObject({ type: "tcp", host: "::1", port: 2375, managed: false });
  expect(namedEndpoint("unix:///run/slipway/slipway.sock", {}, 0)?.managed).toBe(true);
});

it.each(["relative.sock", "tcp://host", "tcp://host:0", "tcp://host:99999", "https://host:1", "ssh://", "ssh://-oProxyCommand=x", "ssh://-x@host", "ssh://host:0", "ssh://host?x"])("refuses %s", (address) => {
  expect(() => namedEndpoint(address, {}, 0)).toThrow(/is not an engine address/);
});
