/** The progress messages of a pull or a push, as state: one row per layer, totals, rate. Pure; time comes from outside. */
import type { PullLayer, PullPhase, PullProgress } from "../ipc/contract/images.ts";

/** One line of `POST /images/create` or `/images/NAME/push`. */
export interface PullMessageLine {
  id?: string;
  status?: string;
  progressDetail?: { current?: number; total?: number } | null;
  error?: string;
  errorDetail?: { message?: string };
}

const PHASES: readonly [RegExp, PullPhase][] = [
  [/^Pulling fs layer|^Waiting|^Preparing/i, "waiting"],
  [/^Downloading/i, "downloading"],
  [/^Pushing/i, "uploading"],
  [/^Verifying/i, "verifying"],
  [/^Download complete/i, "downloaded"],
  [/^Extracting/i, "extracting"],
  [/^Pull complete|^Pushed/i, "done"],
  [/^Already exists|^Layer already exists|^Mounted from/i, "exists"],
  [/^Retrying/i, "retrying"],
];

interface Row extends PullLayer {
  /** Size of what is transferred: later phases count other bytes. */
  size: number;
  downloaded: number;
}

/** How much the past weighs in the rate, in milliseconds. */
const RATE_MEMORY_MS = 3000;

export class PullState {
  readonly #rows = new Map<string, Row>();
  readonly #changed = new Set<string>();
  #rate = 0;
  #rateAt: number | undefined;
  #rateBytes = 0;
  digest: string | undefined;
  changed = false;

  /**
   * Takes one line in.
   * @returns a sentence that belongs to no layer, if the line is one
   */
  take(line: PullMessageLine): string | undefined {
    const status = line.status ?? "";
    const digest = /(?:^Digest|: digest): (\S+)/.exec(status)?.[1];
    if (digest !== undefined) this.digest = digest;
    if (status.startsWith("Status: Downloaded newer image") || status === "Pushed") this.changed = true;
    const phase = PHASES.find(([pattern]) => pattern.test(status))?.[1];
    if (line.id === undefined || phase === undefined) return status === "" ? undefined : line.id === undefined ? status : `${line.id}: ${status}`;
    this.#update(line.id, phase, line.progressDetail?.current, line.progressDetail?.total);
    return undefined;
  }

  /** What changed since the last call, or undefined when nothing did. */
  flush(nowMs: number): PullProgress | undefined {
    if (this.#changed.size === 0) return undefined;
    const layers: PullLayer[] = [];
    let downloadedBytes = 0;
    let totalBytes = 0;
    for (const row of this.#rows.values()) {
      downloadedBytes += row.downloaded;
      totalBytes += row.size;
      if (this.#changed.has(row.id)) layers.push({ id: row.id, phase: row.phase, current: row.current, total: row.total });
    }
    this.#changed.clear();
    return { type: "progress", layers, downloadedBytes, totalBytes, bytesPerSecond: this.#measure(downloadedBytes, nowMs) };
  }

  #update(id: string, phase: PullPhase, current = 0, total = 0): void {
    const row = this.#rows.get(id) ?? { id, phase, current: 0, total: 0, size: 0, downloaded: 0 };
    row.phase = phase;
    if (phase === "downloading" || phase === "uploading") {
      row.downloaded = current;
      row.size = Math.max(total, current);
    } else if (phase !== "waiting" && phase !== "retrying") {
      row.downloaded = row.size;
    }
    row.current = phase === "done" || phase === "downloaded" ? row.size : current;
    row.total = phase === "done" || phase === "downloaded" || total <= 0 ? row.size : total;
    this.#rows.set(id, row);
    this.#changed.add(id);
  }

  #measure(bytes: number, nowMs: number): number {
    if (this.#rateAt !== undefined && nowMs > this.#rateAt) {
      const elapsed = nowMs - this.#rateAt;
      const weight = 1 - Math.exp(-elapsed / RATE_MEMORY_MS);
      const now = (Math.max(0, bytes - this.#rateBytes) * 1000) / elapsed;
      this.#rate = this.#rate === 0 ? now : this.#rate + weight * (now - this.#rate);
    }
    this.#rateAt = nowMs;
    this.#rateBytes = bytes;
    return Math.round(this.#rate);
  }
}
