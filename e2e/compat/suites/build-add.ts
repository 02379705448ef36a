import { gzipSync, zstdCompressSync } from "node:zlib";
import { afterAll, beforeAll, expect, it } from "vitest";
import { buildingOf } from "../building.ts";
import type { Suite } from "../lab.ts";
import { startGitServer } from "../../fixtures/git-server.ts";
import type { GitServer } from "../../fixtures/git-server.ts";
import { sha256 } from "../../fixtures/images.ts";
import { makeTar } from "../../fixtures/tar.ts";
import { startWebServer } from "../../fixtures/web-server.ts";
import type { WebServer } from "../../fixtures/web-server.ts";

const PACKED = makeTar([{ name: "packed/", type: "dir", mode: 0o750 }, { name: "packed/inner", data: "packed\n", uid: 1000, gid: 100, mode: 0o640 }, { name: "packed/link", type: "symlink", link: "inner" }]);
/** The same archive by `bzip2 -9` and `xz -9`, which Node cannot make. */
const PACKED_BZIP2 = "QlpoOTFBWSZTWbnrFEEAAJzbkMmQQAD/hAYobi1eAARAAQggAIAiiRqbSR+pNB6hkNqD9UMYTE0GCMQyMJnB+utppeph1gnQEL3vZtVjlJEEpfnEthCEeksMvO5pQEzZZECfP02o7MAZwxXi3ijkFJIs6xU2zfCahSjXQq8K6G2bnllLCHYPt6h8h0Dc3+OVOwUk3f3+jGpxcOHBjxQ/xdyRThQkLnrFEEA=";
const PACKED_XZ = "/Td6WFoAAAFpIt42AgAhARwAAAAQz1jM4Av/AIZdADgYSJnNXByGRPxPKlkvou41BF/6jMwfx3z42jkJC2fvHzyThjH+xolapt/mAmOYnxNvk8keyx6HKOqhp0Hhp/XhreLczwXg7fAwDJV7ox/4nM+KCBSbknoCiCglBgODvpmFLP1FFcMym+ss66ItrS2hKONTH2W6dmEH1PooPzWe9BiUTEAAAAAAlUtC0QABngGAGAAArc41Jj4wDYsCAAAAAAFZWg==";
const LISTING = "cd /in/packed && cat inner link && stat -c '%a %u:%g' . inner";
const LISTED = "packed\npacked\n750 0:0\n640 1000:100";

/** ADD: archives, addresses, git, and its flags. */
export const buildAddSuite: Suite = (lab, capabilities) => {
  const { build, shell, can } = buildingOf(lab, capabilities);
  const from = (): string => `FROM ${lab().busybox}\n`;
  let web: WebServer;
  let git: GitServer;
  beforeAll(async () => {
    web = await startWebServer({ "/file.txt": "from the web\n", "/dir/archive.tar.gz": gzipSync(PACKED), "/changing": "first\n" });
    git = await startGitServer();
  });
  afterAll(async () => {
    await git[Symbol.asyncDispose]();
    await web[Symbol.asyncDispose]();
  });

  const archives: Readonly<Record<string, Uint8Array>> = {
    "not compressed": PACKED, gzip: gzipSync(PACKED), bzip2: Buffer.from(PACKED_BZIP2, "base64"), xz: Buffer.from(PACKED_XZ, "base64"), zstd: zstdCompressSync(PACKED),
  };
  for (const [name, archive] of Object.entries(archives)) {
    it(`unpacks an archive of the context, ${name}, whatever it is called`, { skip: name === "zstd" && !capabilities.zstd }, async () => {
      expect(await shell({ dockerfile: `${from()}ADD whatever /in/\n`, files: { whatever: archive } }, LISTING)).toBe(LISTED);
    });
  }

  it("copies what is no archive, and COPY unpacks nothing", async () => {
    const files = { "a.tar.gz": "not at all\n", "b.gz": gzipSync("compressed text\n"), "c.tar": PACKED, "tree/f": "f\n" };
    expect(await shell({ dockerfile: `${from()}ADD a.tar.gz b.gz /in/\nCOPY c.tar /in/\nADD tree /tree\nADD a.tar.gz /renamed\n`, files }, "cd /in; ls; cat a.tar.gz /renamed /tree/f; gunzip -c b.gz; tar -tf c.tar | head -n 1")).toBe(
      "a.tar.gz\nb.gz\nc.tar\nnot at all\nnot at all\nf\ncompressed text\npacked/",
    );
  });

  it("unpacks over what is there: folders are merged, files replaced", async () => {
    expect(await shell({ dockerfile: `${from()}RUN mkdir -p /in/packed && echo old > /in/packed/inner && echo kept > /in/packed/kept\nADD a.tar /in\n`, files: { "a.tar": PACKED } }, `${LISTING}; cat kept`)).toBe(`${LISTED}\nkept`);
  });

  it("an address: a file with mode 600, named by the address or the destination, not unpacked", async () => {
    const dockerfile = `${from()}ADD ${web.url}/file.txt /named\nADD ${web.url}/file.txt ${web.url}/dir/archive.tar.gz /in/\nARG WHERE=${web.url}\nADD $WHERE/file.txt /by-variable\n`;
    expect(await shell({ dockerfile }, "cat /named /by-variable; ls /in; stat -c '%a %u %Y' /named; gunzip -c /in/archive.tar.gz | tar -t | head -n 1")).toBe(
      `from the web\nfrom the web\narchive.tar.gz\nfile.txt\n600 0 ${Date.parse("2024-01-02T03:04:05Z") / 1000}\npacked/`,
    );
  });

  it("an address is asked again at each build; the same content is a cache hit, other content is not", async () => {
    const spec = { dockerfile: `${from()}ADD ${web.url}/changing /changing\nRUN cat /changing > /copy\n` };
    expect(await shell(spec, "cat /copy")).toBe("first");
    const again = await build(spec);
    expect(again.output).toMatch(/Using cache/);
    web.files.set("/changing", "second\n");
    expect(await shell(spec, "cat /copy")).toBe("second");
    expect(web.seen.filter((line) => line.includes("/changing")).length).toBeGreaterThanOrEqual(3);
  });

  it("an address that is not there fails the build and says so", async () => {
    const missing = await build({ dockerfile: `${from()}ADD ${web.url}/missing /x\n` });
    expect(missing.code).not.toBe(0);
    expect(missing.output).toMatch(/404/);
    const nobody = await build({ dockerfile: `${from()}ADD http://127.0.0.1:1/x /x\n` });
    expect(nobody.code).not.toBe(0);
    expect(nobody.output).toMatch(/127\.0\.0\.1:1/);
  });

  it("--chown of files and of addresses; archives keep their owners unless told", async () => {
    const dockerfile = `${from()}ADD --chown=app:users f ${web.url}/file.txt /in/\n`;
    expect(await shell({ dockerfile, files: { f: "" } }, "stat -c '%u:%g' /in/f /in/file.txt")).toBe("1000:100\n1000:100");
  });

  it("--chmod of files", { skip: !can("buildkit") }, async () => {
    expect(await shell({ dockerfile: `${from()}ADD --chmod=755 f /in/\n`, needs: "buildkit", files: { f: "" } }, "stat -c '%a' /in/f")).toBe("755");
  });

  it("--chmod of addresses", { skip: !can("modern") }, async () => {
    expect(await shell({ dockerfile: `${from()}ADD --chmod=755 ${web.url}/file.txt /in/\n`, needs: "modern" }, "stat -c '%a' /in/file.txt")).toBe("755");
  });

  it("--checksum: the right one passes, a wrong one fails with both", { skip: !can("modern") }, async () => {
    const digest = sha256("from the web\n");
    expect(await shell({ dockerfile: `${from()}ADD --checksum=${digest} ${web.url}/file.txt /in\n`, needs: "modern" }, "cat /in")).toBe("from the web");
    const wrong = `sha256:${"0".repeat(64)}`;
    const refused = await build({ dockerfile: `${from()}ADD --checksum=${wrong} ${web.url}/file.txt /in\n`, needs: "modern" });
    expect(refused.code).not.toBe(0);
    expect(refused.output).toContain(wrong);
    expect(refused.output).toContain(digest);
    expect((await build({ dockerfile: `${from()}ADD --checksum=nonsense ${web.url}/file.txt /in\n`, needs: "modern" })).code).not.toBe(0);
  });

  it("--unpack: an archive at an address is unpacked, one of the context is not", { skip: !can("modern") }, async () => {
    const dockerfile = `${from()}ADD --unpack=true ${web.url}/dir/archive.tar.gz /in/\nADD --unpack=false a.tar /kept/\n`;
    expect(await shell({ dockerfile, needs: "modern", files: { "a.tar": PACKED } }, `ls /kept; ${LISTING}`)).toBe(`a.tar\n${LISTED}`);
  });

  it("--exclude and --link", { skip: !can("modern") }, async () => {
    expect(await shell({ dockerfile: `${from()}ADD --link --exclude=*.md tree /in/\n`, needs: "modern", files: { "tree/a.md": "", "tree/b": "" } }, "ls /in")).toBe("b");
  });

  it("git: a branch, a tag, a commit, a folder; without .git unless asked for", { skip: !can("modern") }, async () => {
    const [first] = git.commits;
    const dockerfile = `${from()}ADD ${git.repository} /main\nADD ${git.repository}#topic /topic\nADD ${git.repository}#v1.0:styles /styles\nADD ${git.repository}#${first} /commit\nADD --keep-git-dir=true ${git.repository}#v1.0 /kept\n`;
    expect(await shell({ dockerfile, needs: "modern" }, "cd /; cat main/VERSION topic/VERSION commit/VERSION kept/VERSION; ls styles; ls -d main/.git kept/.git 2>/dev/null; stat -c '%u:%g %a' main/VERSION")).toBe("2.0\n1.0\n1.0\n1.0\ndark.css\nlight.css\nkept/.git\n0:0 644");
  });

  it("git: --checksum of the commit, and a name that is not there", { skip: !can("modern") }, async () => {
    const [first, second] = git.commits;
    expect(await shell({ dockerfile: `${from()}ADD --checksum=${first} ${git.repository}#v1.0 /in\n`, needs: "modern" }, "cat /in/VERSION")).toBe("1.0");
    const wrong = await build({ dockerfile: `${from()}ADD --checksum=${second} ${git.repository}#v1.0 /in\n`, needs: "modern" });
    expect(wrong.code).not.toBe(0);
    expect(wrong.output).toContain(second);
    const missing = await build({ dockerfile: `${from()}ADD ${git.repository}#no-such-branch /in\n`, needs: "modern" });
    expect(missing.code).not.toBe(0);
    expect(missing.output).toContain("no-such-branch");
  });
};
