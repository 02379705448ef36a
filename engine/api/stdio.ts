import type { ClientStreams } from "../containers/containers.ts";
import { frame } from "./frames.ts";
import type { Hijacked } from "./hijack.ts";

export interface StdioOptions {
  readonly tty: boolean;
  readonly detachKeys: Uint8Array;
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
}

/** A hijacked connection as the containers domain sees a client: raw bytes with a terminal, else frames. */
export function clientStreams(connection: Hijacked, options: StdioOptions): ClientStreams {
  const { tty, stdin, stdout, stderr, detachKeys } = options;
  return {
    tty, stdout, stderr, detachKeys,
    stdin: stdin ? connection.input : null,
    write: (stream, data) => connection.write(tty ? data : frame(stream, data)),
    writeEncoded: (data) => connection.write(data),
  };
}
