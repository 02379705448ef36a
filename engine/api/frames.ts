/** Docker's stream types in multiplexed output (Engine API, "Stream format"). */
const STREAM_TYPES = { stdin: 0, stdout: 1, stderr: 2 } as const;

export const RAW_STREAM = "application/vnd.docker.raw-stream";
export const MULTIPLEXED_STREAM = "application/vnd.docker.multiplexed-stream";

/** One frame: 8 bytes of stream type and big-endian length, then the data. */
export function frame(stream: keyof typeof STREAM_TYPES, data: Uint8Array): Uint8Array {
  const bytes = Buffer.allocUnsafe(8 + data.byteLength);
  bytes.writeUInt32BE(STREAM_TYPES[stream] * 0x1000000, 0);
  bytes.writeUInt32BE(data.byteLength, 4);
  bytes.set(data, 8);
  return bytes;
}

/** The content type of stdio over HTTP: multiplexed streams have their own name since API 1.42. */
export function stdioContentType(tty: boolean, minor: number): string {
  return tty || minor < 42 ? RAW_STREAM : MULTIPLEXED_STREAM;
}
