import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isEngineError } from "../../base/errors.ts";
import { parseInstructions } from "../instructions/parse.ts";
import { parseDockerfile } from "../syntax/parse.ts";
import { cpuMilliseconds, dockerfileLike, validDockerfile } from "../testing/texts.ts";
import { lintDockerfile, RULES } from "./lint.ts";
import type { LintOptions } from "./rule.ts";

const lint = (text: string, options: LintOptions = {}) => {
  const tree = parseDockerfile(text);
  return lintDockerfile(tree, parseInstructions(tree), options);
};
/** `line:column-line:column message` of what a rule says. */
const says = (rule: string, text: string, options: LintOptions = {}): string[] => lint(text, options).filter((diagnostic) => diagnostic.rule === rule)
  .map(({ message, range: { start, end } }) => `${String(start.line)}:${String(start.column)}-${String(end.line)}:${String(end.column)} ${message}`);

/** Rows of a Dockerfile and what the rule says of it. */
function rule(name: string, rows: readonly (readonly [text: string, findings: readonly string[], options?: LintOptions])[]): void {
  describe(name, () => {
    test.each(rows.map(([text, findings, options = {}]) => [text, findings, options] as const))("%j", (text, findings, options) => expect(says(name, text, options)).toEqual(findings));
  });
}

rule("StageNameCasing", [
  ["FROM a AS Build", ["1:11-1:16 Stage name 'Build' should be lowercase"]],
  ["FROM a AS build\nFROM b", []],
]);

rule("FromAsCasing", [
  ["FROM a as b", ["1:8-1:10 'as' and 'FROM' keywords' casing do not match"]],
  ["from a AS b", ["1:8-1:10 'AS' and 'from' keywords' casing do not match"]],
  ["FROM \\\n  a  As b", ["2:6-2:8 'As' and 'FROM' keywords' casing do not match"]],
  ["FROM a AS b", []], ["from a as b", []], ["From a aS b", []], ["FROM a", []],
]);

rule("NoEmptyContinuation", [
  ["FROM a\nRUN x \\\n\n  y \\\n \n z\nRUN \\\n\n", ["3:1-3:1 Empty continuation line", "8:1-8:1 Empty continuation line"]],
  ["FROM a\nRUN x \\\n# c\n  y\n\nRUN z", []],
]);

rule("ConsistentInstructionCasing", [
  ["FROM a\nrun b\nCMD c", ["2:1-2:4 Command 'run' should match the case of the command majority (uppercase)"]],
  ["from a\nrun b\nCMD c", ["3:1-3:4 Command 'CMD' should match the case of the command majority (lowercase)"]],
  ["FROM a\nrun b", ["2:1-2:4 Command 'run' should match the case of the command majority (uppercase)"]],
  ["From a", ["1:1-1:5 Command 'From' should match the case of the command majority (uppercase)"]],
  ["arg A\narg B\nFROM a", []],
  ["from a\nrun b", []],
]);

rule("DuplicateStageName", [
  ["FROM a AS x\nFROM b AS X\nFROM c AS x", ["2:11-2:12 Duplicate stage name \"x\", stage names should be unique", "3:11-3:12 Duplicate stage name \"x\", stage names should be unique"]],
  ["FROM a AS x\nFROM x\nFROM x", []],
]);

rule("ReservedStageName", [
  ["FROM a AS Scratch\nFROM b AS context", ["1:11-1:18 Stage name should not use the same name as reserved stage \"scratch\"", "2:11-2:18 Stage name should not use the same name as reserved stage \"context\""]],
  ["FROM scratch AS contexts", []],
]);

rule("JSONArgsRecommended", [
  ["FROM a\nCMD b c\nENTRYPOINT d", ["2:5-2:8 JSON arguments recommended for CMD to prevent unintended behavior related to OS signals", "3:12-3:13 JSON arguments recommended for ENTRYPOINT to prevent unintended behavior related to OS signals"]],
  ["FROM a\nCMD", ["2:1-2:4 JSON arguments recommended for CMD to prevent unintended behavior related to OS signals"]],
  ["FROM a\nCMD [\"b\"]\nENTRYPOINT []\nRUN c\nHEALTHCHECK CMD d", []],
  ["FROM a\nSHELL [\"x\"]\nCMD b", []],
  ["FROM a AS s\nSHELL [\"x\"]\nFROM s\nCMD b\nFROM c\nCMD d", ["6:5-6:6 JSON arguments recommended for CMD to prevent unintended behavior related to OS signals"]],
  ["FROM a\nCMD b\nSHELL [\"x\"]", ["2:5-2:6 JSON arguments recommended for CMD to prevent unintended behavior related to OS signals"]],
  ["FROM a\nCMD b", [], { baseConfig: () => ({ Shell: ["/bin/bash"] }) }],
]);

rule("MaintainerDeprecated", [["FROM a\nMAINTAINER me", ["2:1-2:11 Maintainer instruction is deprecated in favor of using label"]], ["FROM a\nLABEL maintainer=me", []]]);

rule("UndefinedArgInFrom", [
  ["ARG VERSION=1\nFROM a:$VERSOIN", ["2:6-2:16 FROM argument 'VERSOIN' is not declared (did you mean VERSION?)"]],
  ["FROM --platform=$BUILDPLATFROM a", ["1:17-1:31 FROM argument 'BUILDPLATFROM' is not declared (did you mean BUILDPLATFORM?)"]],
  ["FROM a:${X:-1}", ["1:6-1:15 FROM argument 'X' is not declared"]],
  ["ARG X\nFROM a:${X:-1}\nFROM --platform=$TARGETPLATFORM b$TARGETSTAGE", []],
  ["FROM a\nARG X\nFROM b:$X", ["3:6-3:10 FROM argument 'X' is not declared"]],
  ["FROM $X", ["1:6-1:8 FROM argument 'X' is not declared"], { args: { X: "a" } }],
]);

rule("WorkdirRelativePath", [
  ["FROM a\nWORKDIR b\nWORKDIR c", ["2:9-2:10 Relative workdir \"b\" can have unexpected results if the base image changes"]],
  ["FROM a\nWORKDIR /b\nWORKDIR c", []],
  ["FROM a AS s\nWORKDIR /b\nFROM s\nWORKDIR c\nFROM a\nWORKDIR d", ["6:9-6:10 Relative workdir \"d\" can have unexpected results if the base image changes"]],
  ["FROM a\nENV D=/x\nWORKDIR $D", []],
  ["FROM a\nENV D=x\nWORKDIR ${D}/y", ["3:9-3:15 Relative workdir \"x/y\" can have unexpected results if the base image changes"]],
  ["FROM a\nWORKDIR $HOME/x", []],
  ["FROM scratch\nWORKDIR ${HOME}x", ["2:9-2:17 Relative workdir \"x\" can have unexpected results if the base image changes"]],
  ["FROM a\nWORKDIR $HOME", [], { baseConfig: () => ({ Env: ["HOME=/root"] }) }],
]);

rule("UndefinedVar", [
  ["FROM scratch\nCOPY $foo .", ["2:6-2:10 Usage of undefined variable '$foo'"]],
  ["FROM scratch\nENV PATH=$PAHT:/app", ["2:10-2:20 Usage of undefined variable '$PAHT' (did you mean $PATH?)"]],
  ["FROM scratch\nARG foo\nCOPY $foo .\nENV A=$foo B=$A", ["4:14-4:16 Usage of undefined variable '$A'"]],
  ["FROM scratch\nENV A=1\nENV B=$A\nLABEL $B=$C\nUSER $D\nVOLUME $E\nSTOPSIGNAL $F\nARG G=$G\nRUN --mount=target=/$H $I", ["4:10-4:12 Usage of undefined variable '$C'", "5:6-5:8 Usage of undefined variable '$D'", "6:8-6:10 Usage of undefined variable '$E'", "7:12-7:14 Usage of undefined variable '$F'", "8:7-8:9 Usage of undefined variable '$G'", "9:13-9:23 Usage of undefined variable '$H'"]],
  ["FROM scratch\nCOPY --chown=$X $X $X/", ["2:17-2:19 Usage of undefined variable '$X'"]],
  // The image may define it.
  ["FROM a\nCOPY $foo .", []],
  ["FROM a\nCOPY $foo $HOME .", ["2:6-2:10 Usage of undefined variable '$foo'"], { baseConfig: (stage) => (stage === 0 ? { Env: ["HOME=/root"] } : undefined) }],
  ["FROM a AS b\nENV X=1\nFROM b\nCOPY $X $Y/", ["4:9-4:12 Usage of undefined variable '$Y'"], { baseConfig: (stage) => (stage === 0 ? {} : undefined) }],
  ["ARG V=1\nFROM scratch\nENV A=$V\nARG V\nENV A=$V", ["3:7-3:9 Usage of undefined variable '$V'"]],
  ["FROM scratch\nARG A\nENV B=${A:-1}", []],
  ["FROM scratch\nENV A='$B' C=\\$D", []],
]);

rule("MultipleInstructionsDisallowed", [
  ["FROM a\nCMD a\ncmd b\nCMD c\nFROM b\nCMD d", ["2:1-2:4 Multiple cmd instructions should not be used in the same stage because only the last one will be used", "3:1-3:4 Multiple CMD instructions should not be used in the same stage because only the last one will be used"]],
  ["FROM a\nENTRYPOINT a\nENTRYPOINT b\nHEALTHCHECK NONE\nHEALTHCHECK CMD x", ["2:1-2:11 Multiple ENTRYPOINT instructions should not be used in the same stage because only the last one will be used", "4:1-4:12 Multiple HEALTHCHECK instructions should not be used in the same stage because only the last one will be used"]],
  ["FROM a\nUSER b\nUSER c\nCMD d\nENTRYPOINT e", []],
]);

rule("LegacyKeyValueFormat", [
  ["FROM a\nENV a b c\nlabel d e", ["2:5-2:10 \"ENV key=value\" should be used instead of legacy \"ENV key value\" format", "3:7-3:10 \"label key=value\" should be used instead of legacy \"label key value\" format"]],
  ["FROM a\nENV a=b\nLABEL c=\"d e\"", []],
]);

rule("RedundantTargetPlatform", [
  ["FROM --platform=$TARGETPLATFORM a\nFROM --platform=${TARGETPLATFORM} b", ["1:17-1:32 Setting platform to predefined $TARGETPLATFORM in FROM is redundant as this is the default behavior", "2:17-2:34 Setting platform to predefined ${TARGETPLATFORM} in FROM is redundant as this is the default behavior"]],
  ["FROM --platform=$BUILDPLATFORM a\nFROM --platform=$TARGETPLATFORM/x b\nFROM --platform=$TARGETOS/$TARGETARCH c", []],
]);

rule("SecretsUsedInArgOrEnv", [
  ["FROM a\nARG API_KEY TOKEN=x\nENV my_password=1 secret_message=2 AUTH=3", ["2:5-2:12 Do not use ARG or ENV instructions for sensitive data (ARG \"API_KEY\")", "2:13-2:18 Do not use ARG or ENV instructions for sensitive data (ARG \"TOKEN\")", "3:5-3:16 Do not use ARG or ENV instructions for sensitive data (ENV \"my_password\")", "3:19-3:33 Do not use ARG or ENV instructions for sensitive data (ENV \"secret_message\")", "3:36-3:40 Do not use ARG or ENV instructions for sensitive data (ENV \"AUTH\")"]],
  ["FROM a\nENV KEYBOARD=x MONKEY=y PUBLIC_KEY=z TOKEN_FILE=/x KEY_VERSION=1\nLABEL token=x", []],
]);

rule("InvalidDefaultArgInFrom", [
  ["ARG TAG\nFROM busybox:${TAG}", ["2:6-2:20 Default value for ARG busybox:${TAG} results in empty or invalid base image name"]],
  ["ARG IMAGE\nFROM $IMAGE", ["2:6-2:12 Default value for ARG $IMAGE results in empty or invalid base image name"], { args: { IMAGE: "a" } }],
  ["ARG TAG=1\nFROM a:$TAG\nFROM a:${X:-2}", []],
  ["ARG B=Build\nFROM a AS build\nFROM $B", []],
  ["FROM A B".replace(" B", ""), []],
]);

rule("FromPlatformFlagConstDisallowed", [
  ["FROM --platform=linux/amd64 a", ["1:17-1:28 FROM --platform flag should not use constant value \"linux/amd64\""]],
  ["FROM --platform=linux/amd64 a AS x-amd64\nFROM --platform=$BUILDPLATFORM b\nFROM --platform=linux/arm64 c AS linux\nFROM --platform=/ d", []],
]);

const ignored = ["*.log", "tmp", "/docs/", "data", "!data/keep", "../x"];
rule("CopyIgnoredFile", [
  ["FROM a\nCOPY tmp/x ./docs/y z.log keep/\nADD /tmp /t", ["2:6-2:11 Attempting to Copy file \"tmp/x\" that is excluded by .dockerignore", "2:12-2:20 Attempting to Copy file \"docs/y\" that is excluded by .dockerignore", "2:21-2:26 Attempting to Copy file \"z.log\" that is excluded by .dockerignore", "3:5-3:9 Attempting to Add file \"tmp\" that is excluded by .dockerignore"], { ignored: ["*.log", "tmp", "docs"] }],
  ["FROM a\nENV D=tmp\nCOPY $D /t", ["3:6-3:8 Attempting to Copy file \"tmp\" that is excluded by .dockerignore"], { ignored }],
  ["FROM a\nCOPY data /d\nCOPY data/keep /k\nCOPY . /all\nCOPY --from=a tmp /t\nADD https://x/tmp git@x:tmp /t/\nCOPY $X/tmp /t", [], { ignored }],
  ["FROM a\nCOPY . /x", [], { ignored: ["*", "!src"] }],
  ["FROM a\nCOPY tmp /t", []],
  ["FROM a\nCOPY tmp /t", [], { ignored: [] }],
  ["FROM a\nCOPY tmp /t", [], { ignored: ["[", "tmp"] }],
  ["FROM a\nCOPY one two /t/", ["2:6-2:9 Attempting to Copy file \"one\" that is excluded by .dockerignore"], { ignored: (path) => path === "one" }],
]);

describe("InvalidDefinitionDescription", () => {
  const experimental = "# check=experimental=InvalidDefinitionDescription\n";
  test.each<[string, string[]]>([
    ["# what\nFROM a AS b\n# else\nARG V=1\n# X y\nARG X Z", ["2:1-3:1 Comment for FROM should follow the format: `# b <description>`", "4:1-5:1 Comment for ARG should follow the format: `# V <description>`"]],
    ["ARG A\n# other\nARG B C\nFROM a", ["3:1-4:1 Comment for ARG should follow the format: `# <arg_key> <description>`"]],
    ["# b is a stage\nFROM a AS B\n# what\n\nARG V\n# what\n#\nARG W\n# what\nFROM c\n# V x\nARG V\n# what\nRUN d", []],
  ])("%j", (text, findings) => {
    expect(says("InvalidDefinitionDescription", experimental + text)).toEqual(findings);
    expect(says("InvalidDefinitionDescription", text)).toEqual([]);
  });
});

rule("ExposeProtoCasing", [
  ["FROM a\nARG P=Tcp\nEXPOSE 80/TCP 81/udp 82/$P", ["3:8-3:14 Defined protocol '80/TCP' in EXPOSE instruction should be lowercase", "3:22-3:27 Defined protocol '82/Tcp' in EXPOSE instruction should be lowercase"]],
  ["FROM a\nEXPOSE 80 81/tcp", []],
]);

rule("ExposeInvalidFormat", [
  ["FROM a\nEXPOSE 127.0.0.1:80:80 80:80 [::1]:8080:8080/tcp", ["2:8-2:23 EXPOSE instruction should not define an IP address or host-port mapping, found '127.0.0.1:80:80'", "2:24-2:29 EXPOSE instruction should not define an IP address or host-port mapping, found '80:80'", "2:30-2:49 EXPOSE instruction should not define an IP address or host-port mapping, found '[::1]:8080:8080/tcp'"]],
  ["FROM a\nEXPOSE 80 81-90/tcp", []],
]);

describe("lintDockerfile", () => {
  const text = "from a AS B\nMAINTAINER x\nCMD y\n";
  const names = (options: LintOptions, head = ""): string[] => lint(head + text, options).map((diagnostic) => diagnostic.rule);
  const all = ["ConsistentInstructionCasing", "FromAsCasing", "StageNameCasing", "MaintainerDeprecated", "JSONArgsRecommended"];

  test("gives findings in the order of the file", () => {
    expect(names({})).toEqual(all);
    expect(lint(text)[3]).toEqual({
      rule: "MaintainerDeprecated", severity: "warning", message: "Maintainer instruction is deprecated in favor of using label", help: expect.any(String),
      range: { start: { line: 2, column: 1, offset: 12 }, end: { line: 2, column: 11, offset: 22 } },
    });
  });

  test.each<[string, string[]]>([
    ["# check=skip=StageNameCasing,MaintainerDeprecated\n", ["ConsistentInstructionCasing", "FromAsCasing", "JSONArgsRecommended"]],
    ["# check=skip=all\n", []],
    ["# check=skip=Unknown\n", all],
  ])("%j is honoured", (head, expected) => expect(names({}, head)).toEqual(expected));

  test("skip=all leaves experimental checks that were asked for", () => {
    expect(lint("# check=skip=all;experimental=all\n# what\nFROM a AS b").map(({ rule: name }) => name)).toEqual(["InvalidDefinitionDescription"]);
  });

  test("error=true makes errors", () => expect(lint(`# check=error=true\n${text}`).map(({ severity }) => severity)).toEqual(all.map(() => "error")));

  test("the build argument takes the place of the directive", () => {
    expect(names({ args: { BUILDKIT_DOCKERFILE_CHECK: "skip=all" } })).toEqual([]);
    expect(names({ args: { BUILDKIT_DOCKERFILE_CHECK: "" } }, "# check=skip=all\n")).toEqual(all);
    expect(() => names({ args: { BUILDKIT_DOCKERFILE_CHECK: "x" } })).toThrow("build argument BUILDKIT_DOCKERFILE_CHECK: invalid check option \"x\"");
  });

  test("no more than a thousand findings are given", () => expect(lint(`FROM a\n${"MAINTAINER x\n".repeat(5000)}`)).toHaveLength(1000));

  test("every rule of the reference is there, once", () => {
    expect(RULES.map((entry) => entry.name)).toEqual([
      "StageNameCasing", "FromAsCasing", "NoEmptyContinuation", "ConsistentInstructionCasing", "DuplicateStageName", "ReservedStageName", "JSONArgsRecommended",
      "MaintainerDeprecated", "UndefinedArgInFrom", "WorkdirRelativePath", "UndefinedVar", "MultipleInstructionsDisallowed", "LegacyKeyValueFormat",
      "RedundantTargetPlatform", "SecretsUsedInArgOrEnv", "InvalidDefaultArgInFrom", "FromPlatformFlagConstDisallowed", "CopyIgnoredFile",
      "InvalidDefinitionDescription", "ExposeProtoCasing", "ExposeInvalidFormat",
    ]);
  });

  test("whatever parses is checked, and findings lie in the file", () => {
    fc.assert(fc.property(fc.oneof(dockerfileLike.map((part) => `FROM scratch AS X\n${part}`), validDockerfile), (file) => {
      const tree = (() => {
        try {
          const parsed = parseDockerfile(`# check=experimental=all\n${file}`);
          return { parsed, instructions: parseInstructions(parsed) };
        } catch (error) {
          if (!isEngineError(error, "invalidArgument")) throw error;
          return undefined;
        }
      })();
      if (tree === undefined) return;
      for (const { range, message } of lintDockerfile(tree.parsed, tree.instructions, { ignored: ["a", "*.b"], args: { A: "$B" }, baseConfig: () => ({}) })) {
        expect(range.start.offset).toBeLessThanOrEqual(range.end.offset);
        expect(range.end.offset).toBeLessThanOrEqual(file.length + 25);
        expect(message.length).toBeLessThan(400);
      }
    }), { numRuns: 1500 });
  });

  test.each<[string, string]>([
    ["values that double", `FROM scratch\nENV A0=xxxxxxxxxx\n${Array.from({ length: 100 }, (_, index) => `ENV A${String(index + 1)}=$A${String(index)}$A${String(index)}`).join("\n")}`],
    ["many variables in many stages", `FROM scratch AS s0\n${Array.from({ length: 20_000 }, (_, index) => `ENV A${String(index)}=1`).join("\n")}\n${Array.from({ length: 20_000 }, (_, index) => `FROM s${String(index)} AS s${String(index + 1)}`).join("\n")}\nWORKDIR x`],
    ["many stages with one name", `FROM scratch AS s\n${"FROM s AS s\nENV $X=1\nEXPOSE 80:80/TCP\n".repeat(20_000)}`],
    ["unknown names beside many known ones", `FROM scratch\n${Array.from({ length: 3000 }, (_, index) => `ENV variable${String(index)}=1`).join("\n")}\n${Array.from({ length: 3000 }, (_, index) => `USER $varaible${String(index)}`).join("\n")}`],
    ["patterns over a long value", `FROM scratch\nENV a=${"a".repeat(60_000)}\n${"ENV x=${a%%*y*z}\n".repeat(20_000)}`],
    ["patterns in FROM", `ARG a=${"a".repeat(60_000)}\n${"FROM ${a%%*y*z}\n".repeat(20_000)}`],
    ["one long word", `FROM scratch\nCOPY ${"$A/".repeat(300_000)} x`],
  ])("%s take no more than a few seconds", (_, file) => {
    expect(cpuMilliseconds(() => void lint(file, { ignored: ["x"] }))).toBeLessThan(8000);
  });
});
