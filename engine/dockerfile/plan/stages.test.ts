import { describe, expect, test } from "vitest";
import type { DockerfileErrorDetails } from "../dockerfile.ts";
import { AMD64, history, image, lastStep, plans, program, target } from "./testing/planning.ts";

const ARM64 = { os: "linux", architecture: "arm64" };
const indexes = (text: string, wanted?: string): readonly number[] => program(text, { target: wanted }).stages.map(({ index }) => index);

describe("which stages are built", () => {
  const FILE = "FROM alpine AS base\nFROM base AS tools\nFROM busybox AS unused\nFROM base AS build\nCOPY --from=tools /a /a\nFROM scratch\nCOPY --from=build /b /b\n";
  test("the target's and those it needs, in the order of the file", () => {
    const { stages, target: last } = program(FILE);
    expect(last).toBe(4);
    expect(stages.map(({ index, name, needs, base: { type }, text }) => ({ index, name, needs, type, text }))).toEqual([
      { index: 0, name: "base", needs: [], type: "image", text: "FROM alpine AS base" },
      { index: 1, name: "tools", needs: [0], type: "stage", text: "FROM base AS tools" },
      { index: 3, name: "build", needs: [0, 1], type: "stage", text: "FROM base AS build" },
      { index: 4, name: "4", needs: [3], type: "scratch", text: "FROM scratch" },
    ]);
  });
  test.each<[string | undefined, readonly number[]]>([["tools", [0, 1]], ["TOOLS", [0, 1]], ["2", [2]], ["0", [0]], ["", [0, 1, 3, 4]], [undefined, [0, 1, 3, 4]]])("target %j", (wanted, expected) => expect(indexes(FILE, wanted)).toEqual(expected));
  test.each([["tolls", "did you mean tools?"], ["5", "the stages base, tools, unused, build, 4"], ["-1", "could not be found"]])("no target %j: %s", (wanted, message) => {
    expect(() => program(FILE, { target: wanted })).toThrow(expect.objectContaining({ code: "invalidArgument", message: expect.stringContaining(message) }));
  });
  test("mounts and triggers of stages count as needs", () => {
    expect(indexes("FROM a AS x\nFROM b AS y\nFROM c\nRUN --mount=from=x,target=/x --mount=type=cache,from=Y,target=/y --mount=type=tmpfs,from=q,target=/q true")).toEqual([0, 1, 2]);
    expect(indexes("FROM a AS x\nFROM b AS y\nONBUILD COPY --from=x / /\nFROM y")).toEqual([0, 1, 2]);
  });
  test("any stage can be asked for, needed or not", () => expect(program(FILE).stage(2)).toMatchObject({ index: 2, name: "unused" }));
  test("of stages with one name FROM takes the one above, --from and the target the last", () => {
    const { stages } = program("FROM a AS x\nFROM x\nFROM b AS x\nFROM scratch\nCOPY --from=x / /\n");
    expect(stages.map(({ index }) => index)).toEqual([2, 3]);
    expect(program("FROM a AS x\nFROM x AS y\nFROM b AS x", { target: "y" }).stages.map(({ index }) => index)).toEqual([0, 1]);
    expect(program("FROM a AS x\nFROM b AS x", { target: "x" }).target).toBe(1);
  });
  test("a name of a stage below, or of none, is an image", () => {
    expect(program("FROM later\nFROM a AS later", { target: "0" }).stages[0]!.base).toEqual({ type: "image", reference: "later", platform: AMD64 });
    expect(program("FROM a AS Build\nFROM BUILD").stages.map(({ base: { type } }) => type)).toEqual(["image", "stage"]);
  });
});

describe("what cannot be planned", () => {
  test.each([
    ["FROM a AS x\nCOPY --from=x / /", "2:13", "circular dependency detected on stage: x"],
    ["FROM a AS x\nCOPY --from=y / /\nFROM b AS y\nCOPY --from=x / /\n", "", "circular dependency"],
    ["FROM a\nCOPY --from=0 / /", "2:13", "circular dependency detected on stage: 0"],
    ["FROM a\nCOPY --from=1 / /\nFROM b\nFROM 0x\nCOPY --from=0 / /", "2:13", "cannot copy from stage \"1\", it needs to be defined before current stage \"0\""],
    ["FROM a\nRUN --mount=from=late,target=/x true\nFROM b AS late\nFROM c\nCOPY --from=0 / /", "2:13", "cannot copy from stage \"late\""],
    ["FROM a\nCOPY --from=3 / /", "2:13", "invalid stage index 3"],
    ["FROM a\nCOPY --from=-1 / /", "2:13", "invalid stage index -1"],
    ["FROM a\nCOPY --from=$x / /", "2:13", "variable expansion is not supported for --from"],
    ["FROM a\nCOPY --from=Foo / /", "2:13", "must be lowercase"],
    ["FROM a\nCOPY --from=scratch / /", "2:13", "scratch has no files"],
    ["FROM $x", "1:6", "base name ($x) should not be blank"],
    ["FROM --platform=$x a", "1:17", "empty platform value from expression $x"],
    ["FROM --platform=a/b/c/d a", "1:17", "invalid platform"],
    ["FROM a:b:c", "1:6", "invalid reference format"],
    ["ARG V='1$2'\nFROM a:$V", "2:6", "invalid reference format"],
    ["FROM Abc", "1:6", "must be lowercase"],
    ["FROM ${x", "1:6", "cannot expand"],
    ["ARG a=${b\nFROM a", "1:7", "cannot expand"],
    ["FROM a\nUSER ${b", "2:6", "cannot expand"],
    ["FROM a\nUSER ${b?give b}", "2:6", "b: give b"],
    ["FROM a\nENV ${b}=c", "2:5", "ENV names can not be blank"],
    ["FROM a\nVOLUME $b", "2:8", "VOLUME specified can not be an empty string"],
    ["FROM a\nEXPOSE 80 $x $y/tcp", "2:14", "no port is given"],
    ["FROM a\nSTOPSIGNAL $x", "2:12", "invalid signal"],
    ["FROM a\nCOPY --chmod=9 a b", "2:14", "invalid chmod parameter: '9'"],
    ["FROM a\nRUN --network=$x true", "2:15", "invalid network mode"],
    ["FROM a\nRUN --security=insecure true", "2:16", "security.insecure is not allowed"],
    ["FROM a\nRUN --mount=target=/ true", "2:13", "invalid mount target"],
    ["FROM a\nWORKDIR /x\nRUN --mount=target=.. true", "3:13", "invalid mount target \"..\""],
    ["FROM a\nRUN --mount=type=$x,target=/x true", "2:13", "unsupported mount type"],
    ["FROM a\nRUN --mount=from=scratch,source=/x,target=/y true", "2:13", "scratch has no /x"],
    ["FROM a\nCOPY https://x/y /", "2:6", "source can't be a URL for COPY"],
    ["FROM a\nCOPY git@x:y /", "2:6", "source can't be a git ref for COPY"],
    ["FROM a\nCOPY https://x/y.git /", "2:6", "source can't be a git ref for COPY"],
    ["FROM a\nADD --checksum=sha256:1 https://x/y /", "2:16", "invalid checksum"],
    ["FROM a\nADD --checksum=x y /", "2:16", "checksum requires HTTP(S) or Git sources"],
    ["FROM a\nADD --checksum=x y z /", "2:16", "checksum can't be specified for multiple sources"],
    ["FROM a\nADD --checksum=a https://x/y.git?checksum=b /", "2:18", "checksum mismatch"],
    ["FROM a\nADD --keep-git-dir https://x/y.git?keep-git-dir=0 /", "2:20", "inconsistent keep-git-dir"],
    ["FROM a\nADD https://x/y.git?zz=1 /", "2:5", "invalid git address"],
  ])("%j", (text, place, message) => {
    let thrown: unknown;
    try {
      plans(text);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code: "invalidArgument", message: expect.stringContaining(message) });
    const { details, message: whole } = thrown as { details: DockerfileErrorDetails; message: string };
    expect(whole).toContain(`Dockerfile:${place}`);
    expect(details.frame).toContain("^");
  });
  test("a forward reference in a stage that nobody needs does not matter, a circle does", () => {
    expect(indexes("FROM a\nCOPY --from=x / /\nFROM b AS x")).toEqual([1]);
    expect(() => indexes("FROM a AS y\nCOPY --from=y / /\nFROM b AS x")).toThrow("circular");
  });
  test("stages are planned in order", () => {
    const { stages } = program("FROM a AS x\nFROM x");
    expect(() => stages[1]!.plan(image())).toThrow(expect.objectContaining({ code: "internal" }));
  });
});

describe("arguments before FROM", () => {
  test.each<[string, Readonly<Record<string, string>>, string]>([
    ["ARG V=1\nFROM a:$V", {}, "a:1"],
    ["ARG V=1\nFROM a:$V", { V: "2" }, "a:2"],
    ["ARG V\nFROM a:${V:-latest}", {}, "a:latest"],
    ["ARG V\nFROM a:$V", { V: "2" }, "a:2"],
    ["ARG V=1\nARG W=$V.2\nFROM a:$W", {}, "a:1.2"],
    ["ARG V=1\nARG W=$V.2\nFROM a:$W", { V: "3" }, "a:3.2"],
    ["ARG V=1 W=${V}0\nFROM a:$W", {}, "a:10"],
    ["ARG R=host:5000/\nFROM ${R}a", {}, "host:5000/a"],
    ["FROM a:$TARGETARCH-$BUILDOS-$TARGETSTAGE", {}, "a:amd64-linux-default"],
    ["FROM a:$TARGETSTAGE AS last", {}, "a:last"],
    ["FROM a:$TARGETARCH", { TARGETARCH: "x" }, "a:x"],
    ["ARG TARGETARCH\nFROM a:$TARGETARCH", {}, "a:amd64"],
    ["ARG TARGETARCH=y\nFROM a:$TARGETARCH", {}, "a:y"],
  ])("%j with %j is FROM %s", (text, args, reference) => expect(program(text, { args }).stages[0]!.base).toMatchObject({ reference }));
  test("a build argument that no ARG names does not count", () => expect(() => program("FROM a:${V?none}", { args: { V: "1" } })).toThrow("V: none"));
  test("TARGETSTAGE is the target", () => expect(program("FROM a:$TARGETSTAGE AS x\nFROM b", { target: "x" }).stages[0]!.base).toMatchObject({ reference: "a:x" }));
});

describe("platforms", () => {
  test("images are for the target, unless --platform says otherwise; stages have that of their base", () => {
    const { stages } = program("FROM --platform=$BUILDPLATFORM a AS build\nFROM --platform=linux/s390x build AS x\nFROM b AS y\nFROM scratch\nCOPY --from=x / /\nCOPY --from=y / /\nCOPY --from=img / /", { targetPlatform: ARM64 });
    expect(stages.map(({ platform: { architecture } }) => architecture)).toEqual(["amd64", "amd64", "arm64", "arm64"]);
    expect(stages[0]!.base).toEqual({ type: "image", reference: "a", platform: AMD64 });
    expect(stages[3]!.plan(image()).steps.at(-1)!.operation).toMatchObject({ sources: [{ from: { type: "image", reference: "img", platform: ARM64 } }] });
  });
  test("a stage's ARG takes them over", () => {
    const text = "FROM a\nARG TARGETPLATFORM BUILDPLATFORM TARGETOS TARGETARCH TARGETVARIANT BUILDARCH BUILDVARIANT\nLABEL p=$TARGETPLATFORM-$BUILDPLATFORM-$TARGETOS-$TARGETARCH-$TARGETVARIANT-$BUILDARCH-$BUILDVARIANT";
    expect(target(text, { targetPlatform: { os: "linux", architecture: "arm", variant: "v6" } }).config.Labels).toEqual({ p: "linux/arm/v6-linux/amd64-linux-arm-v6-amd64-" });
    expect(target("FROM a\nLABEL p=$TARGETARCH").config.Labels).toEqual({ p: "" });
  });
  test("a base for another platform is warned of, unless the file skips the check", () => {
    const warn = (text: string): unknown => program(text).stages[0]!.plan(image({}, ARM64)).warnings;
    expect(warn("FROM a")).toEqual([expect.objectContaining({ rule: "InvalidBaseImagePlatform", severity: "warning", message: 'Base image a was pulled with platform "linux/arm64", expected "linux/amd64" for current build' })]);
    expect(warn("# check=skip=InvalidBaseImagePlatform\nFROM a")).toEqual([]);
    expect(warn("FROM scratch")).toEqual([]);
  });
});

describe("ONBUILD", () => {
  test("is recorded, run first in the next stage, and gone in the one after", () => {
    const all = plans("FROM a AS x\nONBUILD RUN make\nONBUILD ENV A=$B\nFROM x AS y\nENV B=2\nFROM y");
    expect(all.get(0)!.config.OnBuild).toEqual(["RUN make", "ENV A=$B"]);
    expect(all.get(1)!.steps.map(({ text, fromTrigger }) => [text, fromTrigger])).toEqual([["RUN make", true], ["ENV A=$B", true], ["ENV B=2", false]]);
    expect(all.get(1)!.config.OnBuild).toBeUndefined();
    expect(all.get(2)!.steps).toEqual([]);
  });
  test("triggers of an image run with the escape character \\, and their place is the FROM line", () => {
    const { steps } = target("# escape=`\nFROM a AS z\nUSER u", { base: { OnBuild: ["LABEL a=\\$b c=`x", "COPY <<EOF /f\n$A\nEOF"], Env: ["A=1"] } });
    expect(steps[0]).toMatchObject({ createdBy: "LABEL a=$b c=`x", range: { start: { line: 2, column: 1 } }, fromTrigger: true });
    expect(steps[1]!.operation).toMatchObject({ sources: [{ type: "inline", name: "EOF", content: "1\n" }] });
    expect(steps[2]).toMatchObject({ text: "USER u", fromTrigger: false });
  });
  test("triggers of an image may take files from stages above", () => {
    const { steps } = plans("FROM b AS tools\nFROM a\nCOPY --from=tools /x /x", { base: { OnBuild: ["COPY --from=img / /"] } }).get(1)!;
    expect(steps[0]!.operation).toMatchObject({ sources: [{ from: { type: "image", reference: "img" } }] });
    const unneeded = program("FROM b AS tools\nFROM a").stages[0]!.plan(image({ OnBuild: ["COPY --from=tools / /"] }));
    expect(unneeded.steps[0]!.operation).toMatchObject({ sources: [{ from: { type: "stage", index: 0 } }] });
  });
  test.each([["ONBUILD RUN x", "isn't allowed"], ["FROM x", "isn't allowed"], ["", "one instruction"], ["RUN a\nRUN b", "one instruction"], ["NOPE", "unknown instruction"], ["COPY --from=x / /", "needs to be defined before"], ["USER ${x", "cannot expand"]])("the trigger %j is refused at the FROM line", (trigger, message) => {
    expect(() => target("FROM a AS x", { base: { OnBuild: [trigger] } })).toThrow(expect.objectContaining({ code: "invalidArgument", message: expect.stringContaining(message), details: expect.objectContaining({ line: 1, file: "Dockerfile" }) }));
  });
});

describe("a stage begins with", () => {
  test("scratch: the root directory and a path", () => expect(target("FROM scratch").config).toEqual({ WorkingDir: "/", Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"] }));
  test("all of an image's configuration, a path where it has none", () => {
    const base = { User: "u", Env: ["A=1"], Cmd: ["x"], Entrypoint: ["y"], WorkingDir: "/w", Labels: { l: "1" }, Volumes: { "/v": {} }, ExposedPorts: { "1/tcp": {} }, StopSignal: "SIGINT", Shell: ["/bin/ash"], Healthcheck: { Test: ["NONE"] }, OnBuild: [] };
    const { OnBuild: _none, ...rest } = base;
    expect(target("FROM a", { base }).config).toEqual({ ...rest, Env: ["A=1", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"] });
    expect(target("FROM a", { base: { Env: ["PATH=/bin", "A=1"] } }).config.Env).toEqual(["PATH=/bin", "A=1"]);
  });
  test("its author", () => {
    expect(program("FROM a").stages[0]!.plan(image({}, { author: "me" })).author).toBe("me");
    expect(target("FROM a\nMAINTAINER Jane $X <j@x>").author).toBe("Jane $X <j@x>");
    expect(target("FROM a AS x\nMAINTAINER me\nFROM x\nUSER u").author).toBe("me");
  });
  test("labels of the build come last, on the target alone", () => {
    const all = plans("FROM a AS x\nLABEL a=1 b=1\nFROM x", { labels: { b: "2", "c.d": "3" } });
    expect(all.get(0)!.config.Labels).toEqual({ a: "1", b: "1" });
    expect(all.get(1)!.config.Labels).toEqual({ a: "1", b: "2", "c.d": "3" });
    expect(history("FROM a", { labels: { b: "2" } })).toEqual([]);
  });
});

describe("a stage on a stage", () => {
  test("goes on with its ARGs and environment", () => {
    const step = lastStep("FROM a AS x\nARG V=1\nENV E=$V\nFROM x\nRUN true");
    expect(step.createdBy).toBe("RUN |1 V=1 /bin/sh -c true");
    expect(step.operation).toMatchObject({ env: expect.arrayContaining(["V=1", "E=1"]) });
  });
  test("sees the image's ENV rather than an ARG declared after it", () => {
    expect(lastStep("FROM a AS x\nENV V=1\nARG V=2\nLABEL v=$V").config.Labels).toEqual({ v: "2" });
    expect(lastStep("FROM a AS x\nENV V=1\nARG V=2\nFROM x\nLABEL v=$V").config.Labels).toEqual({ v: "1" });
  });
  test("does not keep its CMD under an ENTRYPOINT", () => expect(target("FROM a AS x\nCMD x\nFROM x\nENTRYPOINT y").config.Cmd).toBeUndefined());
});
