import { EngineError } from "../../base/errors.ts";
import type { WorkerTask } from "../worker-protocol.ts";

/** What the pool's tests ask a worker to do. */
export interface PoolTaskData {
  readonly action: "echo" | "fail" | "system" | "exit" | "spin" | "emit" | "sum" | "wait" | "thread";
  readonly value?: number;
}

export const task: WorkerTask<PoolTaskData> = async ({ action, value = 0 }, { signal, input, emit }) => {
  switch (action) {
    case "echo":
      return value;
    case "fail":
      throw new EngineError("dataLoss", "the task failed", { details: { value } });
    case "system":
      (await import("node:fs")).readFileSync("/no/such/file");
      return undefined;
    case "exit":
      return process.exit(3);
    case "spin":
      for (;;) Math.random();
    case "emit":
      for (let index = 0; index < value; index++) await emit(Buffer.alloc(1000, index));
      return undefined;
    case "sum": {
      let sum = 0;
      for await (const chunk of input) sum += chunk.length;
      return sum;
    }
    case "wait":
      return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(new Error("stopped"))));
    case "thread":
      return (await import("node:worker_threads")).threadId;
  }
};
