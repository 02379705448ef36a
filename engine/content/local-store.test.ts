import { spawn } from "node:child_process";
import { appendFile, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { digestOf } from "../base/digest.ts";
import { contentStoreSuite } from "./content.suite.ts";
import type { ContentFixture } from "./content.suite.ts";
import { LocalContentStore } from "./local-store.ts";

async function makeFixture(): Promise<ContentFixture & { readonly root: string }> {
  const root = await mkdtemp(join(tmpdir(), "content-"));
  return {
    root,
    store: new LocalContentStore({ root }),
    reopen: () => new LocalContentStore({ root }),
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
}

contentStoreSuite(makeFixture);

test("adopting takes a finished file and refuses one of another size", async () => {
  await using fixture = await makeFixture();
  const { store } = fixture;
  const file = store.ingestPath("worker");
  await writeFile(file, "abc");
  await expect(store.adopt(file, digestOf("abcd"), 4)).rejects.toMatchObject({ code: "dataLoss" });
  await writeFile(file, "abcd");
  await store.adopt(file, digestOf("abcd"), 4);
  expect(Buffer.from(await store.read(digestOf("abcd"))).toString()).toBe("abcd");
  await expect(store.adopt(file, digestOf("abcd"), 4)).rejects.toMatchObject({ code: "notFound" });
});

test("a blob damaged on disk is told apart from a good one", async () => {
  await using fixture = await makeFixture();
  const { digest } = await fixture.store.put(new TextEncoder().encode("abc"));
  await appendFile(await fixture.store.pathOf(digest), "d");
  await expect(fixture.store.read(digest)).rejects.toMatchObject({ code: "dataLoss" });
});

test("foreign names in the blobs directory and links in the ingest directory are not followed", async () => {
  await using fixture = await makeFixture();
  await writeFile(join(fixture.root, "blobs/sha256/README"), "x");
  expect(await Array.fromAsync(fixture.store.list())).toEqual([]);
  await symlink("/etc/passwd", fixture.store.ingestPath("ref"));
  await expect(fixture.store.writer("ref")).rejects.toThrow("ELOOP");
});

test("killed at any instant: every blob is whole and every ingest resumes", async () => {
  await using fixture = await makeFixture();
  const script = `
    import { LocalContentStore } from ${JSON.stringify(join(import.meta.dirname, "local-store.ts"))};
    const store = new LocalContentStore({ root: ${JSON.stringify(fixture.root)} });
    process.stdout.write("ready");
    for (let i = 0; ; i++) {
      const bytes = Buffer.alloc(100_000, String(i));
      if (i % 2) await store.put(bytes);
      else {
        await using writer = await store.writer("ref" + i % 20);
        for (let at = writer.offset; at < bytes.length; at += 10_000) await writer.write(bytes.subarray(at, at + 10_000));
        await writer.commit({}).catch(() => undefined);
      }
    }`;
  for (let round = 0; round < 8; round++) {
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: ["ignore", "pipe", "ignore"] });
    const gone = new Promise((resolve) => child.once("exit", resolve));
    await new Promise((resolve) => child.stdout.once("data", resolve));
    await new Promise((resolve) => setTimeout(resolve, 5 + Math.random() * 60));
    child.kill("SIGKILL");
    await gone;
    const store = fixture.reopen();
    for await (const blob of store.list()) expect(digestOf(await store.read(blob.digest))).toBe(blob.digest);
    await using writer = await store.writer(`ref${round * 2}`);
    await writer.write(Buffer.from("x"));
    await writer.commit({ size: writer.offset });
    await store.sweepIngests(new Date(Date.now() + 1000));
    expect(await readdir(join(fixture.root, "ingest"))).toEqual([]);
  }
});
