import { expect, it } from "vitest";
import { buildingOf } from "../building.ts";
import type { Suite } from "../lab.ts";

/** COPY with every flag: what arrives where, with which owner and mode. */
export const buildCopySuite: Suite = (lab, capabilities) => {
  const { build, image, shell, can } = buildingOf(lab, capabilities);
  const from = (): string => `FROM ${lab().busybox}\n`;

  const TREE = {
    "tree/": { type: "dir", mode: 0o755 }, "tree/empty/": { type: "dir", mode: 0o700 }, "tree/.hidden": "h\n", "tree/run.sh": { data: "#!/bin/sh\n", mode: 0o755, uid: 1000, gid: 1000 },
    "tree/private": { data: "p\n", mode: 0o600 }, "tree/to-private": { type: "symlink", link: "private" }, "tree/dangling": { type: "symlink", link: "/no/such/place" },
  } as const;

  it("a folder gives its content: modes, links, empty folders, hidden files and times; all owned by root", async () => {
    const listing = await shell({ dockerfile: `${from()}COPY tree /new/place\n`, files: TREE }, "cd /new/place; find . -mindepth 1 | sort | xargs stat -c '%n %F %a %u:%g'; readlink to-private; readlink dangling; stat -c %Y private; stat -c %a:%u /new");
    expect(listing).toBe([
      "./.hidden regular file 644 0:0", "./dangling symbolic link 777 0:0", "./empty directory 700 0:0", "./private regular file 600 0:0", "./run.sh regular file 755 0:0", "./to-private symbolic link 777 0:0",
      "private", "/no/such/place", "1700000000", "755:0",
    ].join("\n"));
  });

  it("a file: a new name, a folder with a slash at its end or one that is there, beside the working folder", async () => {
    const dockerfile = `${from()}WORKDIR /w\nCOPY f renamed\nCOPY f made/for/it/\nCOPY f /tmp\nCOPY f g ./\nCOPY ["with space", "odd name/"]\nCOPY ./f /./a/../b\n`;
    const files = { f: "f\n", g: "g\n", "with space": "s\n" };
    expect(await shell({ dockerfile, files }, "find /w /tmp /a /b -type f 2>/dev/null | sort")).toBe("/b\n/tmp/f\n/w/f\n/w/g\n/w/made/for/it/f\n/w/odd name/with space\n/w/renamed");
  });

  it("patterns select; a missing file is refused by name", async () => {
    const files = { "a.txt": "", "b.txt": "", "c.md": "", "sub/d.txt": "", "x[1].txt": "brackets\n" };
    expect(await shell({ dockerfile: `${from()}COPY *.txt /star/\nCOPY ?.md s*b /mixed/\nCOPY [ab].txt /class/\nCOPY x[[]1].txt /literal\n`, files }, "cd /; find star mixed class literal -type f | sort")).toBe(
      "class/a.txt\nclass/b.txt\nliteral\nmixed/c.md\nmixed/d.txt\nstar/a.txt\nstar/b.txt\nstar/x[1].txt",
    );
    for (const source of ["missing-file", "sub/missing-file"]) {
      const refused = await build({ dockerfile: `${from()}COPY ${source} /x/\n`, files });
      expect(refused.code, source).not.toBe(0);
      expect(refused.output, source).toContain(source);
    }
    // What the classic builder refuses, BuildKit takes for nothing to do.
    expect((await build({ dockerfile: `${from()}COPY *.nothing /x/\n`, files })).code).toBe(capabilities.current ? 0 : 1);
  });

  it("several sources need a destination that ends with a slash", { skip: capabilities.current }, async () => {
    const refused = await build({ dockerfile: `${from()}COPY a b /new\n`, files: { a: "", b: "" } });
    expect(refused.code).not.toBe(0);
    expect(refused.output).toMatch(/more than one source.*must be a directory and end with a \//s);
  });

  it("a link as source is followed inside the context; links on the way to the destination inside the image", async () => {
    const dockerfile = `${from()}RUN mkdir /real && ln -s real /alias && ln -s /real/deep /absolute\nCOPY link /copied\nCOPY dirlink /dir\nCOPY f /alias/\nCOPY f /absolute/\n`;
    const files = { f: "f\n", link: { type: "symlink", link: "f" }, "d/": { type: "dir" }, "d/inner": "i\n", dirlink: { type: "symlink", link: "d" } } as const;
    expect(await shell({ dockerfile, files }, "stat -c '%n %F' /copied /dir/inner /real/f /real/deep/f; readlink /alias")).toBe("/copied regular file\n/dir/inner regular file\n/real/f regular file\n/real/deep/f regular file\nreal");
  });

  it("a folder over a file is refused, a file over a file replaces it, folders are merged", async () => {
    const files = { "d/a": "new a\n", f: "new\n" };
    expect((await build({ dockerfile: `${from()}COPY d /etc/passwd\n`, files })).code).not.toBe(0);
    expect(await shell({ dockerfile: `${from()}RUN mkdir /d && echo old > /d/a && echo b > /d/b && echo old > /f && chmod 600 /f\nCOPY d /d\nCOPY f /f\n`, files }, "cat /d/a /d/b /f; stat -c %a /f")).toBe("new a\nb\nnew\n644");
  });

  it("--from: a stage by name and number, an image that is not here yet", async () => {
    const dockerfile = `${from().trim()} AS files\nRUN mkdir -p /out/sub && echo 1 > /out/one && ln -s one /out/link\nWORKDIR /out\nFROM ${lab().busybox}\nCOPY --from=files /out /by-name\nCOPY --from=0 out/one /by-number\nCOPY --from=${lab().image("library/layered")} /data/kept /by-image\n`;
    expect(await shell({ dockerfile }, "cd /; find by-name | sort; cat by-number by-image; readlink by-name/link")).toBe("by-name\nby-name/link\nby-name/one\nby-name/sub\n1\nreplaced\none");
    const refused = await build({ dockerfile: `${from()}COPY --from=1 /x /x\n` });
    expect(refused.code).not.toBe(0);
    expect(refused.output).toMatch(/1/);
  });

  it("--from: owners come along from a stage", { skip: !can("buildkit") }, async () => {
    const dockerfile = `${from().trim()} AS s\nRUN mkdir /out && echo x > /out/f && chown -R 1000:100 /out/f && chmod 4750 /out/f\nFROM ${lab().busybox}\nCOPY --from=s /out /out\n`;
    expect(await shell({ dockerfile, needs: "buildkit" }, "stat -c '%u:%g %a' /out/f")).toBe("1000:100 4750");
  });

  it("--chown: names of the image, ids, a user alone; an unknown name is refused", async () => {
    const dockerfile = `${from()}COPY --chown=app:users f /a\nCOPY --chown=1234:56 tree /b\nCOPY --chown=app f /c\nCOPY --chown=77 f /d\nARG WHO=app\nCOPY --chown=$WHO f /e\n`;
    expect(await shell({ dockerfile, files: { f: "", "tree/sub/f": "" } }, "stat -c '%u:%g' /a /b/sub /b/sub/f /c /d /e")).toBe("1000:100\n1234:56\n1234:56\n1000:1000\n77:77\n1000:1000");
    const refused = await build({ dockerfile: `${from()}COPY --chown=nobody-here f /a\n`, files: { f: "" } });
    expect(refused.code).not.toBe(0);
    expect(refused.output).toContain("nobody-here");
  });

  it("--chmod: octal, for files and what folders hold", { skip: !can("buildkit") }, async () => {
    const dockerfile = `${from()}COPY --chmod=0640 f /a\nCOPY --chmod=750 --chown=app tree /b\n`;
    expect(await shell({ dockerfile, needs: "buildkit", files: { f: "", "tree/sub/f": "" } }, "stat -c '%a %u' /a /b/sub /b/sub/f")).toBe("640 0\n750 1000\n750 1000");
  });

  it("the folder that a folder's content goes to is made with mode 755 and the owner asked for", { skip: !can("buildkit") }, async () => {
    const files = { "tree/": { type: "dir", mode: 0o700 }, "tree/sub/": { type: "dir", mode: 0o711 }, "tree/sub/f": "" } as const;
    const dockerfile = `${from()}COPY tree /plain\nCOPY --chmod=0550 --chown=app tree /deep/changed/\nRUN mkdir -m 751 /there\nCOPY --chown=app tree /there\n`;
    expect(await shell({ dockerfile, needs: "buildkit", files }, "stat -c '%a %u' /plain /plain/sub /deep /deep/changed /deep/changed/sub /there /there/sub")).toBe("755 0\n711 0\n755 1000\n755 1000\n550 1000\n751 0\n711 1000");
  });

  it("--chmod: symbolic, and from a variable", { skip: !can("modern") }, async () => {
    const dockerfile = `${from()}ARG MODE=600\nCOPY --chmod=u=rwX,go= tree /a\nCOPY --chmod=$MODE f /b\nCOPY --chmod=a+x f /c\n`;
    expect(await shell({ dockerfile, needs: "modern", files: { f: { data: "", mode: 0o644 }, "tree/sub/f": { data: "", mode: 0o666 } } }, "stat -c '%a' /a/sub /a/sub/f /b /c")).toBe("700\n600\n600\n755");
    const refused = await build({ dockerfile: `${from()}COPY --chmod=9 f /a\n`, needs: "modern", files: { f: "" } });
    expect(refused.code).not.toBe(0);
    expect(refused.output).toContain("9");
  });

  it("--link: the same files, through no link of the image below", { skip: !can("modern") }, async () => {
    const dockerfile = `${from()}RUN mkdir /real && ln -s real /alias\nCOPY --link --chown=1000:1000 --chmod=640 f /deep/er/\nCOPY --link f /alias/f\n`;
    expect(await shell({ dockerfile, needs: "modern", files: { f: "linked\n" } }, "cat /deep/er/f; stat -c '%u:%g %a' /deep/er/f; stat -c %F /alias; ls /real")).toBe("linked\n1000:1000 640\ndirectory");
  });

  it("--exclude: patterns that count from the source", { skip: !can("modern") }, async () => {
    const files = { "src/main.js": "", "src/main.test.js": "", "src/deep/a.js": "", "src/deep/a.test.js": "", "src/notes.md": "", "top.md": "", "top.js": "" };
    const dockerfile = `${from()}COPY --exclude=**/*.test.js --exclude=*.md src /a/\nCOPY --exclude=*.md top.* /b/\n`;
    expect(await shell({ dockerfile, needs: "modern", files }, "cd /; find a b -type f | sort")).toBe("a/deep/a.js\na/main.js\nb/top.js");
  });

  it("--parents: folders come along, from the point /./ on", { skip: !can("modern") }, async () => {
    const files = { "x/a.txt": "", "x/y/b.txt": "", "x/y/c.md": "", "z/d.txt": "" };
    const dockerfile = `${from()}COPY --parents ./x/a.txt ./z /plain/\nCOPY --parents x/./y/*.txt /pivot/\nCOPY --parents **/*.txt /all/\n`;
    expect(await shell({ dockerfile, needs: "modern", files }, "cd /; find plain pivot all -type f | sort")).toBe("all/x/a.txt\nall/x/y/b.txt\nall/z/d.txt\npivot/y/b.txt\nplain/x/a.txt\nplain/z/d.txt");
  });

  it("here-documents: names, variables, quoted ones that keep them, tabs, beside files of the context", { skip: !can("modern") }, async () => {
    const dockerfile = `${from()}ARG WHO=world\nCOPY <<EOF /hello\nhello \${WHO}, \\$HOME\nEOF\nCOPY <<'raw.txt' <<-stripped f /dir/\n$WHO stays\nraw.txt\n\tno tab\n\t\tnone\nstripped\nADD --chmod=700 --chown=app <<"EOF" /script\n#!/bin/sh\nEOF\n`;
    expect(await shell({ dockerfile, needs: "modern", files: { f: "f\n" } }, "cat /hello; cd /dir; head -n 9 *; stat -c '%a %U' /hello /script")).toBe(
      "hello world, $HOME\n==> f <==\nf\n\n==> raw.txt <==\n$WHO stays\n\n==> stripped <==\nno tab\nnone\n644 root\n700 app",
    );
  });

  it("sources that look like paths out of the context stay inside", async () => {
    expect(await shell({ dockerfile: `${from()}COPY /f /a\nCOPY /sub/../f /b\n`, files: { f: "inside\n", "sub/x": "" } }, "cat /a /b")).toBe("inside\ninside");
  });

  it("an unknown flag and a missing destination are refused with the line", async () => {
    for (const [line, says] of [["COPY --chwon=1 f /f", /chwon/], ["COPY f", /COPY requires at least two arguments/]] as const) {
      const refused = await build({ dockerfile: `${from()}${line}\n`, files: { f: "" } });
      expect(refused.code).not.toBe(0);
      expect(refused.output).toMatch(says);
      expect(refused.output).toMatch(/line 2|:2\b/);
    }
  });

  it("a deleted file stays deleted, a folder in place of a file and the other way round", async () => {
    const name = await image({ dockerfile: `${from()}COPY tree /t\nRUN rm /t/run.sh && rm -r /t/empty && echo file > /t/empty && rm /t/private && mkdir /t/private && touch /t/private/x\nCOPY tree/run.sh /t/again\n`, files: TREE });
    expect(await lab().docker.ok("run", "--rm", name, "sh", "-c", "cd /t; find . | sort; cat empty")).toBe(".\n./.hidden\n./again\n./dangling\n./empty\n./private\n./private/x\n./to-private\nfile");
  });
};
