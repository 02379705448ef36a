import type { ImageProgress } from "../images.ts";
import type { LayerProgress } from "./transfers.ts";

/** Over how many milliseconds the rate is taken. */
const WINDOW_MS = 5000;
const SAMPLE_MS = 250;
/** What these say of a layer: that none of its bytes move. */
const NOTHING_TO_DO = /^(?:Already exists|Layer already exists|Mounted from |Skipped foreign layer)/;
const ALL_DONE = /^(?:Download complete|Pull complete|Pushed)$/;

/** Bytes, rate and time left of one run, from its progress lines. */
export class Meter {
  readonly #layers = new Map<string, LayerProgress>();
  readonly #now: () => number;
  #samples: { readonly at: number; readonly bytes: number }[] = [];

  /** @param now milliseconds on a clock that never jumps */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Says beforehand what may move. */
  plan(layers: readonly { readonly id: string; readonly size: number }[]): void {
    for (const { id, size } of layers) if (!this.#layers.has(id)) this.#layers.set(id, { id, status: "Waiting", current: 0, total: size });
  }

  take({ id, status, progressDetail }: ImageProgress): void {
    const known = id === undefined ? undefined : this.#layers.get(id);
    if (known === undefined && (id === undefined || progressDetail === undefined)) return;
    const before = known ?? { id: id!, status, current: 0, total: 0 };
    const next = NOTHING_TO_DO.test(status) ? { current: 0, total: 0 }
      : ALL_DONE.test(status) ? { current: before.total, total: before.total }
      : progressDetail !== undefined && status !== "Extracting" ? progressDetail
      // A layer that is unpacked without a byte before was here already.
      : status === "Extracting" && before.current === 0 ? { current: 0, total: 0 }
      : before;
    this.#layers.set(before.id, { id: before.id, status, current: next.current, total: next.total });
    this.#sample();
  }

  #sample(): void {
    const at = this.#now();
    const last = this.#samples.at(-1);
    if (last !== undefined && at - last.at < SAMPLE_MS) return;
    this.#samples.push({ at, bytes: this.current });
    while (this.#samples.length > 2 && this.#samples[1]!.at < at - WINDOW_MS) this.#samples.shift();
  }

  get layers(): readonly LayerProgress[] {
    return [...this.#layers.values()];
  }

  get current(): number {
    return this.layers.reduce((sum, { current }) => sum + current, 0);
  }

  get total(): number {
    return this.layers.reduce((sum, { total }) => sum + total, 0);
  }

  get bytesPerSecond(): number {
    const first = this.#samples[0];
    const elapsed = first === undefined ? 0 : this.#now() - first.at;
    return elapsed < SAMPLE_MS ? 0 : Math.max(0, Math.round(((this.current - first!.bytes) / elapsed) * 1000));
  }

  get secondsLeft(): number | undefined {
    const rate = this.bytesPerSecond;
    return rate === 0 ? undefined : Math.ceil((this.total - this.current) / rate);
  }
}
