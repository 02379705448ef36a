/** Transfers of the fake host: one in every state, and those that are started move. */
import type { TransferEvent, TransferInfo, TransferLayer } from "../../electron/ipc/contract/transfers.ts";
import { makeId, seeded, type Scenario } from "./fake-data.ts";
import { fakeError } from "./fake-error.ts";

const tickMs = 500;
const minute = 60_000;
const sizes = [28_200_000, 163_800_000, 4_100_000, 61_250_000, 410_000, 92];

/** The part of the client that it serves. @param done told of a transfer that has ended well */
export function createFakeTransfers({ scenario, supported, turn, done }: { scenario: Scenario; supported: boolean; turn: () => Promise<void>; done: (transfer: TransferInfo) => void }) {
  const random = seeded(77);
  const all = new Map<string, TransferInfo>();
  const listeners = new Set<(event: TransferEvent) => void>();
  const moving = new Set<string>();

  function add(kind: TransferInfo["kind"], reference: string, state: TransferInfo["state"], part: number, more: Partial<TransferInfo> = {}): TransferInfo {
    const layers = sizes.map((total, at): TransferLayer => ({ id: makeId(random).slice(0, 12), status: at === 2 ? (kind === "pull" ? "Already exists" : "Layer already exists") : "Waiting", current: 0, total: at === 2 ? 0 : total }));
    const created = Date.now() - 4 * minute;
    const transfer: TransferInfo = { id: makeId(random).slice(0, 16), kind, reference, platform: "", allTags: false, state, error: "", current: 0, total: 0, bytesPerSecond: 0, secondsLeft: null, layers, created, updated: created, ...more };
    advance(transfer, part);
    all.set(transfer.id, transfer);
    return transfer;
  }
  /** Lets the layers stand as if `part` of the bytes had moved, the first ones first. */
  function advance(transfer: TransferInfo, part: number): void {
    const pull = transfer.kind === "pull";
    transfer.total = transfer.layers.reduce((sum, layer) => sum + layer.total, 0);
    transfer.current = Math.round(transfer.total * part);
    let left = transfer.current;
    for (const layer of transfer.layers) {
      if (layer.total === 0) continue;
      layer.current = Math.min(layer.total, left);
      left -= layer.current;
      layer.status = layer.current === layer.total ? (pull ? "Pull complete" : "Pushed") : layer.current > 0 ? (pull ? "Downloading" : "Pushing") : "Waiting";
    }
  }
  function change(transfer: TransferInfo, more: Partial<TransferInfo>): void {
    Object.assign(transfer, more, { updated: Date.now() });
    for (const tell of listeners) tell({ type: "changed", transfer: structuredClone(transfer) });
  }
  /** @param rate bytes a second */
  async function move(transfer: TransferInfo, rate = 12_400_000): Promise<void> {
    if (moving.has(transfer.id)) return;
    moving.add(transfer.id);
    while (transfer.state === "running") {
      await sleep(tickMs);
      if (transfer.state !== "running") break;
      if (transfer.reference.includes("missing")) change(transfer, { state: "failed", error: `manifest for ${transfer.reference} not found: manifest unknown`, bytesPerSecond: 0, secondsLeft: null });
      else if (transfer.current >= transfer.total) {
        change(transfer, { state: "done", bytesPerSecond: 0, secondsLeft: null });
        done(transfer);
      } else {
        advance(transfer, Math.min(1, (transfer.current + (rate * tickMs) / 1000) / transfer.total));
        change(transfer, { bytesPerSecond: rate, secondsLeft: Math.ceil((transfer.total - transfer.current) / rate) });
      }
    }
    moving.delete(transfer.id);
  }
  function get(id: string): TransferInfo {
    const found = all.get(id);
    if (!found) throw fakeError("notFound", `There is no transfer ${id}.`);
    return found;
  }
  function need(): void {
    if (!supported) throw fakeError("notImplemented", "This engine keeps no transfers: only Slipway's own does.");
  }
  function turnTo(id: string, from: readonly TransferInfo["state"][], state: TransferInfo["state"]): TransferInfo {
    need();
    const transfer = get(id);
    if (!from.includes(transfer.state)) throw fakeError("conflict", `The transfer of ${transfer.reference} is ${transfer.state}.`);
    change(transfer, { state, error: "", bytesPerSecond: 0, secondsLeft: null });
    return transfer;
  }
  async function* watch(signal?: AbortSignal): AsyncGenerator<TransferEvent> {
    await turn();
    if (!supported) return yield { type: "unsupported" };
    const queue: TransferEvent[] = [{ type: "all", transfers: structuredClone([...all.values()]) }];
    let wake: (() => void) | undefined;
    const tell = (event: TransferEvent): void => {
      queue.push(event);
      wake?.();
    };
    listeners.add(tell);
    signal?.addEventListener("abort", () => wake?.(), { once: true });
    for (const transfer of all.values()) if (transfer.state === "running") void move(transfer);
    try {
      while (!signal?.aborted) {
        const next = queue.shift();
        if (next) yield next;
        else await new Promise<void>((resolve) => { wake = resolve; });
      }
    } finally {
      listeners.delete(tell);
    }
  }

  if (scenario !== "empty") {
    const tail = scenario === "long" ? `-${"with-a-name-that-somebody-generated-".repeat(3)}end` : "";
    add("pull", `registry.acme.example/platform/api${tail}:2026.11.52`, "running", 0.18, { bytesPerSecond: 12_400_000, secondsLeft: 17 });
    add("push", `ghcr.io/acme/storefront${tail}:2026.11.3`, "paused", 0.62);
    add("pull", `quay.io/acme/model-server${tail}:latest`, "interrupted", 0.41);
    add("push", `123456789012.dkr.ecr.eu-west-1.amazonaws.com/payments${tail}:v7`, "failed", 0.07, { error: "denied: User: arn:aws:iam::123456789012:user/dev is not authorized to perform: ecr:InitiateLayerUpload on resource: arn:aws:ecr:eu-west-1:123456789012:repository/payments" });
    add("pull", `grafana/grafana${tail}:11.3.0`, "done", 1, { updated: Date.now() - 4 * minute + 21_400 });
    add("pull", `node${tail}:24`, "cancelled", 0.33, { platform: "linux/arm64" });
    if (scenario === "many") for (let at = 0; at < 994; at++) add(at % 3 === 0 ? "push" : "pull", `127.0.0.1:5000/tools/job-${String(at + 1).padStart(3, "0")}:latest`, at % 7 === 0 ? "failed" : "done", at % 7 === 0 ? 0.5 : 1, at % 7 === 0 ? { error: "the connection was reset" } : {});
  }

  return {
    transfers: {
      watch: async (_: unknown, { signal }: { signal?: AbortSignal } = {}) => watch(signal),
      start: async ({ kind, reference, platform = "", allTags = false }: { kind: TransferInfo["kind"]; reference: string; platform?: string; allTags?: boolean }): Promise<TransferInfo> => {
        await turn();
        need();
        const again = [...all.values()].find((each) => each.reference === reference && each.kind === kind && each.state === "running");
        if (again) return structuredClone(again);
        const transfer = add(kind, reference.includes(":", reference.lastIndexOf("/") + 1) || allTags ? reference : `${reference}:latest`, "running", 0, { platform, allTags, created: Date.now(), updated: Date.now() });
        change(transfer, {});
        void move(transfer, 120_000_000);
        return structuredClone(transfer);
      },
      pause: async ({ id }: { id: string }) => void turnTo(id, ["running"], "paused"),
      resume: async ({ id }: { id: string }) => void move(turnTo(id, ["paused", "interrupted", "failed", "cancelled"], "running")),
      cancel: async ({ id }: { id: string }) => void turnTo(id, ["running", "paused"], "cancelled"),
      remove: async ({ id }: { id: string }) => {
        need();
        get(id).state = "cancelled";
        all.delete(id);
        for (const tell of listeners) tell({ type: "removed", id });
      },
    },
  };
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
