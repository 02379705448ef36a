import type { WorkerTask } from "../../sys/worker-protocol.ts";
import type { FilePage, FileQuery } from "./contents.ts";
import { queryIndex } from "./file-index.ts";
import type { FileIndex } from "./file-index.ts";

export interface QueryTaskData {
  readonly index: FileIndex;
  readonly query: FileQuery;
}

/** One page of an index. */
export const task: WorkerTask<QueryTaskData, FilePage> = ({ index, query }) => queryIndex(index, query);
