import fc from "fast-check";
import { expect, test } from "vitest";
import { matcher } from "./search.ts";

test.each([
  ["abc", "xABCx", true], ["abc", "ab", false], ["*.ts", "a.TS", true], ["*.ts", "a.tsx", false], ["a*b*c", "aXbYc", true], ["a*b*c", "acb", false],
  ["?", "a", true], ["?", "ab", false], ["*", "", true], ["a*a", "a", false], ["*a?", "ba", false], ["[x*", "[xy", true],
])("%j matches %j: %j", (pattern, name, expected) => expect(matcher(pattern)(name)).toBe(expected));

test("patterns mean what a regular expression of the same form means", () => {
  const letters = fc.string({ unit: fc.constantFrom("a", "b", "*", "?"), maxLength: 8 });
  fc.assert(fc.property(letters, fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 8 }), (pattern, name) => {
    const asked = `${pattern}*`;
    const expression = new RegExp(`^${asked.replaceAll("*", ".*").replaceAll("?", ".")}$`);
    expect(matcher(asked)(name)).toBe(expression.test(name));
  }));
});
