/** Whatever a window sends to any call of the contract, it gets an error of the closed set, and the host lives on. Over the real WebSocket server. */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { contract } from "../ipc/contract/contract.ts";
import { isIpcErrorCode, toIpcErrorInfo } from "../ipc/errors.ts";
import type { TestDesktop } from "../testing/window.ts";
import { startDesktop } from "../testing/window.ts";

type RawCall = (input: unknown, options: { signal: AbortSignal }) => Promise<unknown>;
interface Procedure {
  readonly "~orpc": { readonly inputSchema?: { safeParse(input: unknown): { success: boolean } } };
}

const calls = Object.entries(contract).flatMap(([service, procedures]) =>
  Object.entries(procedures as Record<string, Procedure>).map(([name, procedure]) => ({ service, name, schema: procedure["~orpc"].inputSchema })),
);
/** These start programs of the machine, or write a fixed project; no input reaches them. */
const STARTS_PROGRAMS = new Set(["ownEngine", "samples"]);
const RUNS = 40;
const PATIENCE_MS = 5000;

let desktop: TestDesktop;

beforeAll(async () => {
  // A daemon on another machine that is not there: nothing of this machine is read or written.
  desktop = await startDesktop({ type: "tcp", host: "127.0.0.1", port: 1, url: "tcp://127.0.0.1:1", managed: false });
});

afterAll(async () => {
  await desktop?.[Symbol.asyncDispose]();
});

/** Names that the contract uses, so that objects come close to what is expected, with values that are not. */
const names = ["id", "ids", "image", "path", "name", "url", "host", "streamId", "containerId", "ports", "env", "tls", "address", "filters", "command", "form", "text", "signal", "theme", "muted", "tail", "__proto__", "constructor", "toJSON", "then"];
const hostile = fc.oneof(
  fc.constantFrom("", "../..", "/etc/passwd", "a\0b", "x".repeat(70_000), "%2e%2e/", "${jndi:x}", "\ud800", "-rf", "?force=1#"),
  fc.jsonValue(),
  fc.integer(),
  fc.double(),
);
const input = fc.oneof(fc.jsonValue({ maxDepth: 4 }), fc.dictionary(fc.constantFrom(...names), fc.oneof(hostile, fc.array(hostile, { maxLength: 4 }), fc.dictionary(fc.constantFrom(...names), hostile)), { maxKeys: 6 }), hostile);

/** How a call ended: its error's code, or undefined. A stream is read until it says something or the time is up. */
async function outcome(service: string, name: string, value: unknown): Promise<string | undefined> {
  const call = (desktop.client as unknown as Record<string, Record<string, RawCall>>)[service]?.[name];
  if (call === undefined) throw new Error(`the client has no ${service}.${name}`);
  const stop = new AbortController();
  try {
    const output = await call(value, { signal: AbortSignal.any([stop.signal, AbortSignal.timeout(PATIENCE_MS)]) });
    if (typeof output === "object" && output !== null && Symbol.asyncIterator in output) for await (const _ of output as AsyncIterable<unknown>) break;
    return undefined;
  } catch (error) {
    const { code } = toIpcErrorInfo(error);
    return code;
  } finally {
    stop.abort();
  }
}

describe.each(calls)("$service.$name", ({ service, name, schema }) => {
  it(schema === undefined ? "takes no notice of what is sent along" : "refuses what its schema does", async () => {
    if (STARTS_PROGRAMS.has(service)) return expect(schema).toBeUndefined();
    const runs = schema === undefined ? 3 : RUNS;
    await fc.assert(
      fc.asyncProperty(input, async (value) => {
        // What is valid would be done. Nobody asked for that.
        const sent = JSON.parse(JSON.stringify(value) ?? "null") as unknown;
        if (schema?.safeParse(sent).success === true) return;
        const code = await outcome(service, name, sent);
        if (schema !== undefined) expect(code).toBe("invalidArgument");
        else expect(code === undefined || isIpcErrorCode(code)).toBe(true);
      }),
      { numRuns: runs },
    );
    expect((await desktop.client.app.info()).version).toBe("0.0.0");
  });
});
