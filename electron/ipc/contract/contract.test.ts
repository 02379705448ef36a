import { describe, expect, it } from "vitest";
import { containerRef, imageRef } from "./common.ts";
import { containerForm } from "./container-form.ts";
import { registryHost } from "./registries.ts";

describe("references", () => {
  it.each(["busybox", "busybox:1.36", "ghcr.io/a/b:v1", "localhost:5000/x", "[::1]:5000/x", `sha256:${"a".repeat(64)}`, `r.io/a/b@sha256:${"0".repeat(64)}`])("%s may be an image", (reference) => {
    expect(imageRef.safeParse(reference).success).toBe(true);
  });

  it.each(["", "../x", "a/../../containers/b", "a/./b", "a//b", "a/", "a b", "a?force=1", "a#b", "a%2fb", "a\nb", "-rf"])("%j is no image", (reference) => {
    expect(imageRef.safeParse(reference).success).toBe(false);
  });

  it.each(["", "..", "a/b", "a?x", "a b", "a%20b", "x".repeat(256)])("%j is no container", (reference) => {
    expect(containerRef.safeParse(reference).success).toBe(false);
  });
});

describe("registries", () => {
  it.each(["docker.io", "ghcr.io", "localhost", "127.0.0.1:5000", "[::1]:5000", "123456789012.dkr.ecr-fips.us-east-1.amazonaws.com", "a_b.example:65535"])("%s may be one", (host) => {
    expect(registryHost.safeParse(host).success).toBe(true);
  });

  it.each(["", "https://ghcr.io", "ghcr.io/", "a b", "user@host", "host?x", "-x", "host:", "host:123456", "[::1", "..", "a#b", "%2e"])("%j is none", (host) => {
    expect(registryHost.safeParse(host).success).toBe(false);
  });
});

describe("the run form", () => {
  it("is complete with an image alone", () => {
    expect(containerForm.parse({ image: "busybox" })).toMatchObject({ ports: [], env: [], restartPolicy: { name: "no" }, autoRemove: false });
  });

  it.each([
    [{ name: "-x" }, "name"],
    [{ ports: [{ containerPort: 0 }] }, "ports.0.containerPort"],
    [{ ports: [{ containerPort: 80, hostIp: "localhost" }] }, "ports.0.hostIp"],
    [{ env: [{ name: "A=B", value: "" }] }, "env.0.name"],
    [{ volumes: [{ type: "bind", source: "relative", target: "/x" }] }, "volumes.0.source"],
    [{ volumes: [{ type: "volume", source: "a/b", target: "/x" }] }, "volumes.0.source"],
    [{ memoryBytes: 1000 }, "memoryBytes"],
    [{ command: ["a\0b"] }, "command.0"],
    [{ cpus: 0 }, "cpus"],
  ])("names the wrong field of %j", (change, path) => {
    const result = containerForm.safeParse({ image: "busybox", ...change });
    expect(result.error?.issues.map((issue) => issue.path.join("."))).toEqual([path]);
  });
});
