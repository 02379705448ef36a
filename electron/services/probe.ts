/** One question to an engine: who are you. */
import type { EngineVersion } from "../ipc/contract/engine.ts";
import { createDocker, dial } from "./docker-client.ts";
import { toIpcError } from "./docker-errors.ts";
import type { Endpoint } from "./endpoint.ts";
import { ipcError } from "./ipc-error.ts";

const TIMEOUT_MS = { unix: 5000, tcp: 10_000, ssh: 30_000 } as const;

interface RawVersion {
  Version?: string;
  ApiVersion?: string;
  Os?: string;
  Arch?: string;
  KernelVersion?: string;
  Components?: { Name?: string }[] | null;
  Platform?: { Name?: string };
}

/** @throws IpcError that says in a sentence why no Docker-compatible engine answers */
export async function probe(endpoint: Endpoint, signal: AbortSignal): Promise<EngineVersion> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS[endpoint.type]);
  try {
    const answer = await dial<RawVersion | string | null>(createDocker(endpoint), { path: "/version", method: "GET", okStatuses: [200], signal: AbortSignal.any([signal, timeout]) });
    if (typeof answer !== "object" || answer?.Version === undefined) throw ipcError("unavailable", `Something answers at ${endpoint.url}, but it is no Docker-compatible engine.`);
    return toVersion(answer);
  } catch (error) {
    throw timeout.aborted && !signal.aborted ? ipcError("deadlineExceeded", `The engine at ${endpoint.url} did not answer in time.`) : toIpcError(error, endpoint);
  }
}

/** What `GET /version` says, with gaps filled. */
export function toVersion(answer: RawVersion): EngineVersion {
  return {
    name: [answer.Platform?.Name, answer.Components?.[0]?.Name].find((name) => name !== undefined && name !== "") ?? "Docker",
    version: answer.Version ?? "",
    apiVersion: answer.ApiVersion ?? "",
    os: answer.Os ?? "",
    arch: answer.Arch ?? "",
    kernel: answer.KernelVersion ?? "",
  };
}
