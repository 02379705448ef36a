import { parentPort } from "node:worker_threads";
import { ChunkQueue, Credit, fromPlainError, toPlainError } from "./worker-protocol.ts";
import type { FromWorker, ToWorker, WorkerContext, WorkerTask } from "./worker-protocol.ts";

/** The main module of every worker thread: runs one task at a time. */
const port = parentPort!;
let controller = new AbortController();
let input = new ChunkQueue();
let credit = new Credit();

port.on("message", (message: ToWorker) => {
  switch (message.type) {
    case "task":
      controller = new AbortController();
      input = new ChunkQueue();
      credit = new Credit();
      if (!message.hasInput) input.push(null);
      return void perform(message.module, message.data);
    case "input":
      return input.push(message.chunk);
    case "inputFailed":
      return input.push(fromPlainError(message.error));
    case "credit":
      return credit.give();
    case "abort":
      return controller.abort();
  }
});

async function perform(module: string, data: unknown): Promise<void> {
  try {
    const { task } = (await import(module)) as { task: WorkerTask };
    send({ type: "done", result: await task(data, contextOf(controller.signal, input, credit)) });
  } catch (error) {
    send({ type: "failed", error: toPlainError(error) });
  }
}

function contextOf(signal: AbortSignal, chunks: ChunkQueue, allowance: Credit): WorkerContext {
  return {
    signal,
    input: {
      async *[Symbol.asyncIterator]() {
        for (let chunk = await chunks.next(); chunk !== null; chunk = await chunks.next()) {
          send({ type: "credit" });
          yield chunk;
        }
      },
    },
    async emit(chunk) {
      await allowance.take();
      const own = transferable(chunk);
      send({ type: "output", chunk: own }, [own.buffer]);
    },
  };
}

/** The chunk itself when it is its buffer's only view, else a copy. */
function transferable(chunk: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer } = chunk;
  return buffer instanceof ArrayBuffer && chunk.byteLength === buffer.byteLength ? new Uint8Array(buffer) : new Uint8Array(chunk);
}

function send(message: FromWorker, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer);
}
