import { expect, it } from "vitest";
import type { PortBinding } from "../../../electron/ipc/contract/ports.ts";
import { bindingName, conflictWords, guessUrl, hostAddress, matchesPort, severity } from "./port-words.ts";

function binding(part: Partial<PortBinding> = {}): PortBinding {
  return { containerId: "1", containerName: "web", image: "nginx", state: "running", hostIp: "", hostPort: 8080, containerPort: 80, protocol: "tcp", live: true, rivals: [], ...part };
}

it("guesses where a browser finds something", () => {
  expect(guessUrl(binding())).toBe("http://localhost:8080");
  expect(guessUrl(binding({ containerPort: 443, hostIp: "192.168.1.5" }))).toBe("https://192.168.1.5:8080");
  expect(guessUrl(binding({ hostIp: "fd00::1" }))).toBe("http://[fd00::1]:8080");
  expect(guessUrl(binding({ containerPort: 5432 }))).toBeUndefined();
  expect(guessUrl(binding({ protocol: "udp" }))).toBeUndefined();
  expect(guessUrl(binding({ live: false }))).toBeUndefined();
  expect(guessUrl(binding({ hostPort: null, live: false }))).toBeUndefined();
});

it("names bindings and their addresses", () => {
  expect(bindingName(binding())).toBe("8080/tcp of web");
  expect(bindingName(binding({ hostIp: "127.0.0.1", protocol: "udp" }))).toBe("127.0.0.1:8080/udp of web");
  expect(bindingName(binding({ hostPort: null }))).toBe("any free/tcp of web");
  expect([hostAddress(binding()), hostAddress(binding({ hostIp: "::1" })), hostAddress(binding({ hostPort: null }))]).toEqual(["localhost:8080", "[::1]:8080", ""]);
});

const live = { containerId: "2", containerName: "proxy", live: true };
const idle = { ...live, live: false };

it.each([
  [binding(), "", "none"],
  [binding({ live: false, rivals: [live] }), "Held by proxy", "blocked"],
  [binding({ live: false, holder: { process: "nginx", pid: 7 } }), "Held by nginx, PID 7", "blocked"],
  [binding({ live: false, holder: {} }), "Held by another process", "blocked"],
  [binding({ live: false, rivals: [idle] }), "Also wanted by proxy", "rivals"],
  [binding({ rivals: [idle, { ...idle, containerName: "other" }] }), "Also wanted by proxy and 1 more", "rivals"],
  [binding({ rivals: [live] }), "Shared with proxy", "rivals"],
])("conflicts: %#", (row, words, how) => {
  expect(conflictWords(row)).toBe(words);
  expect(severity(row)).toBe(how);
});

it("is found by port, container, address, protocol and holder", () => {
  const row = binding({ holder: { process: "avahi-daemon" }, live: false });
  for (const query of ["8080", "web", "all", "tcp", "avahi", "nginx 80", ""]) expect([query, matchesPort(row, query)]).toEqual([query, true]);
  for (const query of ["9090", "udp", "web 443"]) expect([query, matchesPort(row, query)]).toEqual([query, false]);
});
