import { randomBytes } from "node:crypto";
import { symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, it } from "vitest";
import { buildingOf, contextTar } from "../building.ts";
import type { BuildSpec } from "../building.ts";
import type { Suite } from "../lab.ts";
import { api } from "../../fixtures/api.ts";
import { expectUntouched, makeCanary, residentKilobytes } from "../../fixtures/canary.ts";
import { tempDir } from "../../fixtures/exec.ts";
import type { TempDir } from "../../fixtures/exec.ts";
import { makeTar } from "../../fixtures/tar.ts";
import type { TarEntry } from "../../fixtures/tar.ts";
import { ensureTestUser } from "../../fixtures/users.ts";

const UP = "../".repeat(24);

/** Contexts and Dockerfiles that mean harm: each may be refused or built; nothing outside is read or written, and the engine lives on. */
export const buildHostileSuite: Suite = (lab, capabilities) => {
  const { build, shell, can } = buildingOf(lab, capabilities);
  const from = (): string => `FROM ${lab().busybox}\n`;
  let canary: TempDir;
  beforeAll(async () => {
    const owner = capabilities.rootless && process.getuid?.() === 0 ? await ensureTestUser() : undefined;
    canary = await makeCanary(owner);
  });
  afterAll(() => canary[Symbol.asyncDispose]());

  /** Builds; then neither the folder outside was touched, nor does the image or the output hold its secret. */
  const attack = async (what: string, spec: BuildSpec): Promise<void> => {
    const attempt = await build(spec);
    await expectUntouched(canary.path);
    expectNoSecret(what, attempt.output);
    if (attempt.code === 0) await expectNotInside(attempt.image, what);
  };
  /** The secret is no instruction: a parser that reads it tells it in capitals. */
  const expectNoSecret = (what: string, output: string): void => expect(output.toLowerCase(), what).not.toContain("untouched");
  const expectNotInside = async (image: string, what: string): Promise<void> => expect((await lab().docker.bytes(["save", image])).includes("untouched"), what).toBe(false);

  it("COPY and ADD of paths that climb out of the context", async () => {
    for (const source of [`${UP}${canary.path.slice(1)}/secret`, `a/${UP}${canary.path.slice(1)}/secret`, `${canary.path}/secret`, `..${canary.path}`, `${UP}${canary.path.slice(1)}/*`]) {
      await attack(source, { dockerfile: `${from()}COPY ${source} /stolen/\n`, files: { "a/f": "" } });
      await attack(source, { dockerfile: `${from()}ADD ${source} /stolen/\n`, files: { "a/f": "" } });
    }
  });

  it("symbolic links of the context that lead out of it", async () => {
    const files = {
      file: { type: "symlink", link: `${canary.path}/secret` }, dir: { type: "symlink", link: canary.path }, up: { type: "symlink", link: `${UP}${canary.path.slice(1)}` }, "deep/": { type: "dir" }, "deep/root": { type: "symlink", link: "/" },
    } as const;
    for (const source of ["file", "dir", "dir/", "dir/secret", "up/secret", `deep/root${canary.path}/secret`, "."]) await attack(source, { dockerfile: `${from()}COPY ${source} /stolen/\n`, files });
  });

  it("symbolic links of a folder that the CLI sends", async () => {
    await using dir = await tempDir("context");
    await symlink(join(canary.path, "secret"), join(dir.path, "file"));
    await symlink(canary.path, join(dir.path, "dir"));
    await writeFile(join(dir.path, "Dockerfile"), `${from()}COPY . /context\nRUN readlink /context/file /context/dir; cat /context/dir/secret || echo nothing\n`);
    const { stdout } = await lab().docker.run(["build", dir.path]);
    expect(stdout).toContain("nothing");
    expect(stdout).not.toContain("untouched");
  });

  it("members of the tar that climb, are absolute, go through links, or link to files outside", async () => {
    const outside = canary.path;
    const attacks: readonly (readonly TarEntry[])[] = [
      [{ name: `${UP}${outside.slice(1)}/planted`, data: "x" }, { name: `a/${UP}${outside.slice(1)}/planted`, data: "x" }], [{ name: `${outside}/planted`, data: "x" }],
      [{ name: "out", type: "symlink", link: outside }, { name: "out/planted", data: "x" }], [{ name: "a", type: "symlink", link: UP }, { name: "b", type: "symlink", link: `a${outside}` }, { name: "b/planted", data: "x" }],
      [{ name: "hard", type: "link", link: `${UP}${outside.slice(1)}/secret` }, { name: "hard", data: "overwritten" }], [{ name: "hard", type: "link", link: `${outside}/secret` }],
      [{ name: "out", type: "symlink", link: outside }, { name: "hard", type: "link", link: "out/secret" }], [{ name: "out", type: "symlink", link: outside }, { name: "out", type: "dir", mode: 0o777, uid: 4242 }, { name: "out/secret", data: "overwritten" }],
      [{ name: "Dockerfile", type: "symlink", link: `${outside}/secret` }], [{ name: ".dockerignore", type: "symlink", link: `${outside}/secret` }], [{ name: "..", type: "symlink", link: outside }, { name: ".", type: "symlink", link: outside }],
      [{ name: "device", type: "block", device: [254, 0] }, { name: "pipe", type: "fifo" }],
    ];
    for (const entries of attacks) {
      const tar = makeTar([{ name: "Dockerfile", data: `${from()}COPY . /stolen/\n` }, ...entries]);
      const result = await lab().docker.run(["build", "-t", "attacked", "-"], { input: tar });
      const what = JSON.stringify(entries);
      await expectUntouched(outside);
      expectNoSecret(what, result.stdout + result.stderr);
      if (result.code === 0) await expectNotInside("attacked", what);
    }
  });

  it("a Dockerfile that is named outside the context, is a link, a folder, a pipe", async () => {
    // 20.10 opens the pipe and waits for a writer for good.
    for (const path of [`${UP}${canary.path.slice(1)}/secret`, `${canary.path}/secret`, "link", "folder", ...(capabilities.current ? ["pipe"] : []), ""]) {
      const tar = makeTar([{ name: "link", type: "symlink", link: `${canary.path}/secret` }, { name: "folder/", type: "dir" }, { name: "pipe", type: "fifo" }]);
      const answer = await api(lab().engine.socket, "POST", `/build?dockerfile=${encodeURIComponent(path)}`, tar, { "content-type": "application/x-tar" });
      expect(answer.status >= 400 || answer.body.includes('"error"'), path).toBe(true);
      expectNoSecret(path, answer.body);
    }
  });

  it("destinations that climb, or go through links of the image that lead out", async () => {
    const outside = canary.path;
    const archive = makeTar([{ name: "planted", data: "x" }, { name: "out", type: "symlink", link: outside }, { name: "out/planted", data: "x" }, { name: `${UP}${outside.slice(1)}/planted`, data: "x" }]);
    const files = { f: "x", "tree/planted": "x", "archive.tar": archive };
    const link = `RUN ln -s ${outside} /out && ln -s ${UP}${outside.slice(1)} /up\n`;
    for (const line of [
      `COPY f ${UP}${outside.slice(1)}/planted`, "COPY f /out/planted", "COPY f /up/planted", "COPY tree /out", "COPY --chown=1000 f /out/secret", "ADD archive.tar /out/", "ADD archive.tar /up", `WORKDIR ${UP}${outside.slice(1)}/made`, "WORKDIR /out/made", `VOLUME ${UP}${outside.slice(1)}`,
    ]) await attack(line, { dockerfile: `${from()}${link}${line}\n`, files });
    if (can("modern")) for (const line of ["COPY --link f /out/planted", "COPY --parents tree/planted /out/", `COPY <<x /out/planted\nx`, "ADD --unpack=true archive.tar /out/"]) await attack(line, { dockerfile: `${from()}${link}${line}\n`, files, needs: "modern" });
  });

  it("links in the image where the engine mounts something for RUN", async () => {
    const outside = canary.path;
    for (const path of ["/etc/resolv.conf", "/etc/hosts", "/etc/hostname"]) {
      await attack(path, { dockerfile: `${from()}RUN mkdir /new && rm -f ${path} 2>/dev/null; true\nCOPY etc /etc\nRUN echo planted > ${path}; true\n`, files: { "etc/": { type: "dir" }, [path.slice(1)]: { type: "symlink", link: `${outside}/secret` } } });
    }
    for (const path of ["dev", "proc", "sys"]) {
      await attack(path, { dockerfile: `FROM scratch\nCOPY --from=${lab().busybox} /bin /bin\nCOPY . /\nRUN touch /${path}/planted; true\n`, files: { [path]: { type: "symlink", link: outside } } });
    }
  });

  it("mounts whose sources and targets lead out", { skip: !can("buildkit") }, async () => {
    const outside = canary.path;
    const files = { link: { type: "symlink", link: outside } } as const;
    for (const mount of [
      `type=bind,source=${UP}${outside.slice(1)},target=/in`, "type=bind,source=link,target=/in", "type=bind,source=link/secret,target=/in", `type=bind,from=${lab().busybox},source=${UP}${outside.slice(1)},target=/in`,
      "type=cache,target=/out/planted", `type=tmpfs,target=${UP}${outside.slice(1)}`, `type=cache,id=${UP}${outside.slice(1)},target=/in`, "type=bind,target=/out/planted",
    ]) await attack(mount, { dockerfile: `${from()}RUN ln -s ${outside} /out\nRUN --mount=${mount} cat /in/secret /in; touch /in/planted; true\n`, files, needs: "buildkit" });
  });

  it("bytes that are no archive, cut ones, and a tar that lies about a size", async () => {
    const good = contextTar({ Dockerfile: from(), big: randomBytes(200_000) });
    for (const [what, body] of Object.entries({ rubbish: randomBytes(50_000), "cut archive": good.subarray(0, 100_000), "cut gzip": gzipSync(good).subarray(0, 50_000), lie: makeTar([{ name: "Dockerfile", data: from() }, { name: "huge", data: "x", claimedSize: 8_000_000_000 }]) })) {
      const result = await lab().docker.run(["build", "-f", "Dockerfile", "-"], { input: body, timeout: 30_000 });
      expect(result.code, what).not.toBe(0);
      expect(result.code, what).not.toBeNull();
      expect(result.stderr, what).not.toMatch(/\bat .*\.ts:|undefined|\[object/);
    }
  });

  it("lines of megabytes, thousands of words, expansion in expansion: refused or built, and soon", { timeout: 90_000 }, async () => {
    const deep = (depth: number): string => `${"${A:-".repeat(depth)}x${"}".repeat(depth)}`;
    const before = await residentKilobytes(await lab().engine.pid());
    for (const [what, line] of Object.entries({
      "a megabyte of text": `LABEL a="${"x".repeat(1 << 20)}"`, "a megabyte that RUN cannot take": `RUN : ${"x".repeat(1 << 20)}`, "a hundred thousand words": `LABEL ${"a=b ".repeat(100_000)}`, "a hundred thousand continued lines": `RUN : ${"\\\n".repeat(100_000)}`,
      "expansion, nested deeply": `ENV B=${deep(10_000)}`, "expansion without an end": `ENV B=${"${A:-".repeat(10_000)}`, "quotes without an end": `ENV B=${`"'`.repeat(50_000)}"`, "zero bytes": "LABEL a=b\0c", "a deep JSON array": `CMD ${"[".repeat(100_000)}`,
    })) {
      const begin = Date.now();
      const result = await build({ dockerfile: `${from()}${line}\n` });
      expect(Date.now() - begin, what).toBeLessThan(15_000);
      expect(result.code, what).not.toBeNull();
      expect(result.stderr, what).not.toMatch(/\bat .*\.ts:|Maximum call stack|undefined|\[object/);
    }
    expect((await residentKilobytes(await lab().engine.pid())) - before).toBeLessThan(400_000);
  });

  it("variables that double each other are stopped before they fill the memory", { skip: !capabilities.ourErrors }, async () => {
    const before = await residentKilobytes(await lab().engine.pid());
    const result = await build({ dockerfile: `${from()}ENV A0=0123456789\n${Array.from({ length: 12 }, (_, index) => `ENV A${index + 1}=${`$A${index}`.repeat(10)}\n`).join("")}` });
    expect(result.code).not.toBe(0);
    expect(result.stderr.trim()).not.toBe("");
    expect((await residentKilobytes(await lab().engine.pid())) - before).toBeLessThan(300_000);
  });

  it("many triggers, and a base that names itself", async () => {
    const { docker } = lab();
    const many = await build({ dockerfile: `${from()}${"ONBUILD LABEL a=b\n".repeat(20)}` });
    expect(many.code === 0 || many.output !== "").toBe(true);
    // Names that are no beginning of an image's id.
    const circle = await build({ dockerfile: `FROM upper AS lower\nFROM lower AS upper\n` });
    expect(circle.code, circle.output).not.toBe(0);
    const own = await build({ dockerfile: `FROM ${lab().busybox} AS x\nCOPY --from=x /bin /x\n` });
    expect(own.code, own.output).not.toBe(0);
    expect((await docker.run(["version"])).code).toBe(0);
  });

  it("RUN cannot see the engine's machine", async () => {
    expect(await shell({ dockerfile: `${from()}RUN ls ${canary.path} /proc/1/root${canary.path} > /seen 2>/dev/null; test -e ${lab().engine.socket} && echo socket >> /seen; echo end >> /seen\n` }, "cat /seen")).toBe("end");
  });
};
