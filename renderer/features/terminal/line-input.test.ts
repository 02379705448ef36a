import { expect, it } from "vitest";
import { createLineInput } from "./line-input.ts";

function typed(...keys: readonly string[]): { screen: string; sent: string[] } {
  const result = { screen: "", sent: [] as string[] };
  const input = createLineInput((text) => { result.screen += text; }, (line) => result.sent.push(line));
  for (const key of keys) input.type(key);
  return result;
}

it("sends a line when it is complete, and shows it meanwhile", () => {
  expect(typed("h", "é", "\r", "x")).toEqual({ screen: "hé\r\nx", sent: ["hé\n"] });
});

it("lets a line be corrected, and no further than its beginning", () => {
  expect(typed("ab", "\x7f", "\x7f", "\x7f", "c\r")).toEqual({ screen: "ab\b \b\b \bc\r\n", sent: ["c\n"] });
  expect(typed("wrong", "\x15", "right\r").sent).toEqual(["right\n"]);
});

it("takes what is pasted line by line, and leaves keys that move", () => {
  expect(typed("\x1b[200~one\r\ntwo\rth\x1b[201~", "\x1b[A", "\x04", "\r").sent).toEqual(["one\n", "two\n", "th\n"]);
});
