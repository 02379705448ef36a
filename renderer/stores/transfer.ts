/** A pull or push as the window shows it, whichever engine it runs on. Pure. */
import type { PullLayer, PullPhase, PullProgress } from "../../electron/ipc/contract/images.ts";
import type { TransferInfo, TransferKind, TransferLayer, TransferState } from "../../electron/ipc/contract/transfers.ts";
import type { IpcErrorInfo } from "../../electron/ipc/errors.ts";
import { parseReference } from "../lib/reference.ts";
import { registryWords } from "../lib/registry.ts";
import { sentence } from "../lib/sentence.ts";

export interface Transfer {
  /** The window's own number, which it keeps from the click to its end. */
  readonly id: number;
  /** The engine's id; undefined until the engine has it, and for pulls of an engine that keeps no transfers. */
  readonly remote: string | undefined;
  readonly kind: TransferKind;
  readonly image: string;
  readonly platform: string;
  readonly allTags: boolean;
  readonly phase: TransferState;
  readonly layers: readonly TransferLayer[];
  /** Bytes that have moved, and all that are to move. */
  readonly downloadedBytes: number;
  readonly totalBytes: number;
  readonly bytesPerSecond: number;
  readonly secondsLeft: number | null;
  readonly message: string;
  /** Unix milliseconds. */
  readonly started: number;
  readonly ended: number | undefined;
  /** False when everything was there already. */
  readonly changed: boolean;
  readonly error: IpcErrorInfo | undefined;
}

/** Whether work goes on, or waits for a click. */
export function isUnderWay(transfer: Pick<Transfer, "phase"> | undefined): boolean {
  return transfer?.phase === "running" || transfer?.phase === "paused";
}

/** A transfer that was asked for this moment. */
export function freshTransfer(id: number, kind: TransferKind, image: string, allTags: boolean): Transfer {
  return { id, remote: undefined, kind, image, platform: "", allTags, phase: "running", layers: [], downloadedBytes: 0, totalBytes: 0, bytesPerSecond: 0, secondsLeft: null, message: "", started: Date.now(), ended: undefined, changed: true, error: undefined };
}

/** What the engine says of one. */
export function fromEngine(id: number, info: TransferInfo): Transfer {
  return {
    id, remote: info.id, kind: info.kind, image: info.reference, platform: info.platform, allTags: info.allTags, phase: info.state, layers: info.layers,
    downloadedBytes: info.current, totalBytes: info.total, bytesPerSecond: info.state === "running" ? info.bytesPerSecond : 0, secondsLeft: info.state === "running" ? info.secondsLeft : null,
    message: "", started: info.created, ended: isUnderWay({ phase: info.state }) ? undefined : info.updated, changed: info.state !== "done" || info.total > 0, error: errorOf(info),
  };
}

const refusal = /\bdenied\b|unauthorized|authentication required|no basic auth credentials|docker login/i;

/** Why a transfer ended early, with the login offered where the registry wants one. */
function errorOf({ state, error, kind, reference }: TransferInfo): IpcErrorInfo | undefined {
  if (state === "interrupted") return { code: "unavailable", message: `The ${kind} of ${reference} was interrupted. Resume goes on where it was.`, hints: [], details: {} };
  if (state !== "failed") return undefined;
  const refused = refusal.test(error);
  const missing = !refused && kind === "pull" && /not found|manifest unknown/i.test(error);
  const parsed = parseReference(reference);
  return { code: refused ? "unauthorized" : missing ? "notFound" : "unavailable", message: missing ? `The registry has no image ${reference}.` : sentence(error) || "It failed without a reason.", hints: refused && parsed.ok ? [{ type: "loginRequired", registry: parsed.reference.registry }] : [], details: {}, cause: error };
}

/** What a host threw for one, as a sentence, with the login offered where the registry wants one. */
export function refusedTransfer(image: string, error: IpcErrorInfo): IpcErrorInfo {
  const parsed = parseReference(image);
  const said = { ...error, message: sentence(error.message) };
  if (error.code !== "unauthorized" || !parsed.ok || error.hints.some((hint) => hint.type === "loginRequired")) return said;
  const { registry } = parsed.reference;
  return { ...said, ...(/no basic auth credentials/.test(error.message) && { message: `${registryWords(registry)} wants a login for this image.`, cause: error.cause ?? error.message }), hints: [...error.hints, { type: "loginRequired", registry }] };
}

/** Phases of a pull in the words that the engine's transfers have. */
const statusOf: Record<PullPhase, string> = {
  waiting: "Waiting",
  downloading: "Downloading",
  uploading: "Pushing",
  verifying: "Verifying Checksum",
  downloaded: "Download complete",
  extracting: "Extracting",
  done: "Pull complete",
  exists: "Already exists",
  retrying: "Retrying",
};

/** A transfer after one step of a pull or push that the window follows itself: layers that changed take their place, new ones go to the end. */
export function applyProgress(transfer: Transfer, step: PullProgress): Transfer {
  const layers = [...transfer.layers];
  for (const each of step.layers) {
    const layer = layerOf(each);
    const at = layers.findIndex(({ id }) => id === layer.id);
    if (at < 0) layers.push(layer);
    else layers[at] = layer;
  }
  const left = step.totalBytes - step.downloadedBytes;
  return { ...transfer, layers, downloadedBytes: step.downloadedBytes, totalBytes: step.totalBytes, bytesPerSecond: step.bytesPerSecond, secondsLeft: step.bytesPerSecond > 0 && left > 0 ? Math.ceil(left / step.bytesPerSecond) : null };
}

function layerOf({ id, phase, current, total }: PullLayer): TransferLayer {
  return { id, status: statusOf[phase], current, total };
}
