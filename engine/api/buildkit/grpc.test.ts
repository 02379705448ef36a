import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeMessage, errorOfStatus, frameMessage, readMessages } from "./grpc.ts";

async function* chunked(data: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (let turn = 0; at < data.length; turn++) {
    const size = sizes[turn % sizes.length]!;
    yield data.subarray(at, (at += size));
  }
}

describe("gRPC", () => {
  it("messages come back however the stream is cut", async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 300 })), fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1 }), async (messages, sizes) => {
      const found: number[][] = [];
      for await (const message of readMessages(chunked(Buffer.concat(messages.map(frameMessage)), sizes))) found.push([...message]);
      expect(found).toEqual(messages.map((message) => [...message]));
    }));
  });

  it("refuses compressed, cut and too long messages before they are held", async () => {
    const read = async (data: Uint8Array): Promise<void> => {
      for await (const message of readMessages(chunked(data, [7]), 100)) void message;
    };
    await expect(read(Buffer.from([1, 0, 0, 0, 0]))).rejects.toMatchObject({ code: "invalidArgument" });
    await expect(read(Buffer.from([0, 0, 0, 0, 9, 1]))).rejects.toThrow("ended inside a message");
    await expect(read(Buffer.from([0, 0, 0, 0, 101]))).rejects.toMatchObject({ code: "resourceExhausted" });
  });

  it("errors keep their code and their words", () => {
    const text = "50% of \u00fc\nis gone";
    expect(encodeMessage(text)).toBe("50%25 of %C3%BC%0Ais gone");
    expect(errorOfStatus("5", encodeMessage(text))).toMatchObject({ code: "notFound", message: text });
    expect(errorOfStatus("12", "100%")).toMatchObject({ code: "notImplemented", message: "100%" });
    expect(errorOfStatus("0", undefined)).toBeUndefined();
    expect(errorOfStatus("nonsense", undefined)).toMatchObject({ code: "internal" });
  });
});
