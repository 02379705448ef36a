import { expect, it } from "vitest";
import { buildingOf } from "../building.ts";
import type { Suite } from "../lab.ts";
import { ARCHITECTURE } from "../../fixtures/images.ts";

/** ARG, expansion of variables, parser directives, and how a Dockerfile may be written. */
export const buildWordsSuite: Suite = (lab, capabilities) => {
  const { build, image, shell, config, can } = buildingOf(lab, capabilities);
  const from = (): string => `FROM ${lab().busybox}\n`;
  /** The variables that a table of expansions set, as `NAME=VALUE` lines. */
  const environment = async (lines: readonly string[], needs: "classic" | "modern" = "classic"): Promise<Record<string, string>> => {
    const { Env } = await config({ dockerfile: `${from()}${lines.join("\n")}\n`, needs });
    return Object.fromEntries((Env ?? []).slice(1).map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
  };

  it("ARG: default, build argument, none; it is there for RUN and not in the image; ENV hides it", async () => {
    const dockerfile = `${from()}ARG A=default\nARG B=default\nARG C\nARG D=argument E=several\nENV D=environment\nRUN echo "$A $B [$C] $D $E" > /seen\n`;
    const name = await image({ dockerfile, flags: ["--build-arg", "B=given", "--build-arg", "D=hidden"], needs: can("modern") ? "modern" : "buildkit" });
    expect(await lab().docker.ok("run", "--rm", name, "sh", "-c", "cat /seen; echo [$A$B$C]")).toBe("default given [] environment several\n[]");
    expect(await lab().docker.ok("image", "inspect", "-f", "{{json .Config.Env}}", name)).not.toContain("given");
  });

  it("ARG: each stage asks for itself; what stands on a stage has what that stage asked for", async () => {
    const dockerfile = `ARG G=global\n${from().trim()} AS one\nARG A=one\nARG G\nRUN echo "$A $G" > /a\nFROM one AS two\nRUN echo "[$A] [$G]" >> /a\nFROM ${lab().busybox}\nCOPY --from=two /a /a\nRUN echo "[$A] [$G]" >> /a\n`;
    expect((await shell({ dockerfile, flags: ["--build-arg", "A=given"], needs: "buildkit" }, "cat /a")).split("\n")).toEqual(["given global", expect.stringMatching(/^\[given\] \[global\]$/), "[] []"] as string[]);
  });

  it("ARG: a value counts from its line on; later ones replace it", async () => {
    expect(await shell({ dockerfile: `${from()}RUN echo "[$V]" > /seen\nARG V=1\nRUN echo "[$V]" >> /seen\nARG V=2\nRUN echo "[$V]" >> /seen\n` }, "cat /seen")).toBe("[]\n[1]\n[2]");
  });

  it("predefined arguments: proxies need no ARG and stay out of the image and its history", async () => {
    const name = await image({ dockerfile: `${from()}RUN echo "$HTTP_PROXY $no_proxy" > /seen\n`, flags: ["--build-arg", "HTTP_PROXY=http://proxy.invalid:1", "--build-arg", "no_proxy=localhost"] });
    expect(await lab().docker.ok("run", "--rm", name, "cat", "/seen")).toBe("http://proxy.invalid:1 localhost");
    expect((await lab().docker.ok("history", "--no-trunc", name)) + (await lab().docker.ok("image", "inspect", name))).not.toContain("proxy.invalid");
  });

  it("predefined arguments: the platforms, once asked for", { skip: !can("buildkit") }, async () => {
    const dockerfile = `FROM --platform=$BUILDPLATFORM ${lab().busybox}\nARG TARGETPLATFORM\nARG TARGETOS\nARG TARGETARCH\nARG BUILDPLATFORM\nRUN echo "$TARGETPLATFORM $TARGETOS $TARGETARCH $BUILDPLATFORM [$BUILDARCH]" > /seen\n`;
    expect(await shell({ dockerfile, needs: "buildkit" }, "cat /seen")).toBe(`linux/${ARCHITECTURE} linux ${ARCHITECTURE} linux/${ARCHITECTURE} []`);
  });

  it("a build argument that nothing asks for is told, and breaks nothing", async () => {
    const { code, output } = await build({ dockerfile: `${from()}LABEL a=b\n`, flags: ["--build-arg", "NOBODY_ASKS=1"] });
    expect(code).toBe(0);
    expect(output).toContain("[NOBODY_ASKS]");
  });

  it("expansion: the forms that every builder knows", async () => {
    expect(await environment([
      "ENV SET=value EMPTY=", "ENV PLAIN=$SET BRACES=${SET}x GLUED=a${SET}b$SET", "ENV UNSET_DEFAULT=${NONE:-word} EMPTY_DEFAULT=${EMPTY:-word} SET_DEFAULT=${SET:-word}",
      "ENV UNSET_OTHER=[${NONE:+word}] EMPTY_OTHER=[${EMPTY:+word}] SET_OTHER=${SET:+word}", "ENV NESTED=${NONE:-${SET}-${NONE:-deep}}", "ENV NOTHING=[$NONE]",
      "ENV ESCAPED=\\$SET \\", "    ESCAPED_BRACES=\\${SET} BACKSLASH=a\\\\b", "ENV DOUBLE=\"$SET two\" SINGLE='$SET two' MIXED=a'$SET'\"$SET\"", 'ENV QUOTES="say \\"hi\\" \\$SET" SPACE=a\\ b',
      "ENV SAME_LINE=new SET=changed BEFORE=$SET", "ENV AFTER=$SET",
    ])).toEqual({
      SET: "changed", EMPTY: "", PLAIN: "value", BRACES: "valuex", GLUED: "avaluebvalue", UNSET_DEFAULT: "word", EMPTY_DEFAULT: "word", SET_DEFAULT: "value",
      UNSET_OTHER: "[]", EMPTY_OTHER: "[]", SET_OTHER: "word", NESTED: "value-deep", NOTHING: "[]",
      ESCAPED: "$SET", ESCAPED_BRACES: "${SET}", BACKSLASH: "a\\b", DOUBLE: "value two", SINGLE: "$SET two", MIXED: "a$SETvalue", QUOTES: 'say "hi" $SET', SPACE: "a b",
      SAME_LINE: "new", BEFORE: "value", AFTER: "changed",
    });
  });

  it("expansion: the forms of current Docker", { skip: !can("modern") }, async () => {
    expect(await environment([
      "ENV SET=value EMPTY=", "ENV A=${NONE-word} B=[${EMPTY-word}] C=${SET-word}", "ENV D=[${NONE+word}] E=${EMPTY+word}", 'ENV F="${SET:?must be set}" G="[${EMPTY?may be empty}]"',
      "ENV FILE=foo.bar.tar.gz", "ENV H=${FILE#*.} I=${FILE##*.} J=${FILE%.*} K=${FILE%%.*} L=${FILE#nothing}", "ENV M=${FILE/bar/X} N=${FILE//./_} O=${FILE/ba?/} P=${FILE//[of]/x}", "ENV R=${FILE%${NONE:-.gz}}",
    ], "modern")).toMatchObject({ A: "word", B: "[]", C: "value", D: "[]", E: "word", F: "value", G: "[]", H: "bar.tar.gz", I: "gz", J: "foo.bar.tar", K: "foo", L: "foo.bar.tar.gz", M: "foo.X.tar.gz", N: "foo_bar_tar_gz", O: "foo..tar.gz", R: "foo.bar.tar" });
    for (const word of ["${NONE:?say why}", "${EMPTY:?say why}", "${NONE?say why}"]) {
      const refused = await build({ dockerfile: `${from()}ENV EMPTY=\nENV A="${word}"\n`, needs: "modern" });
      expect(refused.code, word).not.toBe(0);
      expect(refused.output, word).toContain("say why");
    }
  });

  it("expansion: everywhere the reference says, and not in RUN, CMD and ENTRYPOINT", async () => {
    const dockerfile = `${from()}ENV D=dir P=81 U=app S=SIGHUP L=label\nADD f /$D/added\nCOPY f /\${D}/copied\nEXPOSE $P\nLABEL $L=$D "q$L"='$D'\nSTOPSIGNAL $S\nVOLUME /$D/volume\nWORKDIR /$D/work\nUSER $U\nONBUILD LABEL late=$D\nRUN D=own; echo $D > /tmp/run\nCMD echo $D\n`;
    const name = await image({ dockerfile, files: { f: "" } });
    const { Config } = await lab().docker.inspect<{ Config: Record<string, unknown> }>(name, "image");
    expect(Config).toMatchObject({
      ExposedPorts: { "81/tcp": {} }, Labels: { label: "dir", qlabel: "$D" }, StopSignal: "SIGHUP", Volumes: { "/dir/volume": {} }, WorkingDir: "/dir/work", User: "app", OnBuild: ["LABEL late=$D"], Cmd: ["/bin/sh", "-c", "echo $D"],
    });
    expect(await lab().docker.ok("run", "--rm", "-e", "D=changed", name, "sh", "-c", "ls /dir; cat /tmp/run")).toBe("added\ncopied\nvolume\nwork\nown");
    expect(await lab().docker.ok("run", "--rm", "-e", "D=changed", name)).toBe("changed");
  });

  it("expansion that is broken is refused with the line", async () => {
    for (const word of ["${OPEN", "${}", "${A:=x}"]) {
      const refused = await build({ dockerfile: `${from()}ENV A=b\nENV B=${word}\n` });
      expect(refused.code, word).not.toBe(0);
      expect(refused.output.trim(), word).not.toBe("");
    }
  });

  it("directives: escape, syntax, and what only looks like one", async () => {
    const escape = await shell({ dockerfile: `# escape=\`\n${from()}RUN echo one \`\n  two > /a\nENV P=C:\\dir\\ T=\`$P\nRUN echo "$P $T" > /b\n` }, "cat /a /b");
    expect(escape).toBe("one two\nC:\\dir\\ $P");
    const notOne = await shell({ dockerfile: `# just a comment\n# escape=\`\n${from()}RUN echo \\\n  joined > /a\n` }, "cat /a");
    expect(notOne).toBe("joined");
    expect((await build({ dockerfile: `# syntax=docker/dockerfile:1\n# escape = \\\n${from()}LABEL a=b\n` })).code).toBe(0);
    for (const bad of ["# escape=x\n", "# escape=\\\n# escape=`\n"]) expect((await build({ dockerfile: `${bad}${from()}` })).code, bad).not.toBe(0);
  });

  it("directives: check=error=true makes a warning an error, skip takes it away", { skip: !can("modern") }, async () => {
    const dockerfile = (check: string): string => `# check=${check}\n${from()}maintainer someone\n`;
    const strict = await build({ dockerfile: dockerfile("error=true"), needs: "modern" });
    expect(strict.code).not.toBe(0);
    expect(strict.output).toMatch(/MaintainerDeprecated/);
    expect((await build({ dockerfile: dockerfile("skip=all;error=true"), needs: "modern" })).code).toBe(0);
    expect((await build({ dockerfile: dockerfile("skip=MaintainerDeprecated,ConsistentInstructionCasing;error=true"), needs: "modern" })).code).toBe(0);
  });

  it("writing: small letters, indents, tabs, CRLF, a byte order mark, comments and blank lines inside a line", async () => {
    const crlf = `from ${lab().busybox}\r\nenv A=1 \\\r\n  B=2\r\n\r\n# comment\r\nrun echo "$A $B" > /a\r\n`;
    expect(await shell({ dockerfile: crlf }, "cat /a")).toBe("1 2");
    const odd = `\uFEFF  FROM\t${lab().busybox}   aS   base  \n\tRUN echo a \\\n# comment\n\n   # indented comment\n  b \\\n \t> /a\n   FROM base\nRUN echo "# not a comment" >> /a\n`;
    expect(await shell({ dockerfile: odd }, "cat /a")).toBe("a b\n# not a comment");
  });

  it("what cannot be read is refused with its line and a sentence", async () => {
    const cases: readonly (readonly [string, RegExp])[] = [
      ["", /empty|no instructions/], ["# only a comment\n", /empty|no instructions/], [`${from()}RUNN x\n`, /unknown instruction: RUNN/i], ["RUN x\n", /no build stage in current context/i],
      [`${from()}ENV\n`, /ENV requires at least one argument/], [`${from()}ENV a\n`, /ENV must have two arguments/], [`${from()}LABEL\n`, /LABEL requires at least one argument/], [`${from()}WORKDIR\n`, /WORKDIR requires exactly one argument/],
      [`${from()}USER\n`, /USER requires exactly one argument/], ["FROM\n", /FROM requires either one or three arguments/], ["FROM a b c\n", /FROM requires either one or three arguments|second argument/], [`${from()}LABEL a="b\n`, /unexpected end of statement|unterminated|quote/i],
      ["FROM ${MISSING}\n", /base name.*(should not be blank|empty)|invalid reference/i], [`FROM ${lab().busybox} AS 1bad\n`, /1bad/], ["FROM UPPER/Case\n", /lowercase|invalid reference/i],
    ];
    for (const [dockerfile, says] of cases) {
      const refused = await build({ dockerfile });
      expect(refused.code, dockerfile).not.toBe(0);
      expect(refused.output, dockerfile).toMatch(says);
    }
  });
};
