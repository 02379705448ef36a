import type { Digest } from "../base/ids.ts";
import { Semaphore } from "./semaphore.ts";
import { SingleFlight } from "./single-flight.ts";

/** As Docker: five layers at once. */
const PARALLEL_UPLOADS = 5;

/** Blobs on their way, so that pushes at the same time send each once. */
export class Uploads {
  readonly turns = new Semaphore(PARALLEL_UPLOADS);
  readonly running = new SingleFlight<string>();
  readonly layers = new SingleFlight<SentLayer>();
}

/** A blob as the registry has it. */
export interface Sent {
  readonly digest: Digest;
  /** In bytes. */
  readonly size: number;
}

export interface SentLayer extends Sent {
  /** In Docker's words. */
  readonly how: string;
}
