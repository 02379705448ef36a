import { describe, expect, test } from "vitest";
import { parseChange, parseTrigger } from "./change.ts";

describe("parseChange", () => {
  test.each<[string, object]>([
    ["CMD [\"a\"]", { type: "CMD", command: { form: "exec", args: ["a"] } }],
    ["entrypoint a b", { type: "ENTRYPOINT", command: { form: "shell", text: "a b" } }],
    ["ENV A=b", { type: "ENV", legacy: false }],
    ["ENV A b c", { type: "ENV", legacy: true }],
    ["EXPOSE 80", { type: "EXPOSE" }],
    ["HEALTHCHECK NONE", { type: "HEALTHCHECK", test: null }],
    ["LABEL a=b", { type: "LABEL" }],
    ["ONBUILD RUN a", { type: "ONBUILD", trigger: "RUN a" }],
    ["STOPSIGNAL 9", { type: "STOPSIGNAL" }],
    ["USER a", { type: "USER" }],
    ["VOLUME /a", { type: "VOLUME" }],
    ["\n  WORKDIR /a \\\n/b\n", { type: "WORKDIR", path: { raw: "/a /b" } }],
  ])("%j", (line, expected) => expect(parseChange(line)).toMatchObject(expected));

  test.each([
    ["RUN a", "change:1:1: RUN is not a valid change command"],
    ["SHELL [\"a\"]", "change:1:1: SHELL is not a valid change command"],
    ["FROM a", "change:1:1: FROM is not a valid change command"],
    ["EVN A=b", "change:1:1: EVN is not a valid change command (did you mean ENV?)"],
    ["ENV A", "change:1:5: ENV must have two arguments"],
    ["", "change:1:1: expected one instruction, not 0"],
    ["# a comment", "change:1:1: expected one instruction, not 0"],
    ["CMD a\nUSER b", "change:2:1: expected one instruction, not 2"],
  ])("%j is refused", (line, message) => expect(() => parseChange(line)).toThrow(message));
});

describe("parseTrigger", () => {
  test("reads one instruction, heredocs with it", () => {
    expect(parseTrigger("COPY --from=a b c")).toMatchObject({ type: "COPY", from: { raw: "a" } });
    expect(parseTrigger("RUN cat <<-A\n\tx\nA")).toMatchObject({ type: "RUN", heredocs: [{ content: "x\n" }] });
  });
  test.each([
    ["FROM a", "ONBUILD:1:1: FROM isn't allowed as an ONBUILD trigger"],
    ["ONBUILD RUN a", "ONBUILD isn't allowed as an ONBUILD trigger"],
    ["RNU a", "ONBUILD:1:1: unknown instruction: RNU (did you mean RUN?)"],
    ["RUN a\nRUN b", "expected one instruction, not 2"],
  ])("%j is refused", (trigger, message) => expect(() => parseTrigger(trigger)).toThrow(message));
});
