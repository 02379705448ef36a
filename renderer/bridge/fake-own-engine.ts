/** The built-in engine and the machine of the fake host. In the scenario `empty` the machine lacks what a fresh one lacks. */
import type { EngineLogEvent, OwnEngineFacts, Requirement, Requirements } from "../../electron/ipc/contract/own-engine.ts";
import type { MachineEvent } from "../../electron/ipc/contract/system.ts";
import type { Scenario } from "./fake-data.ts";

const apt = "sudo apt-get install -y --no-install-recommends";

function requirements(scenario: Scenario): Requirements {
  const fresh = scenario === "empty";
  const row = (name: string, detail: string, why: string, lack?: { detail: string; fix: string; required?: boolean }): Requirement =>
    lack ? { name, found: false, detail: lack.detail, why, fix: lack.fix, required: lack.required ?? true } : { name, found: true, detail, why, fix: null, required: true };
  const all = [
    row("crun", "/usr/bin/crun", "the OCI runtime: it starts and stops the processes of containers"),
    row("conmon", "/usr/bin/conmon", "keeps a container's output and exit code, so that it survives a restart of the engine", fresh ? { detail: "no conmon on this machine", fix: `${apt} conmon` } : undefined),
    row("rootlesskit", "/usr/bin/rootlesskit", "lets a normal user run containers: a user, mount and network namespace of their own", fresh ? { detail: "no rootlesskit on this machine", fix: `${apt} rootlesskit` } : undefined),
    row("/etc/subuid", "65536 ids from 100000", "the ids that files and processes of other users in a container get on this machine"),
    row("aardvark-dns", "", "names of containers on user-defined networks", { detail: "no aardvark-dns on this machine", fix: `${apt} aardvark-dns`, required: false }),
  ];
  return { all, fix: fresh ? `${apt} conmon rootlesskit` : `${apt} aardvark-dns` };
}

export function createFakeOwnEngine(scenario: Scenario) {
  const facts: OwnEngineFacts = { running: true, root: "/home/dev/.local/share/slipway", log: "/run/user/1000/slipway/engine.log", rootless: true, freeBytes: 211_400_000_000, totalBytes: 499_900_000_000 };
  async function* log(signal?: AbortSignal): AsyncGenerator<EngineLogEvent> {
    yield { type: "begin", cut: scenario === "many" };
    const lines = Array.from({ length: scenario === "many" ? 1000 : 24 }, (_, index) => `2026-11-26T09:${String(Math.floor(index / 60) % 60).padStart(2, "0")}:${String(index % 60).padStart(2, "0")}.120Z ${index % 7 === 3 ? "warning: memory limits are not enforced: no delegated control group" : "listening on unix:///run/user/1000/slipway/slipway.sock"}\n`);
    yield { type: "text", text: lines.join("") };
    await new Promise<void>((resolve) => signal?.addEventListener("abort", () => resolve(), { once: true }));
  }
  return {
    facts: async () => facts,
    requirements: async () => requirements(scenario),
    log: async (_: unknown, { signal }: { signal?: AbortSignal } = {}) => log(signal),
  };
}

export async function* fakeMachine(managed: boolean, signal?: AbortSignal): AsyncGenerator<MachineEvent> {
  if (!managed) return yield { type: "unsupported" };
  for (let turn = 0; !signal?.aborted; turn++) {
    yield { type: "usage", cpu: 0.17 + 0.04 * Math.sin(turn), memoryUsedBytes: 12_300_000_000, memoryTotalBytes: 33_400_000_000, diskFreeBytes: 211_400_000_000, diskTotalBytes: 499_900_000_000 };
    await new Promise((resolve) => setTimeout(resolve, 3000));
  }
}
