import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isEngineError } from "../../base/errors.ts";
import { parseDockerfile } from "../syntax/parse.ts";
import { cpuMilliseconds, dockerfileLike, validDockerfile } from "../testing/texts.ts";
import type { Instruction, ParsedDockerfile, Word } from "./instructions.ts";
import { parseInstructions } from "./parse.ts";

const all = (parsed: ParsedDockerfile): Instruction[] => [...parsed.globalArgs, ...parsed.stages.flatMap((stage) => [stage.from, ...stage.instructions])];

/** Every Word in an instruction. */
function wordsIn(value: unknown): Word[] {
  if (typeof value !== "object" || value === null) return [];
  if (Array.isArray(value)) return value.flatMap(wordsIn);
  if ("raw" in value && "range" in value) return [value as Word];
  return Object.entries(value).filter(([key]) => key !== "node" && key !== "range").flatMap(([, part]) => wordsIn(part));
}

/** Checks that a word stands where it says, unless a continuation lies inside. Flags lose quotes and backslashes, JSON lists are decoded, paths of VOLUME trimmed. */
function expectWords(text: string, parsed: ParsedDockerfile): number {
  let count = 0;
  for (const instruction of all(parsed)) {
    for (const { raw, range } of wordsIn(instruction)) {
      const written = text.slice(range.start.offset, range.end.offset);
      count++;
      if (written.includes("\n")) continue;
      const { flags, argument } = instruction.node;
      const isFlag = flags.some((flag) => flag.valueRange.start.offset === range.start.offset);
      if (isFlag || argument.startsWith("[")) expect(/["'\\]/.test(written) || written === raw || written.trim() === raw).toBe(true);
      else expect(written).toBe(raw);
    }
  }
  return count;
}

describe("words", () => {
  test("stand in the file where they say, whatever the file", () => {
    fc.assert(fc.property(dockerfileLike, fc.constantFrom("", "FROM x AS y\n"), (text, from) => {
      const whole = from + text;
      try {
        expectWords(whole, parseInstructions(parseDockerfile(whole)));
      } catch (error) {
        if (!isEngineError(error, "invalidArgument")) throw error;
        expect(error.details["frame"]).toContain("^");
      }
    }), { numRuns: 4000 });
  });

  test("stand in valid files where they say", () => {
    fc.assert(fc.property(validDockerfile, (text) => {
      expect(expectWords(text, parseInstructions(parseDockerfile(text)))).toBeGreaterThanOrEqual(2);
    }), { numRuns: 1000 });
  });
});

describe("time", () => {
  /** A text of many lines, as people write them. */
  const lines = (count: number): string => `FROM alpine AS a\n${Array.from({ length: count - 1 }, (_, index) => ["RUN echo hello && do something --else \\", "  and more $X", "ENV A=b C=\"d e\" F=${G:-h}", "COPY --from=x --chown=a:b a b c /dest/", "# a comment", "CMD [\"a\", \"b c\"]", "", "LABEL org.x.y=\"a b c\""][index % 8]!).join("\n")}`;

  test("a Dockerfile of 10,000 lines takes less than 100 ms, tree and instructions", () => {
    const text = lines(10_000);
    const times = Array.from({ length: 6 }, () => cpuMilliseconds(() => void parseInstructions(parseDockerfile(text))));
    expect(Math.min(...times)).toBeLessThan(100);
  });

  const fill = (part: string): string => part.repeat(Math.ceil((2 * 1024 * 1024) / part.length));
  test.each<[string, string]>([
    ["words", `EXPOSE ${fill("1 ")}`], ["one word", `ENV A=${fill("x")}`], ["quotes", `ENV A=${fill(`"a" 'b'`)}`], ["an open quote", `LABEL A="${fill("x ")}`], ["escapes", `ENV A=${fill("\\ ")}`],
    ["spaces", `ENV A${fill(" ")}b`], ["a JSON list", `COPY [${fill("\"\\u0061\",")}"b"]`], ["no JSON list", `RUN [${fill("\"a\",")}`], ["nested lists", `CMD ${fill("[")}${fill("]")}`], ["a mount", `RUN --mount=type=bind,${fill("target=/x,")}ro a`],
    ["many mounts", `RUN ${fill("--mount=target=/x ")}a`], ["a trigger", `ONBUILD ${fill("RUN ")}`], ["a health check", `HEALTHCHECK --interval=${fill("1")}s CMD a`], ["an unknown name", fill("x")], ["an unknown flag", `RUN --${fill("x")} a`],
    ["heredocs as sources", `COPY ${Array.from({ length: 20_000 }, (_, index) => `<<E${String(index)}`).join(" ")} /x/\n${Array.from({ length: 20_000 }, (_, index) => `E${String(index)}`).join("\n")}`],
    ["many stages", "FROM a AS b\n".repeat(50_000)],
  ])("%s", (_, text) => {
    expect(cpuMilliseconds(() => {
      try {
        parseInstructions(parseDockerfile(`FROM x\n${text}`));
      } catch (error) {
        if (!isEngineError(error, "invalidArgument", "resourceExhausted")) throw error;
      }
    })).toBeLessThan(3000);
  });
});
