import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isEngineError } from "../../base/errors.ts";
import { expandHeredoc, expandWord, expandWords } from "./expand.ts";
import { cpuMilliseconds } from "../testing/texts.ts";

const VARIABLES = new Map([
  ["A", "apple"], ["B", "b"], ["EMPTY", ""], ["PATHS", "/usr/lib/x.so.1"], ["STARS", "a**b"], ["SPACED", " one  two "], ["LINES", "ab\ncb"],
  ["WIDE", "a😀b😀"], ["한국", "korea"], ["DOLLAR", "$A"], ["SLASH", "/usr"], ["WILD", "*"], ["HASH", "#a"], ["1", "one"], ["@", "at"],
]);
const word = (raw: string, escape: "\\" | "`" = "\\"): string => expandWord(raw, VARIABLES, { escape }).value;
const words = (raw: string): readonly string[] => expandWords(raw, VARIABLES, { escape: "\\" }).words;

describe("expandWord", () => {
  test.each([
    // Quotes
    ["plain", "plain"], ["", ""], ["two words", "two words"], [`'single'`, "single"], [`"double"`, "double"], [`a'b'"c"d`, "abcd"], [`''`, ""], [`""`, ""],
    [`'$A'`, "$A"], [`"$A"`, "apple"], [`'"'`, `"`], [`"'"`, "'"], [`'a\\'`, "a\\"], [`'\\$A'`, "\\$A"],
    // Escapes
    ["\\$A", "$A"], ["\\\\$A", "\\apple"], ["\\'", "'"], [`\\"`, `"`], ["a\\b", "ab"], ["a\\", "a"], ["\\", ""], ["\\ x", " x"], [`"a\\b"`, "a\\b"],
    [`"\\$A"`, "$A"], [`"\\""`, `"`], [`"\\\\"`, "\\"], [`"\\'"`, "\\'"], ["\\😀", "😀"],
    // Names
    ["$A", "apple"], ["${A}", "apple"], ["$A$B", "appleb"], ["$A-x", "apple-x"], ["$A_x", ""], ["${A}_x", "apple_x"], ["$한국", "korea"], ["x$UNSET.y", "x.y"],
    ["$1x", "onex"], ["$12", ""], ["${1}", "one"], ["$@", "at"], ["${@}", "at"], ["$*", ""], ["$#", ""], ["$?x", "x"], ["$-", ""], ["$!", ""], ["$$", ""], ["$$A", "A"], ["${A}}", "apple}"],
    ["$", "$"], ["a$", "a$"], ["$ x", "$ x"], ["$/x", "$/x"], ["$'A'", "$A"], [`$"A"`, "$A"], ["$.", "$."], ["$DOLLAR", "$A"],
    // - and :-
    ["${A:-x}", "apple"], ["${A-x}", "apple"], ["${EMPTY:-x}", "x"], ["${EMPTY-x}", ""], ["${U:-x}", "x"], ["${U-x}", "x"], ["${U:-}", ""], ["${U:-a b}", "a b"],
    ["${U:-$A}", "apple"], ["${U:-${V:-${W:-deep}}}", "deep"], [`\${U:-"}"}`, "}"], ["${U:-'}'}", "}"], ["${U:-\\}}", "}"], ["${U:-a/b}", "a/b"], ["${U:-{x}}", "{x}"], ["${U:-x\\y}", "xy"],
    // + and :+
    ["${A:+x}", "x"], ["${A+x}", "x"], ["${EMPTY:+x}", ""], ["${EMPTY+x}", "x"], ["${U:+x}", ""], ["${U+x}", ""], ["${A:+-${B}}", "-b"], ["${A:+}", ""],
    // ? and :?
    ["${A:?no}", "apple"], ["${A?no}", "apple"], ["${EMPTY?no}", ""],
    // # and ##
    ["${PATHS#*/}", "usr/lib/x.so.1"], ["${PATHS##*/}", "x.so.1"], ["${A#a}", "pple"], ["${A#x}", "apple"], ["${A#}", "apple"], ["${A##}", "apple"], ["${A#*}", "apple"], ["${A##*}", ""], ["${A#?}", "pple"],
    ["${A#*p}", "ple"], ["${A##*p}", "le"], ["${A:#a}", "pple"], ["${STARS#a\\*}", "*b"], ["${STARS#a*\\*}", "*b"], ["${STARS##a*\\*}", "b"], ["${U#x}", ""], ["${WIDE#a?}", "b😀"],
    ["${A#$B}", "apple"], ["${A#${U:-ap}}", "ple"], ["${A##$WILD}", ""], ["${A#'*'}", "apple"], ["${A#$HASH}", "pple"], ["${A#a$U}", "pple"], ["${SLASH#/}", "usr"], ["${SLASH#\\/}", "usr"],
    ["${A#\\*}", "apple"], [`\${A#"a"}`, "pple"],
    // % and %%
    ["${PATHS%/*}", "/usr/lib"], ["${PATHS%%/*}", ""], ["${PATHS%.*}", "/usr/lib/x.so"], ["${PATHS%%.*}", "/usr/lib/x"], ["${A%e}", "appl"], ["${A%x}", "apple"], ["${A%}", "apple"], ["${A%?}", "appl"],
    ["${A%%*}", ""], ["${A%p*}", "ap"], ["${A%%p*}", "a"], ["${STARS%\\**}", "a*"], ["${STARS%%\\**}", "a"], ["${WIDE%?}", "a😀b"], ["${A:%e}", "appl"], ["${U%x}", ""],
    // / and //
    ["${A/p/P}", "aPple"], ["${A//p/P}", "aPPle"], ["${A/p/}", "aple"], ["${A//p/}", "ale"], ["${A/x/y}", "apple"], ["${A/p*/-}", "a-"], ["${A//?/x}", "xxxxx"], ["${A/*/x}", "x"], ["${A//*/x}", "x"],
    ["${PATHS//\\//:}", ":usr:lib:x.so.1"], ["${PATHS/$SLASH/}", "/lib/x.so.1"], ["${A/p/$B}", "abple"], ["${A//p/${U:-!}}", "a!!le"], ["${B/$EMPTY/x}", "xb"], ["${A//$EMPTY/-}", "-a-p-p-l-e-"], ["${A///}", "apple"],
    ["${U/x/y}", ""], ["${A/p/\\}}", "a\\}ple"], ["${A/p/DOLLAR$}", "aDOLLAR$ple"], ["${A//p/$DOLLAR}", "a$A$Ale"], ["${STARS//\\*/+}", "a++b"], ["${WIDE//😀/!}", "a!b!"],
    // A wildcard stops at a line feed.
    ["${LINES#*b}", "\ncb"], ["${LINES##*b}", "\ncb"], ["${LINES%%?b}", "ab\n"], ["${LINES//*b/x}", "x\nx"], ["${LINES##*}", "\ncb"],
  ])("%s becomes %s", (raw, expected) => expect(word(raw)).toBe(expected));

  test.each([
    ["`$A", "$A"], ["\\$A", "\\apple"], ["C:\\x\\", "C:\\x\\"], ["``", "`"], ['"`$A\\n"', "$A\\n"], ["a`", "a"], ["${PATHS#`/}", "/usr/lib/x.so.1"], ["${U:-`}}", "}"],
  ])("with ` as escape %s becomes %s", (raw, expected) => expect(word(raw, "`")).toBe(expected));

  test.each([
    ["'open", "single quote"], [`"open`, "double quote"], [`"open\\"`, "double quote"], ["a\\\\'b", "single quote"],
    ["${", "no }"], ["${A", "no }"], ["${A:", "no }"], ["${A:-x", "no }"], ["${A:-${B}", "no }"], ["${}", "not }"], ["${{A}}", "not {"], ["${:-x}", "not :"],
    ["${A=x}", "${A= is not"], ["${A:=x}", "${A:= is not"], ["${A x}", "${A  is not"], ["${A:/a/b}", "${A:/ is not"], ["${A^}", "${A^ is not"], ["${A@Q}", "${A@ is not"], ["${#A}", "${#A is not"], ["${A:0:1}", "${A:0 is not"],
    ["${A/x}", "no second /"], ["${A//x}", "no second /"], ["${A/x/y", "no }"], ["${A#\\x}", "before x"], ["${A#x\\\\\\}", "no }"], ["${A/\\n/x}", "before n"],
    ["${U:?}", "U: is not allowed to be unset"], ["${EMPTY:?}", "EMPTY: is not allowed to be empty"], ["${U?give $A}", "U: give apple"], ["${U:?'give it'}", "U: give it"],
  ])("%s is refused: %s", (raw, why) => {
    expect(() => word(raw)).toThrow(expect.objectContaining({ code: "invalidArgument", message: expect.stringContaining(why) }));
  });

  test("names every variable once, those of words that are not used too", () => {
    expect(expandWord("$A ${A:-$B} ${U:+$V} '$W' \\$X ${EMPTY-y}", VARIABLES, { escape: "\\" })).toMatchObject({ read: ["A", "B", "EMPTY"], unset: ["V", "U"] });
  });

  test("without special characters a word is itself", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
      const plain = text.replaceAll(/[$'"\\]/g, "");
      expect(expandWord(plain, new Map(), { escape: "\\" })).toEqual({ value: plain, read: [], unset: [] });
      expect(expandHeredoc(text.replaceAll(/[$\\]/g, ""), new Map()).value).toBe(text.replaceAll(/[$\\]/g, ""));
    }));
  });

  test("a text in single quotes is itself", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
      const plain = text.replaceAll("'", "");
      expect(word(`'${plain}'`)).toBe(plain);
    }));
  });

  test("anything else is expanded or refused with an engine error", () => {
    const piece = fc.constantFrom("$", "{", "}", "A", "U", "EMPTY", ":", "-", "+", "?", "#", "%", "/", "*", "\\", "'", '"', " ", "`", "${A", "${U:-", "${A//");
    fc.assert(fc.property(fc.array(piece, { maxLength: 30 }), fc.constantFrom("\\" as const, "`" as const), (pieces, escape) => {
      try {
        expandWord(pieces.join(""), VARIABLES, { escape });
      } catch (error) {
        if (!isEngineError(error, "invalidArgument")) throw error;
      }
    }), { numRuns: 5000 });
  });
});

describe("expandWords", () => {
  test.each([
    ["a b", ["a", "b"]], ["  a\t\nb  ", ["a", "b"]], ["", []], ["   ", []], ["'a b' c", ["a b", "c"]], [`"a b"c d`, ["a bc", "d"]], ["a\\ b c", ["a b", "c"]],
    ["$SPACED", ["one", "two"]], [`"$SPACED"`, [" one  two "]], ["x$SPACED.y", ["x", "one", "two", ".y"]], ["$UNSET a", ["a"]], [`"" a`, ["a"]], ["${U:-p q}", ["p", "q"]], ["a\u00a0b", ["a", "b"]],
    ["80 $1/udp", ["80", "one/udp"]],
  ])("%j", (raw, expected) => expect(words(raw)).toEqual(expected));
});

describe("expandHeredoc", () => {
  test.each([
    [`say "hi" 'you' $A\n`, `say "hi" 'you' apple\n`], ["\\$A\n", "$A\n"], ["\\\n", "\n"], ["\\\\\n", "\\\n"], ["it's ${U:-'fine'}\n", "it's 'fine'\n"], ["`date`\n", "`date`\n"],
  ])("%j", (content, expected) => expect(expandHeredoc(content, VARIABLES).value).toBe(expected));
});

describe("hostile words", () => {
  const refused = (raw: string, variables: ReadonlyMap<string, string>, code: string): void => {
    const spent = cpuMilliseconds(() => expect(() => expandWord(raw, variables, { escape: "\\" })).toThrow(expect.objectContaining({ code })));
    expect(spent).toBeLessThan(2000);
  };
  test("deep nesting ends with an error", () => refused("${a:-".repeat(10_000) + "}".repeat(10_000), new Map(), "invalidArgument"));
  test("deep nesting in quotes ends with an error", () => refused('"${a:-'.repeat(10_000), new Map(), "invalidArgument"));
  test("200 levels are fine", () => expect(word("${U:-".repeat(200) + "x" + "}".repeat(200))).toBe("x"));
  test("a short word cannot ask for a long result", () => refused("$a".repeat(10_000), new Map([["a", "x".repeat(1 << 20)]]), "resourceExhausted"));
  test("nor can a replacement", () => refused("${a//x/$a}", new Map([["a", "x".repeat(1 << 20)]]), "resourceExhausted"));
  test("nor by wildcards", () => refused("${a//?/$a}", new Map([["a", "x".repeat(1 << 20)]]), "resourceExhausted"));
  test("a long pattern with many stars ends", () => refused(`\${a#${"*a".repeat(10_000)}b}`, new Map([["a", "a".repeat(1 << 20)]]), "resourceExhausted"));
  test("many patterns end", () => refused("${a%%*y}".repeat(1000), new Map([["a", "a".repeat(1 << 20)]]), "resourceExhausted"));
  test("a megabyte goes through in no time", () => {
    const raw = `"${"word ".repeat(200_000)}"$A'${"x".repeat(1 << 20)}'${"\\y".repeat(100_000)}`;
    const spent = cpuMilliseconds(() => {
      expect(word(raw)).toHaveLength(1_000_000 + 5 + (1 << 20) + 100_000);
      expect(words("a ".repeat(500_000))).toHaveLength(500_000);
    });
    expect(spent).toBeLessThan(1500);
  });
});
