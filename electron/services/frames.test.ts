import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { LogChunk, LogSource } from "../ipc/contract/logs.ts";
import { FrameReader } from "./frames.ts";
import { LogLines } from "./log-lines.ts";

const frame = fc.record({ source: fc.constantFrom<LogSource>("stdout", "stderr"), data: fc.uint8Array({ maxLength: 60 }) });

function encode(frames: { source: LogSource; data: Uint8Array }[]): Buffer {
  return Buffer.concat(
    frames.map(({ source, data }) => {
      const header = Buffer.alloc(8);
      header[0] = source === "stdout" ? 1 : 2;
      header.writeUInt32BE(data.length, 4);
      return Buffer.concat([header, data]);
    }),
  );
}

/** Cuts `bytes` at the given places. */
function cut(bytes: Buffer, places: number[]): Buffer[] {
  const at = [0, ...places.map((place) => place % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
  return at.slice(1).map((end, index) => bytes.subarray(at[index], end));
}

describe("frames", () => {
  it("come out whole wherever the stream was cut", () => {
    fc.assert(
      fc.property(fc.array(frame), fc.array(fc.nat(500)), (frames, places) => {
        const reader = new FrameReader();
        const out = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
        for (const chunk of cut(encode(frames), places)) for (const { source, data } of reader.read(chunk)) out[source].push(Buffer.from(data));
        for (const source of ["stdout", "stderr"] as const) {
          expect(Buffer.concat(out[source])).toEqual(Buffer.concat(frames.filter((one) => one.source === source).map((one) => one.data)));
        }
      }),
    );
  });

  it("of a length of 4 GB cost no memory, and garbage is refused", () => {
    const reader = new FrameReader();
    expect([...reader.read(Buffer.from([1, 0, 0, 0, 255, 255, 255, 255, 97]))]).toEqual([{ source: "stdout", data: Buffer.from("a") }]);
    expect(() => [...new FrameReader().read(Buffer.from("hello, this is a TTY"))]).toThrow(/not in Docker's format/);
  });
});

describe("log lines", () => {
  const words = fc.array(fc.constantFrom("a", "ü", "😀", "\n", "\r\n", " ", "\u001b[31m"), { maxLength: 80 });

  it("are the text, whatever the cuts, and are counted", () => {
    fc.assert(
      fc.property(words, fc.array(fc.nat(300)), (parts, places) => {
        const text = parts.join("");
        const lines = new LogLines();
        const chunks: LogChunk[] = [];
        for (const piece of cut(Buffer.from(text), places)) lines.take("stdout", piece, chunks);
        lines.finish(chunks);
        const expected = text.replaceAll("\r\n", "\n").replace(/\n$/, "");
        expect(chunks.map((chunk) => chunk.text).join("\n")).toBe(text === "" ? "" : expected);
        expect(chunks.reduce((sum, chunk) => sum + chunk.lines, 0)).toBe(text === "" ? 0 : expected.split("\n").length);
        expect(chunks.some((chunk) => chunk.partial === true)).toBe(text !== "" && !text.endsWith("\n"));
      }),
    );
  });

  it("keep the sources apart in the middle of a character", () => {
    const lines = new LogLines();
    const chunks: LogChunk[] = [];
    const [first, second] = [Buffer.from("ü").subarray(0, 1), Buffer.from("ü").subarray(1)];
    lines.take("stdout", first, chunks);
    lines.take("stderr", Buffer.from("error\n"), chunks);
    lines.take("stdout", Buffer.concat([second, Buffer.from("\n")]), chunks);
    expect(chunks).toEqual([
      { source: "stderr", text: "error", lines: 1 },
      { source: "stdout", text: "ü", lines: 1 },
    ]);
  });

  it("without an end are cut before they fill memory", () => {
    const lines = new LogLines();
    const chunks: LogChunk[] = [];
    for (let at = 0; at < 20; at++) lines.take("stdout", Buffer.alloc(64 * 1024, "x"), chunks);
    expect(chunks.every((chunk) => chunk.partial === true && chunk.text.length <= 320 * 1024)).toBe(true);
    expect(chunks.length).toBeGreaterThan(3);
  });
});
