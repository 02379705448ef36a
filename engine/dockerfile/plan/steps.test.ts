import { describe, expect, test } from "vitest";
import type { ImageRunConfig } from "../../oci/descriptor.ts";
import { PATH, history, lastStep, target } from "./testing/planning.ts";

/** The configuration after `instructions` on a base with only a path. */
function config(instructions: string, base: ImageRunConfig = {}, args: Readonly<Record<string, string>> = {}): ImageRunConfig {
  const { Env, ...rest } = target(`FROM a\n${instructions}`, { base, args }).config;
  return { ...rest, ...(Env?.length === 1 && Env[0] === PATH ? {} : { Env }) };
}

describe("configuration and history", () => {
  test.each<[string, string, ImageRunConfig]>([
    ["ENV A=b", "ENV A=b", { Env: [PATH, "A=b"] }],
    ["ENV A=\"b c\" D='e $f' G=h\\ i", "ENV A=b c D=e $f G=h i", { Env: [PATH, "A=b c", "D=e $f", "G=h i"] }],
    ["ENV A b  c", "ENV A=b  c", { Env: [PATH, "A=b  c"] }],
    ["ENV A=", "ENV A=", { Env: [PATH, "A="] }],
    ["ENV PATH=/x:$PATH", `ENV PATH=/x:${PATH.slice(5)}`, { Env: [`PATH=/x:${PATH.slice(5)}`] }],
    ["LABEL a=b \"c d\"=\"e f\" g=", "LABEL a=b c d=e f g=", { Labels: { a: "b", "c d": "e f", g: "" } }],
    ["LABEL __proto__=x", "LABEL __proto__=x", { Labels: JSON.parse('{"__proto__":"x"}') as Record<string, string> }],
    ["EXPOSE 80", "EXPOSE [80/tcp]", { ExposedPorts: { "80/tcp": {} } }],
    ["EXPOSE 9 80/udp 8-10/TCP", "EXPOSE [8/tcp 9/tcp 10/tcp 80/udp 9/tcp]", { ExposedPorts: { "8/tcp": {}, "9/tcp": {}, "10/tcp": {}, "80/udp": {} } }],
    ["VOLUME /a /b", "VOLUME [/a /b]", { Volumes: { "/a": {}, "/b": {} } }],
    ['VOLUME ["/a b"]', "VOLUME [/a b]", { Volumes: { "/a b": {} } }],
    ["USER u:g", "USER u:g", { User: "u:g" }],
    ["WORKDIR /a/b", "WORKDIR /a/b", { WorkingDir: "/a/b" }],
    ["WORKDIR a", "WORKDIR /a", { WorkingDir: "/a" }],
    ["WORKDIR /a/", "WORKDIR /a/", { WorkingDir: "/a/" }],
    ['WORKDIR "/a b"', "WORKDIR /a b", { WorkingDir: "/a b" }],
    ["CMD echo $A", 'CMD ["/bin/sh" "-c" "echo $A"]', { Cmd: ["/bin/sh", "-c", "echo $A"], ArgsEscaped: true }],
    ['CMD ["a", "$b", "c\\"d"]', 'CMD ["a" "$b" "c\\"d"]', { Cmd: ["a", "$b", 'c"d'], ArgsEscaped: true }],
    ["CMD []", "CMD []", { Cmd: [], ArgsEscaped: true }],
    ["ENTRYPOINT x y", 'ENTRYPOINT ["/bin/sh" "-c" "x y"]', { Entrypoint: ["/bin/sh", "-c", "x y"] }],
    ["ENTRYPOINT []", "ENTRYPOINT []", { Entrypoint: null }],
    ['SHELL ["/bin/bash", "-c"]', "SHELL [/bin/bash -c]", { Shell: ["/bin/bash", "-c"] }],
    ["STOPSIGNAL SIGKILL", "STOPSIGNAL SIGKILL", { StopSignal: "SIGKILL" }],
    ["HEALTHCHECK NONE", "HEALTHCHECK {Test:[NONE] Interval:0s Timeout:0s StartPeriod:0s StartInterval:0s Retries:0}", { Healthcheck: { Test: ["NONE"] } }],
    ["HEALTHCHECK CMD a b", "HEALTHCHECK {Test:[CMD-SHELL a b] Interval:0s Timeout:0s StartPeriod:0s StartInterval:0s Retries:0}", { Healthcheck: { Test: ["CMD-SHELL", "a b"] } }],
    ['HEALTHCHECK --interval=1m --timeout=3s --retries=2 CMD ["a", "b"]', "HEALTHCHECK {Test:[CMD a b] Interval:1m0s Timeout:3s StartPeriod:0s StartInterval:0s Retries:2}", { Healthcheck: { Test: ["CMD", "a", "b"], Interval: 60e9, Timeout: 3e9, Retries: 2 } }],
    ["ARG A", "ARG A", {}],
    ["ARG A=1 B C=$A", "ARG A=1 B C=1", {}],
    ["ONBUILD RUN  a  b", "ONBUILD RUN  a  b", { OnBuild: ["RUN  a  b"] }],
    ["MAINTAINER a b", "MAINTAINER a b", {}],
  ])("%s", (instruction, createdBy, expected) => {
    const step = lastStep(`FROM a\n${instruction}`);
    expect(step).toMatchObject({ createdBy, text: instruction, fromTrigger: false, range: { start: { line: 2, column: 1 } } });
    expect(config(instruction)).toEqual(expected);
  });

  test.each<[string, ImageRunConfig, ImageRunConfig]>([
    ["ENV A=2 B=3", { Env: [PATH, "A=1", "C=4"] }, { Env: [PATH, "A=2", "C=4", "B=3"] }],
    ["LABEL a=2 b=3", { Labels: { a: "1", c: "4" } }, { Labels: { a: "2", c: "4", b: "3" } }],
    ["EXPOSE 2", { ExposedPorts: { "1/udp": {} } }, { ExposedPorts: { "1/udp": {}, "2/tcp": {} } }],
    ["VOLUME /b", { Volumes: { "/a": {} } }, { Volumes: { "/a": {}, "/b": {} } }],
    ["WORKDIR b/../c", { WorkingDir: "/a" }, { WorkingDir: "/a/c" }],
    ["WORKDIR ../../..", { WorkingDir: "/a" }, { WorkingDir: "/" }],
    ["WORKDIR $UNSET", { WorkingDir: "/a" }, { WorkingDir: "/a" }],
    ["WORKDIR /x\nWORKDIR y\nWORKDIR z", {}, { WorkingDir: "/x/y/z" }],
    ["ENTRYPOINT [\"x\"]", { Cmd: ["old"] }, { Entrypoint: ["x"] }],
    ["CMD [\"c\"]\nENTRYPOINT [\"x\"]", { Cmd: ["old"] }, { Cmd: ["c"], ArgsEscaped: true, Entrypoint: ["x"] }],
    ["ENTRYPOINT [\"x\"]\nCMD [\"c\"]", { Cmd: ["old"] }, { Cmd: ["c"], ArgsEscaped: true, Entrypoint: ["x"] }],
    ["CMD [\"c\"]", { Entrypoint: ["e"] }, { Entrypoint: ["e"], Cmd: ["c"], ArgsEscaped: true }],
    ["SHELL [\"s\", \"-x\"]\nCMD c\nENTRYPOINT e", {}, { Shell: ["s", "-x"], Cmd: ["s", "-x", "c"], ArgsEscaped: true, Entrypoint: ["s", "-x", "e"] }],
    ["CMD c", { Shell: ["bash", "-c"] }, { Shell: ["bash", "-c"], Cmd: ["bash", "-c", "c"], ArgsEscaped: true }],
    ["HEALTHCHECK NONE", { Healthcheck: { Test: ["CMD", "x"], Interval: 5e9 } }, { Healthcheck: { Test: ["NONE"] } }],
    ["USER b", { User: "a", Healthcheck: { Test: ["CMD", "x"] } }, { User: "b", Healthcheck: { Test: ["CMD", "x"] } }],
  ])("%j on %j", (instructions, base, expected) => expect(config(instructions, base)).toEqual(expected));

  test("each step has the configuration after it", () => {
    const { steps } = target("FROM a\nUSER a\nENV X=1\nUSER b");
    expect(steps.map(({ config: { User, Env } }) => [User, Env?.length])).toEqual([["a", 1], ["a", 2], ["b", 2]]);
  });
});

describe("variables", () => {
  const label = (instructions: string, args: Readonly<Record<string, string>> = {}, base: ImageRunConfig = {}): string => target(`${instructions.startsWith("ARG G") ? "" : "FROM a\n"}${instructions}`, { args, base }).config.Labels!["l"]!;
  test.each<[string, string, Readonly<Record<string, string>>?]>([
    // ENV
    ["ENV A=1\nLABEL l=$A", "1"],
    ["ENV A=1\nENV A=2 B=$A\nLABEL l=$A$B", "21"],
    ["ENV A=1 B=$A\nLABEL l=x$B", "x"],
    ["ENV A=B\nENV $A=1\nLABEL l=$B", "1"],
    ["ENV A=l\nLABEL $A=1", "1"],
    // ARG
    ["ARG A=1\nLABEL l=$A", "1"],
    ["ARG A=1\nLABEL l=$A", "2", { A: "2" }],
    ["ARG A\nLABEL l=x$A", "x"],
    ["ARG A\nLABEL l=x$A", "x2", { A: "2" }],
    ["ARG A=1\nLABEL l=x$A", "x", { A: "" }],
    ["ARG A=1\nLABEL l=$A", "$B", { A: "$B" }],
    ["ARG A=1\nARG A=$A.2\nLABEL l=$A", "1.2"],
    ["ARG A=1 B=$A\nLABEL l=$B", "1"],
    ["LABEL l=x$A", "x", { A: "2" }],
    ["ARG A=${B?no B}\nLABEL l=$A", "2", { A: "2" }],
    ["ARG HTTP_PROXY\nLABEL l=$HTTP_PROXY", "p", { HTTP_PROXY: "p" }],
    ["LABEL l=x$HTTP_PROXY", "x", { HTTP_PROXY: "p" }],
    // Both: the later one.
    ["ARG A=1\nENV A=2\nLABEL l=$A", "2", { A: "3" }],
    ["ARG A=1\nENV A=$A.2\nLABEL l=$A", "3.2", { A: "3" }],
    ["ENV A=2\nARG A=1\nLABEL l=$A", "1"],
    ["ENV A=2\nARG A\nLABEL l=$A", "2"],
    ["ENV A=2\nARG A\nLABEL l=$A", "3", { A: "3" }],
    // Arguments before FROM are seen where they are declared again.
    ["ARG G=1\nFROM a\nLABEL l=x$G", "x"],
    ["ARG G=1\nFROM a\nARG G\nLABEL l=$G", "1"],
    ["ARG G=1\nFROM a\nARG G\nLABEL l=$G", "2", { G: "2" }],
    ["ARG G=1\nFROM a\nARG G=3\nLABEL l=$G", "3"],
    ["ARG G\nFROM a\nARG G\nLABEL l=$G", "2", { G: "2" }],
    ["ARG G=1\nFROM a AS x\nARG G\nFROM b\nLABEL l=x$G", "x"],
    // Words of other instructions
    ["ENV A=/x\nVOLUME $A/y\nLABEL l=1", "1"],
  ])("%j is l=%s with %j", (instructions, expected, args = {}) => expect(label(instructions, args)).toBe(expected));
  test("the base's environment", () => expect(label("LABEL l=$A-$PATH", {}, { Env: ["A=1", "PATH=/b", "C"] })).toBe("1-/b"));
  test("every instruction that expands", () => {
    const expand = (instruction: string): ImageRunConfig => target(`FROM a\nENV A=a P=80 Q="1 2"\n${instruction}`).config;
    expect(expand("USER $A").User).toBe("a");
    expect(expand("WORKDIR /$A").WorkingDir).toBe("/a");
    expect(expand('VOLUME ["/$A", "/b"]').Volumes).toEqual({ "/a": {}, "/b": {} });
    expect(expand("STOPSIGNAL ${P#8}1").StopSignal).toBe("01");
    expect(expand("EXPOSE $P/udp $Q").ExposedPorts).toEqual({ "80/udp": {}, "1/tcp": {}, "2/tcp": {} });
    expect(expand("SHELL [\"$A\"]").Shell).toEqual(["$A"]);
    expect(expand("HEALTHCHECK CMD $A").Healthcheck).toEqual({ Test: ["CMD-SHELL", "$A"] });
    expect(expand("ONBUILD RUN $A").OnBuild).toEqual(["RUN $A"]);
  });
  test("the escape character is the file's", () => expect(target("# escape=`\nFROM a\nENV A=1\nLABEL l=`$A\\$A").config.Labels).toEqual({ l: "$A\\1" }));
  test("a step tells which arguments it read and what nothing sets", () => {
    const { steps } = target("FROM a\nARG A=1 N\nENV E=2\nLABEL l=$A$E$U$N$U m=${A:-$V}\nARG B=$A$W\nENV A=3\nLABEL l=$A", { args: { B: "9" } });
    expect(steps.map(({ arguments: read }) => read)).toEqual([{ A: "1" }, {}, { A: "1" }, { B: "9" }, {}, {}]);
    expect(steps.map(({ unset }) => unset)).toEqual([[], [], ["U", "V"], [], [], []]);
  });
  test("the history has values", () => expect(history("FROM a\nARG A=1\nENV B=$A\nWORKDIR $B\nUSER $A", { args: { A: "x" } })).toEqual(["ARG A=x", "ENV B=x", "WORKDIR /x", "USER x"]));
});

test("WORKDIR makes a directory that belongs to the user, unless it is the root", () => {
  expect(lastStep("FROM a\nUSER u\nWORKDIR x/../y/").operation).toEqual({ type: "directory", path: "/y", user: "u" });
  expect(lastStep("FROM a\nWORKDIR /").operation).toEqual({ type: "config" });
  expect(lastStep("FROM a\nWORKDIR /a/..").operation).toEqual({ type: "config" });
});
