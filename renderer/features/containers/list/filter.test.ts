import { expect, it } from "vitest";
import type { ContainerInfo } from "dockerode";
import { toRow, type ContainerRow } from "../../../stores/container-row.ts";
import { chosen, matches, parseFilter, withTerm } from "./filter.ts";

function row(part: Partial<ContainerInfo>): ContainerRow {
  return toRow({ Id: "abc123", Names: ["/web"], Image: "ghcr.io/acme/shop:1", ImageID: "", Command: "node server.js", Created: 1, Ports: [{ IP: "", PrivatePort: 80, PublicPort: 8080, Type: "tcp" }], Labels: { "com.docker.compose.project": "My Shop", env: "prod" }, State: "running", Status: "Up 2 hours (healthy)", HostConfig: { NetworkMode: "" }, NetworkSettings: { Networks: {} }, Mounts: [], ...part }, 0, undefined);
}

const web = row({});

it.each([
  ["", true],
  ["WEB shop", true],
  ["web nginx", false],
  ["8080", true],
  ["state:running", true],
  ["state:exited,running", true],
  ["state:exited", false],
  ["-state:exited web", true],
  ["-state:running", false],
  ["health:healthy", true],
  ['project:"my shop"', true],
  ["project:my", false],
  ["image:ACME", true],
  ["label:env", true],
  ["label:env=prod", true],
  ["label:env=test", false],
  ["port:80 port:8080", true],
  ["port:81", false],
  ["state: web", true],
  ["nothing:known", false],
])("%s", (text, expected) => {
  expect(matches(web, parseFilter(text))).toBe(expected);
});

it("tells a container without health checks from a healthy one", () => {
  expect(matches(row({ Status: "Up 2 hours" }), parseFilter("health:none"))).toBe(true);
});

it("replaces the values of a key and leaves the rest of what was typed", () => {
  expect(withTerm("web state:exited port:80", "state", ["running", "paused"])).toBe("web port:80 state:running,paused");
  expect(withTerm("web state:exited", "state", [])).toBe("web");
  expect(withTerm("", "project", ["my shop"])).toBe('project:"my shop"');
  expect(chosen('project:"my shop",Other', "project")).toEqual(["my shop", "other"]);
  expect(chosen("-state:exited", "state")).toEqual([]);
});
