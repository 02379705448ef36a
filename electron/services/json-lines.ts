import { ipcError } from "./ipc-error.ts";

/** No daemon writes longer ones; a broken one must not fill memory. */
const LONGEST_LINE = 4 * 1024 * 1024;

/** The values of a stream of JSON, one a line, as Docker's progress and event streams are. Leaving the loop destroys the stream. */
export async function* jsonLines(stream: NodeJS.ReadableStream): AsyncGenerator<unknown, void, void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    rest += decoder.decode(chunk as Buffer, { stream: true });
    let from = 0;
    for (let end = rest.indexOf("\n"); end >= 0; end = rest.indexOf("\n", from)) {
      const line = rest.slice(from, end).trim();
      from = end + 1;
      if (line !== "") yield parse(line);
    }
    rest = rest.slice(from);
    if (rest.length > LONGEST_LINE) throw ipcError("dataLoss", "The engine sent a line of progress without an end.");
  }
  if (rest.trim() !== "") yield parse(rest.trim());
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw ipcError("dataLoss", "The engine sent progress that is not JSON.", { cause: line.slice(0, 200) });
  }
}
