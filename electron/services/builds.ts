/**
 * Builds: through our own engine's interface where the engine is ours, else through Docker's `POST /build`. A build belongs to the host, not to the window
 * that began it.
 */
import type { BuildBatch, BuildEvent, BuildListEvent } from "../ipc/contract/builds.ts";
import { createClassicBuilds } from "./classic-builds/classic-builds.ts";
import type { KeptBuilds } from "./classic-builds/kept-builds.ts";
import { coalesce } from "./coalesce.ts";
import type { EngineConnection } from "./connection.ts";
import type { RegistryAuth } from "./credentials/registry-auth.ts";
import type { Credit } from "./credit.ts";
import { dial } from "./docker-client.ts";
import { ipcError } from "./ipc-error.ts";
import { isUnknownPath } from "./registry-requests.ts";
import { createSlipwayBuilds, type SlipwayBuilder } from "./slipway-builds.ts";

const BATCH_INTERVAL_MS = 32;
const BATCH_BYTES = 128 * 1024;
/** What an event costs beside its text. */
const EVENT_BYTES = 120;

export interface Builds extends Omit<SlipwayBuilder, "changes" | "events"> {
  /** Who keeps builds, see the contract. */
  keeper(): Promise<"engine" | "host">;
  watch(signal: AbortSignal): AsyncGenerator<BuildListEvent, void, void>;
  follow(id: string, credit: Credit, signal: AbortSignal): AsyncGenerator<BuildBatch, void, void>;
}

/** @param kept the builds of engines that keep none, of this one among them */
export function createBuilds(connection: EngineConnection, auth: RegistryAuth, kept: KeptBuilds): Builds {
  const ours = createSlipwayBuilds(connection, auth);
  const classic = createClassicBuilds(connection, auth, kept);
  let known: "engine" | "host" | undefined;

  async function keeper(): Promise<"engine" | "host"> {
    known ??= await dial(connection.docker, { path: "/slipway/builds", method: "GET", okStatuses: [200] }).then(() => "engine" as const, (error: unknown) => {
      if (isUnknownPath(error)) return "host" as const;
      throw error;
    });
    return known;
  }
  const either = async () => ((await keeper()) === "engine" ? ours : classic);
  /** @param what the sentence's subject: "A shell in a failed step" */
  async function onlyOurs(what: string): Promise<typeof ours> {
    if ((await keeper()) === "engine") return ours;
    throw ipcError("notImplemented", `${what} is what Slipway’s own engine offers; this one builds with Docker’s classic builder.`);
  }

  return {
    keeper,
    async *watch(signal) {
      try {
        for await (const event of ours.changes(signal)) {
          known = "engine";
          yield event;
        }
      } catch (error) {
        if (!isUnknownPath(error)) throw error;
        known = "host";
        yield* classic.changes(signal);
      }
    },
    async *follow(id, credit, signal) {
      const scope = new AbortController();
      const combined = AbortSignal.any([signal, scope.signal]);
      try {
        const events = (await either()).events(id, combined);
        for await (const batch of coalesce(events, { intervalMs: BATCH_INTERVAL_MS, limit: BATCH_BYTES, cost: costOf, signal: combined })) {
          const bytes = batch.reduce((sum, event) => sum + costOf(event), 0);
          await credit.available(combined);
          credit.spend(bytes);
          yield { events: batch, bytes };
        }
      } finally {
        scope.abort();
      }
    },
    start: async (form) => (await either()).start(form),
    plan: async (form, signal) => (await onlyOurs("A forecast of what would run")).plan(form, signal),
    cancel: async (id) => (await either()).cancel(id),
    retry: async (id, text) => (await onlyOurs("Going on from a failed step")).retry(id, text),
    dismiss: async (id) => (await onlyOurs("A failed step that is kept")).dismiss(id),
    remove: async (id) => (await either()).remove(id),
    async *shell(request, credit, onReady, signal) {
      yield* (await onlyOurs("A shell in a failed step")).shell(request, credit, onReady, signal);
    },
    describe: async (text, signal) => (await either()).describe(text, signal),
  };
}

function costOf(event: BuildEvent): number {
  return EVENT_BYTES + (event.type === "stepOutput" ? event.text.length : event.type === "planned" ? event.steps.length * 300 : 0);
}
