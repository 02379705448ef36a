import type { LogBatch, LogChunk } from "../../electron/ipc/contract/logs.ts";

const paths = ["/api/cart", "/api/products?page=3", "/assets/app.css", "/healthz", "/api/checkout", "/"];

/** A server's log: some history, then a line now and then while `running` says so. */
export async function* fakeLog(history: number, running: () => boolean, signal?: AbortSignal): AsyncGenerator<LogBatch> {
  const started = Date.now() - history * 40;
  for (let at = 0; at < history; at += 2000) {
    const chunks: LogChunk[] = [];
    for (let line = at; line < Math.min(history, at + 2000); line++) add(chunks, line, started + line * 40);
    yield { chunks, bytes: 200_000 };
    if (signal?.aborted) return;
  }
  for (let line = history; running() && !signal?.aborted; line++) {
    await new Promise((resolve) => setTimeout(resolve, 700));
    const chunks: LogChunk[] = [];
    add(chunks, line, Date.now());
    yield { chunks, bytes: 100 };
  }
}

function add(chunks: LogChunk[], line: number, at: number): void {
  const error = line % 37 === 36;
  const source = error ? "stderr" : "stdout";
  const text = `${new Date(at).toISOString().replace("Z", "123456Z")} ${error ? failure(line) : request(line)}`;
  const last = chunks.at(-1);
  if (last?.source === source) chunks[chunks.length - 1] = { source, text: `${last.text}\n${text}`, lines: last.lines + 1 };
  else chunks.push({ source, text, lines: 1 });
}

function request(line: number): string {
  const path = paths[line % paths.length] ?? "/";
  const code = line % 11 === 10 ? 304 : line % 23 === 22 ? 404 : 200;
  const colour = code === 200 ? 32 : code === 304 ? 36 : 33;
  return `\x1b[90m${String(line).padStart(7)}\x1b[0m \x1b[1mGET\x1b[0m ${path} \x1b[${colour}m${code}\x1b[0m ${(line * 7) % 90 + 2} ms`;
}

function failure(line: number): string {
  return `\x1b[31merror\x1b[0m payment gateway answered 503 for order ${100_000 + line}, retrying in 2 s`;
}
