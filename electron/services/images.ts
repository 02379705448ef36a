import type { ImageInspectInfo } from "dockerode";
import type { PullEvent, RemovedImage } from "../ipc/contract/images.ts";
import { coalesce } from "./coalesce.ts";
import type { EngineConnection } from "./connection.ts";
import type { RegistryAuth } from "./credentials/registry-auth.ts";
import { dial, listText } from "./docker-client.ts";
import { fromDaemonSentence, toIpcError } from "./docker-errors.ts";
import { jsonLines } from "./json-lines.ts";
import { PullState } from "./pull-progress.ts";
import type { PullMessageLine } from "./pull-progress.ts";

/** At most ten steps a second, and at most this many lines gathered for one. */
const STEP_MS = 100;
const LINES_A_STEP = 1000;

export interface Images {
  /** All images as the daemon's JSON, an array of dockerode's `ImageInfo`. */
  list(filters: Record<string, string[]> | undefined, signal?: AbortSignal): Promise<string>;
  inspect(id: string, signal?: AbortSignal): Promise<ImageInspectInfo>;
  /** Leaving the loop or aborting `signal` closes the request, upon which the daemon stops the transfer. */
  pull(image: string, platform: string | undefined, signal: AbortSignal): AsyncGenerator<PullEvent, void, void>;
  /** As {@link pull}. */
  push(image: string, signal: AbortSignal): AsyncGenerator<PullEvent, void, void>;
  tag(id: string, target: string): Promise<void>;
  remove(id: string, options: { force: boolean; noPrune: boolean }): Promise<RemovedImage>;
}

export function createImages(connection: EngineConnection, auth: RegistryAuth): Images {
  const { docker } = connection;
  return {
    list: (filters, signal) => listText(docker, "/images/json?", filters === undefined ? {} : { filters }, signal),
    inspect: (id) => docker.getImage(id).inspect(),
    async *pull(image, platform, signal) {
      const { repo, tag } = splitTag(image);
      yield* transfer(connection, auth, image, { path: "/images/create?", query: { fromImage: repo, tag, ...(platform === undefined ? {} : { platform }) } }, signal);
    },
    async *push(image, signal) {
      const { repo, tag } = splitTag(image);
      // A name alone means all of its tags here.
      yield* transfer(connection, auth, image, { path: `/images/${repo}/push?`, query: repo === image ? {} : { tag } }, signal);
    },
    async tag(id, target) {
      const { repo, tag } = splitTag(target);
      await docker.getImage(id).tag({ repo, tag });
    },
    async remove(id, { force, noPrune }) {
      const lines = (await docker.getImage(id).remove({ force, noprune: noPrune })) as { Untagged?: string; Deleted?: string }[];
      return {
        untagged: lines.flatMap((line) => line.Untagged ?? []),
        deleted: lines.flatMap((line) => line.Deleted ?? []),
      };
    },
  };
}

async function* transfer(connection: EngineConnection, auth: RegistryAuth, image: string, request: { path: string; query: object }, signal: AbortSignal): AsyncGenerator<PullEvent, void, void> {
  const scope = new AbortController();
  const combined = AbortSignal.any([signal, scope.signal]);
  const { headers, explain } = await auth.forReference(image, signal);
  const state = new PullState();
  try {
    const stream = await dial<NodeJS.ReadableStream>(connection.docker, { ...request, method: "POST", okStatuses: [200], stream: true, headers, signal: combined });
    for await (const lines of coalesce(jsonLines(stream), { intervalMs: STEP_MS, limit: LINES_A_STEP, cost: () => 1, signal: combined })) {
      for (const line of lines as PullMessageLine[]) {
        const problem = line.errorDetail?.message ?? line.error;
        if (problem !== undefined) throw fromDaemonSentence(problem);
        const text = state.take(line);
        if (text !== undefined) yield { type: "message", text };
      }
      const step = state.flush(performance.now());
      if (step !== undefined) yield step;
    }
  } catch (error) {
    throw explain(toIpcError(error, connection.endpoint));
  } finally {
    scope.abort();
  }
  yield { type: "done", image, changed: state.changed, ...(state.digest === undefined ? {} : { digest: state.digest }) };
}

/** Docker's API wants the tag or the digest apart; without either, `latest`, never all tags. */
export function splitTag(reference: string): { repo: string; tag: string } {
  const digest = reference.indexOf("@");
  if (digest >= 0) return { repo: reference.slice(0, digest).replace(/:[^/:]*$/, ""), tag: reference.slice(digest + 1) };
  const colon = reference.lastIndexOf(":");
  if (colon < 0 || reference.includes("/", colon)) return { repo: reference, tag: "latest" };
  return { repo: reference.slice(0, colon), tag: reference.slice(colon + 1) };
}
