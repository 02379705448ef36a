/** The thread that searches logs. Its code comes from the window's own origin, as the content policy asks. */
import { answerScan, type ScanRequest } from "./scan.ts";

interface Scope {
  onmessage: ((event: MessageEvent<ScanRequest>) => void) | null;
  postMessage(message: unknown): void;
}

const scope = globalThis as unknown as Scope;
scope.onmessage = (event) => scope.postMessage(answerScan(event.data));
