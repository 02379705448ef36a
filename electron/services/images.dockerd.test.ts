/** Contents and archives of images through the contract, against a real dockerd, which has none of our extensions. */
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { ArchiveEvent } from "../ipc/contract/image-archives.ts";
import { toIpcErrorInfo } from "../ipc/errors.ts";
import { docker, startDockerd, TEST_IMAGE, type TestDaemon } from "../testing/dockerd.ts";
import { startDesktop, unixEndpoint, type TestDesktop } from "../testing/window.ts";

let daemon: TestDaemon;
let desktop: TestDesktop;
let folder: string;

beforeAll(async () => {
  daemon = await startDockerd();
  desktop = await startDesktop(unixEndpoint(daemon.socketPath));
  folder = await mkdtemp(join(tmpdir(), "slipway-archives-"));
});
afterAll(async () => {
  await desktop?.[Symbol.asyncDispose]();
  await daemon?.[Symbol.asyncDispose]();
  if (folder) await rm(folder, { recursive: true, force: true });
});

async function last(events: Promise<AsyncIterable<ArchiveEvent>>): Promise<ArchiveEvent | undefined> {
  let event: ArchiveEvent | undefined;
  for await (event of await events) continue;
  return event;
}

it("layers are told from the history, and files are not", async () => {
  const { imageContents } = desktop.client;
  const { steps, hasFiles } = await imageContents.structure({ id: TEST_IMAGE });
  expect(hasFiles).toBe(false);
  expect(steps.filter((step) => step.layer !== null)).toHaveLength(1);
  expect(toIpcErrorInfo(await imageContents.files({ id: TEST_IMAGE }).catch((error: unknown) => error)).code).toBe("notImplemented");
  expect(toIpcErrorInfo(await imageContents.structure({ id: "never:here" }).catch((error: unknown) => error)).code).toBe("notFound");
  expect(await imageContents.platforms({ ids: [TEST_IMAGE, "never:here"] })).toMatchObject([{ platform: expect.stringMatching(/^linux\//) as unknown }]);
});

it("what a removal frees is an estimate", async () => {
  const { imageContents } = desktop.client;
  await docker(daemon.socketPath, "tag", TEST_IMAGE, "second:1");
  expect(await imageContents.previewRemoval({ names: ["second:1"] })).toMatchObject({ isExact: false, untagged: ["second:1"], deleted: [], freedBytes: 0 });
  const unused = await imageContents.previewPrune({ dangling: false });
  expect(unused).toMatchObject({ isExact: false });
  expect(unused.freedBytes).toBeGreaterThan(100_000);
});

it("images are saved to a path, never over a file unasked, and load again", async () => {
  const { imageArchives, images } = desktop.client;
  const path = join(folder, "second.tar");
  expect(await last(imageArchives.save({ names: ["second:1"], path }))).toMatchObject({ type: "saved", path });
  expect((await stat(path)).size).toBeGreaterThan(100_000);
  expect(toIpcErrorInfo(await last(imageArchives.save({ names: ["second:1"], path })).catch((error: unknown) => error)).code).toBe("alreadyExists");
  expect(toIpcErrorInfo(await last(imageArchives.save({ names: ["never:here"], path: join(folder, "none.tar") })).catch((error: unknown) => error)).code).toBe("notFound");
  await images.remove({ id: "second:1" });
  expect(await last(imageArchives.read({ path, what: { kind: "load" } }))).toEqual({ type: "loaded", images: ["second:1"] });
});

it("an upload from the window loads, and imports under a name", async () => {
  const { imageArchives, images } = desktop.client;
  const bytes = await readFile(join(folder, "second.tar"));
  const send = async (streamId: string, data: Buffer): Promise<void> => {
    for (let from = 0; from < data.length; from += 256 * 1024) await imageArchives.write({ streamId, data: data.subarray(from, from + 256 * 1024).toString("latin1") });
    await imageArchives.end({ streamId });
  };
  const upload = async (streamId: string, what: Parameters<typeof imageArchives.upload>[0]["what"]): Promise<ArchiveEvent | undefined> => {
    let event: ArchiveEvent | undefined;
    let sent: Promise<void> | undefined;
    for await (event of await imageArchives.upload({ streamId, what, totalBytes: bytes.length })) sent ??= send(streamId, bytes);
    await sent;
    return event;
  };
  expect(await upload("a", { kind: "load" })).toEqual({ type: "loaded", images: ["second:1"] });
  expect(await upload("b", { kind: "import", reference: "imported:1", changes: ['CMD ["/x"]'] })).toEqual({ type: "loaded", images: ["imported:1"] });
  expect((await images.inspect({ id: "imported:1" })).Config.Cmd).toEqual(["/x"]);
});
