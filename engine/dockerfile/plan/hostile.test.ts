import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isEngineError } from "../../base/errors.ts";
import { image, plans, program, target } from "./testing/planning.ts";
import { cpuMilliseconds } from "../testing/texts.ts";

/** Plans `text`, which may be refused, and returns the error's code. */
function outcome(text: string, options: Parameters<typeof plans>[1] = {}): string {
  try {
    plans(text, options);
    return "planned";
  } catch (error) {
    if (isEngineError(error)) return error.code;
    throw error;
  }
}

/** Fails when `work` takes far more processor time than it should: the machine may be slow. */
function within(milliseconds: number, work: () => void): void {
  expect(cpuMilliseconds(work)).toBeLessThan(5 * milliseconds);
}

describe("whatever the file says, planning ends with a plan or an engine error", () => {
  const word = fc.constantFrom("a", "$A", "${A}", "${B:-x}", "${C?no}", "${A#*x}", "'", '"', "\\", "/x", "..", ".", "*", "https://h/r.git?ref=1", "git@h:r", "http://h/f", "80", "1-3/udp", "<<EOF", "=", "A=1", "$", "0", "1", "s0", "s1", "scratch", "é😀", "--from=s0", "--from=1", "--parents", "--link", "--chmod=7x", "--mount=type=cache,target=$A", "--mount=from=s0,target=/m", "--network=none", '["a", "$A"]', "NONE", "CMD", "SIGTERM");
  const line = fc.tuple(fc.constantFrom("FROM", "FROM", "ARG", "ENV", "LABEL", "RUN", "COPY", "ADD", "WORKDIR", "USER", "EXPOSE", "VOLUME", "CMD", "ENTRYPOINT", "SHELL", "STOPSIGNAL", "HEALTHCHECK", "ONBUILD COPY", "ONBUILD RUN", "MAINTAINER"), fc.array(word, { minLength: 1, maxLength: 4 })).map(([name, words]) => `${name} ${words.join(" ")}`);
  test("made of words that mean something", () => {
    let planned = 0;
    fc.assert(fc.property(fc.array(line, { maxLength: 8 }), fc.dictionary(fc.constantFrom("A", "B", "C", "HTTP_PROXY", "TARGETARCH"), fc.constantFrom("", "x", "$A", "a b")), (lines, args) => {
      const text = `FROM a AS s0\n${lines.map((each) => (each.startsWith("FROM") ? `FROM ${each.split(" ")[1]!} AS s1` : each)).join("\n")}\n`;
      if (outcome(text, { args }) === "planned") planned++;
    }), { numRuns: 3000 });
    expect(planned).toBeGreaterThan(100);
  });
  test("made of lines that can be planned one by one", () => {
    const good = fc.constantFrom("ARG A=1 B", "ENV A=$B C=${A:-2}", "LABEL a=$A", "RUN make $A", "RUN --mount=type=cache,target=$A/x make", "COPY a $A/", "COPY --from=s0 a b", "ADD https://h/f /", "WORKDIR $A", "USER ${A:-u}", "EXPOSE ${P:-80}", "VOLUME /$A", "CMD a", 'ENTRYPOINT ["a"]', "ONBUILD ENV A=$B", "FROM s0 AS s1", "FROM s1", "FROM scratch", "COPY <<E /x\n$A\nE", "HEALTHCHECK NONE");
    fc.assert(fc.property(fc.array(good, { maxLength: 15 }), fc.array(good.filter((text) => !text.startsWith("FROM") && !text.startsWith("ONBUILD") && !text.includes("--from")), { maxLength: 3 }), (lines, triggers) => {
      const text = `FROM a AS s0\nRUN x\nFROM a AS s1\n${lines.join("\n")}\n`;
      for (const [index, plan] of plans(text, { base: { OnBuild: triggers } })) {
        const instructions = text.split(/^FROM.*$/m)[index + 1]!.split("\n").filter((each) => /^(?:ARG|ENV|LABEL|RUN|COPY|ADD|WORKDIR|USER|EXPOSE|VOLUME|CMD|ENTRYPOINT|ONBUILD|HEALTHCHECK) /.test(each));
        // One step for each instruction, after the triggers.
        expect(plan.steps.filter(({ fromTrigger }) => !fromTrigger)).toHaveLength(instructions.length);
        expect(plan.steps.findLastIndex(({ fromTrigger }) => fromTrigger)).toBe(plan.steps.filter(({ fromTrigger }) => fromTrigger).length - 1);
        for (const { operation } of plan.steps) if (operation.type === "copy") for (const source of operation.sources) if (source.type === "path") expect(source.pattern.startsWith("/") || source.pattern.split("/").includes("..")).toBe(false);
      }
    }), { numRuns: 500 });
  });
  test("with any text as configuration of the base", () => {
    const text = fc.string({ unit: fc.constantFrom("A", "=", "$", "{", "\\", "\n", "/", "RUN ", "COPY --from=0 ", " ", "é") });
    fc.assert(fc.property(fc.array(text), fc.array(text, { maxLength: 3 }), text, (Env, OnBuild, WorkingDir) => {
      try {
        program("FROM a\nRUN $A").stages[0]!.plan(image({ Env, OnBuild, WorkingDir }));
      } catch (error) {
        if (!isEngineError(error)) throw error;
      }
    }), { numRuns: 1000 });
  });
});

describe("hostile files", { timeout: 60_000 }, () => {
  test("values that double do not fill the memory", () => within(1500, () => expect(outcome(`FROM a\nENV A=xxxxxxxxxxxxxxxx\n${"ENV A=$A$A\n".repeat(60)}`)).toBe("resourceExhausted")));
  test("nor do many copies of a long value", () => within(1500, () => expect(outcome(`FROM a\nENV A=${"x".repeat(60_000)}\n${Array.from({ length: 5000 }, (_, i) => `ENV B${i}=$A$A`).join("\n")}`)).toBe("resourceExhausted")));
  test("nor long lists that every step has", () => {
    within(2000, () => expect(outcome(`FROM a\n${"EXPOSE 1-65535\n".repeat(5000)}`)).toBe("resourceExhausted"));
    within(2000, () => expect(outcome(`FROM a\n${Array.from({ length: 20_000 }, (_, i) => `LABEL l${i}=x`).join("\n")}`)).toBe("resourceExhausted"));
    within(2000, () => expect(outcome(`FROM a\n${Array.from({ length: 20_000 }, (_, i) => `ENV E${i}=x\nRUN x`).join("\n")}`)).toBe("resourceExhausted"));
    within(2000, () => expect(outcome(`FROM a\n${Array.from({ length: 20_000 }, (_, i) => `ARG E${i}=x\nRUN x`).join("\n")}`)).toBe("resourceExhausted"));
  });
  test("the error names the line", () => expect(() => plans(`FROM a\nENV A=xxxxxxxxxxxxxxxx\n${"ENV A=$A$A\n".repeat(60)}`)).toThrow(/^Dockerfile:\d+:\d+: .*(?:expand|MiB)/));
  test("nesting ends", () => within(1000, () => expect(outcome(`FROM a\nLABEL l=${"${a:-".repeat(10_000)}${"}".repeat(10_000)}`)).toBe("invalidArgument")));
  test("a long word is planned", () => within(1000, () => expect(outcome(`FROM a\nLABEL l="${"x y".repeat(400_000)}"\nCOPY <<E /f\n${"line $A\n".repeat(100_000)}E\n`)).toBe("planned")));
  test("thousands of instructions are planned", () => within(1500, () => expect(target(`FROM a\nARG A=1\n${"RUN make $A\nCOPY a b\nWORKDIR x\nUSER $A\n".repeat(2500)}`).steps).toHaveLength(10_001)));
  test("thousands of triggers are run, more are refused", () => {
    within(1500, () => expect(target("FROM a", { base: { OnBuild: Array.from({ length: 10_000 }, (_, i) => `ENV A=${i}`) } }).steps).toHaveLength(10_000));
    within(1000, () => expect(outcome("FROM a", { base: { OnBuild: Array.from({ length: 10_001 }, () => "RUN x") } })).toBe("invalidArgument"));
  });
  test("triggers do not grow from stage to stage", () => {
    const stages = Array.from({ length: 200 }, (_, i) => `FROM ${i === 0 ? "a" : `s${i - 1}`} AS s${i}\nONBUILD RUN x`).join("\n");
    within(2000, () => expect(Array.from(plans(stages).values(), ({ steps }) => steps.length)).toEqual([1, ...Array.from({ length: 199 }, () => 2)]));
  });
  test("a large graph of stages is ordered", () => {
    const stages = Array.from({ length: 2000 }, (_, i) => `FROM a AS s${i}\n${Array.from({ length: 10 }, (_unused, k) => (i > k ? `COPY --from=s${i - 1 - k} / /\n` : "")).join("")}`).join("");
    within(1000, () => expect(program(stages).stages).toHaveLength(2000));
    within(1000, () => expect(outcome(`FROM a AS first\nCOPY --from=s1999 / /\n${stages}`.replace("FROM a AS s0\n", "FROM a AS s0\nCOPY --from=first / /\n"))).toBe("invalidArgument"));
  });
});
