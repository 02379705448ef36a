import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { draftFile } from "./draft-file.ts";
import { chunksOf, isMissingRoute, linesOf } from "./log-streams.ts";
import { createTextFiles } from "./text-files.ts";

describe("a log stream", () => {
  function sent(...texts: string[]): PassThrough {
    const stream = new PassThrough();
    for (const text of texts) stream.write(text);
    stream.end();
    return stream;
  }

  it("becomes chunks of whole lines, and what has no end comes last", async () => {
    const chunks = [];
    for await (const part of chunksOf(sent("a\r\nb", "c\nrest"), true)) chunks.push(...part.chunks);
    expect(chunks.map(({ text }) => text).join("\n")).toBe("a\nbc\nrest");
    expect(chunks.at(-1)).toEqual({ source: "stdout", text: "rest", lines: 1, partial: true });
    expect(chunks.reduce((sum, { lines }) => sum + lines, 0)).toBe(3);
  });

  it("becomes lines with their times", async () => {
    const lines = [];
    for await (const line of linesOf(sent("T1 one two\nT2 \nT3"), true)) lines.push(line);
    expect(lines).toEqual([{ time: "T1", text: "one two", source: "stdout" }, { time: "T2", text: "", source: "stdout" }, { time: "T3", text: "", source: "stdout" }]);
  });

  it("that a daemon does not have is told from a container that is not there", () => {
    const answer = (statusCode: number, message: string) => Object.assign(new Error(message), { statusCode });
    expect(isMissingRoute(answer(404, "(HTTP code 404) unexpected - page not found"))).toBe(true);
    expect(isMissingRoute(answer(404, "(HTTP code 404) no such container - No such container: x"))).toBe(false);
    expect(isMissingRoute(answer(500, "boom"))).toBe(false);
    expect(isMissingRoute(new Error("x"))).toBe(false);
  });
});

describe("files that appear when they are whole", () => {
  let folder: string;
  beforeEach(async () => { folder = await mkdtemp(join(tmpdir(), "slipway-files-")); });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it("are written beside their place and take it at the end", async () => {
    const path = join(folder, "a.log");
    const files = createTextFiles();
    const { fileId } = await files.begin(path, false);
    await files.write(fileId, "one\n");
    await files.write(fileId, "zwei ü\n");
    expect(await readdir(folder)).not.toContain("a.log");
    expect(await files.end(fileId, true)).toEqual({ path });
    expect(await readFile(path, "utf8")).toBe("one\nzwei ü\n");
    expect(await readdir(folder)).toEqual(["a.log"]);
  });

  it("leave nothing when they are not kept, or when nobody writes any more", async () => {
    const files = createTextFiles(20);
    const given = await files.begin(join(folder, "a.log"), false);
    await files.end(given.fileId, false);
    const { fileId } = await files.begin(join(folder, "b.log"), false);
    await sleep(80);
    await expect(files.write(fileId, "x")).rejects.toMatchObject({ code: "notFound" });
    expect(await readdir(folder)).toEqual([]);
  });

  it("replace only what they are told to, and say what is in the way", async () => {
    const path = join(folder, "a.log");
    await writeFile(path, "before");
    await expect(draftFile(path, false)).rejects.toMatchObject({ code: "alreadyExists", message: `${path} exists already.` });
    await expect(draftFile(folder, true)).rejects.toMatchObject({ code: "invalidArgument" });
    await expect(draftFile(join(folder, "no", "b.log"), false)).rejects.toMatchObject({ code: "notFound", message: `The folder ${join(folder, "no")} does not exist.` });
    const draft = await draftFile(path, true);
    await draft.write("after");
    expect(await readFile(path, "utf8")).toBe("before");
    await draft.keep();
    expect(await readFile(path, "utf8")).toBe("after");
  });
});
