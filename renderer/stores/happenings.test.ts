import { afterEach, beforeEach, expect, it } from "vitest";
import type { EngineStatus } from "../../electron/ipc/contract/engine.ts";
import type { DockerEvent } from "../../electron/ipc/contract/events.ts";
import { buildsStore } from "./builds.ts";
import { noticeContainer, noticeEngine } from "./happenings.ts";
import { onDidNotice } from "./notices.ts";

let said: string[];
let stop: () => void;
let time = 1_000_000_000;

beforeEach(() => {
  said = [];
  time += 1_000_000;
  stop = onDidNotice((notice) => said.push(`${notice.topic}: ${notice.title}`));
});
afterEach(() => stop());

function happens(id: string, action: string, attributes: Record<string, string> = {}, detail?: string): void {
  const event: DockerEvent = { objectType: "container", action, id, attributes: { name: id, ...attributes }, time, ...(detail !== undefined && { detail }) };
  noticeContainer(event, time);
}

it("tells of errors, not of ends that were asked for or went well", () => {
  happens("job", "die", { exitCode: "3" });
  happens("fine", "die", { exitCode: "0" });
  happens("stopped", "kill");
  happens("stopped", "die", { exitCode: "137" });
  happens("stopped", "die", { exitCode: "1" });
  happens("greedy", "oom");
  happens("greedy", "die", { exitCode: "137" });
  happens("sick", "health_status", {}, "unhealthy");
  happens("well", "health_status", {}, "healthy");
  expect(said).toEqual(["containers: job ended with exit code 3.", "containers: stopped ended with exit code 1.", "containers: greedy ran out of memory.", "containers: sick is unhealthy."]);
});

it("leaves steps of a classic build to the build", () => {
  const image = `sha256:${"a".repeat(64)}`;
  happens("unnamed", "die", { exitCode: "4", image });
  buildsStore.setState({ classic: true });
  happens("step", "die", { exitCode: "4", image });
  happens("job", "die", { exitCode: "4", image: "busybox" });
  buildsStore.setState({ classic: false });
  expect(said).toEqual(["containers: unnamed ended with exit code 4.", "containers: job ended with exit code 4."]);
});

it("tells of a storm once", () => {
  for (let index = 0; index < 200; index++) happens(`c${index}`, "die", { exitCode: "1" });
  expect(said).toHaveLength(6);
  expect(said.at(-1)).toBe("containers: Many containers end with errors.");
  time += 11_000;
  happens("later", "die", { exitCode: "1" });
  expect(said).toHaveLength(7);
});

it("tells of an engine that goes by itself and comes back, not of what was asked for", () => {
  const at = (state: EngineStatus["state"], id = "own"): EngineStatus => ({ state, endpoint: "unix:///x", managed: true, connection: { id, name: id } });
  const walk = (...states: EngineStatus[]): void => states.forEach((state, index) => noticeEngine(states[index - 1], state));
  walk(at("connecting"), at("starting"), at("connected"), at("stopped"), at("starting"), at("connected"));
  expect(said).toEqual([]);
  walk(at("connected"), at("connecting"), at("starting"), at("connected"));
  expect(said).toEqual(["engine: The engine was away, and is back."]);
  walk(at("connected"), at("connecting"), at("failed"));
  expect(said).toHaveLength(2);
  walk(at("connected"), at("connecting", "other"), at("connected", "other"));
  expect(said).toHaveLength(2);
});
