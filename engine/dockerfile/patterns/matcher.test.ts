import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isEngineError } from "../../base/errors.ts";
import { ignoreFileCandidates, readIgnoreFile } from "./ignore-file.ts";
import { compileIgnorePatterns } from "./matcher.ts";
import { cpuMilliseconds } from "../testing/texts.ts";

const matches = (patterns: readonly string[], path: string): boolean => compileIgnorePatterns(patterns).matches(path);

describe("one pattern", () => {
  test.each<[string, string, boolean]>([
    ["a", "a", true], ["a", "b", false], ["a", "a/b", true], ["a", "a/b/c", true], ["a", "b/a", false], ["a/b", "a", false], ["a/b", "a/b/c", true], ["a/", "a/b", true], ["./a", "a", true], ["a/./b//", "a/b", true],
    ["x/../a", "a", true], ["../a", "a", false], [".", "a", false], ["/", "a", false], ["/a", "a", false],
    ["*", "a", true], ["*", "a/b", true], ["*.go", "a.go", true], ["*.go", "d/a.go", false], ["*.go", "a.go/b", true], ["*/b", "a/b", true], ["*/b", "b", false], ["*/b", "a/b/c", true], ["*/*/b", "a/c/b", true], ["*/*/b", "a/b", false],
    ["a*", "abc", true], ["a*", "abc/d", true], ["a*/b", "axx/b", true], ["a*/b", "a/x/b", false], ["?", "a", true], ["?", "ab", false], ["a?c", "a/c", false], ["tem?", "temp/x", true], ["*/temp*", "somedir/temporary.txt", true],
    ["**", "a", true], ["**", "a/b/c", true], ["**/", "a/b", true], ["**/**", "a/b", true], ["**/*", "a/b/c", true], ["**/a", "a", true], ["**/a", "b/a", true], ["**/a", "b/c/a/d", true], ["**/a", "ba", false], ["**/a", "b/ca", false],
    ["**/*.go", "a.go", true], ["**/*.go", "a/b/c.go", true], ["**/*.go", "a.gox", false], ["a/**", "a", false], ["a/**", "a/b", true], ["a/**", "a/b/c", true], ["a/**", "ab/c", false], ["a/**/b", "a/b", true], ["a/**/b", "a/x/y/b", true],
    ["a/**/b", "a/xb", false], ["a/**/b", "ab", false], ["a**/b", "a/b", true], ["a**/b", "ax/b", true], ["a**/b", "axb", false], ["a**b", "axb", false], ["a**b", "ab", true], ["a**b", "ax/b", true], ["a**", "abc", true], ["a**", "b", false],
    ["**/foo/*/bar/**", "x/foo/y/bar/z", true], ["**/foo/*/bar/**", "foo/y/bar", false], ["**/a/**/b", "x/a/b", true], ["a/*.txt**", "a/f.txt", true], ["***", "a/b", true], ["a***b", "a/x/yb", true], ["**/**/*.txt", "f.txt", true],
    // Before a last plain name `**` is anything, directories or not.
    ["**file", "file", true], ["**file", "d/file", true], ["**file", "myfile", true], ["**.go", "d/a.go", true], ["**file*", "myfile", false], ["**file*", "d/file.txt", true],
    ["a[b-d]e", "ace", true], ["a[b-d]e", "ae", false], ["a[^b-d]e", "aze", true], ["[*]", "*", true], ["[*]", "a", false], ["a\\*b", "a*b", true], ["a\\*b", "axb", false], ["a\\b", "ab", true], ["a^b*", "a^bc", true],
    ["a.b", "axb", false], ["a(b)c+{d}|e$", "a(b)c+{d}|e$", true], ["*(b)+", "x(b)+", true], [".*", ".foo", true], [".*", "foo", false], ["**/.git*", "a/.gitignore", true], ["  a  ", "a", true], ["ä?", "äö", true], ["?", "😀", true],
  ])("%j against %j is %j", (pattern, path, expected) => expect(matches([pattern], path)).toBe(expected));

  test.each(["[", "a/[", "[]a]", "[x-]", "\\", "a\\", "[z-a]", "!", "  !  ", "![", "a".repeat(5000)])("%j is refused", (pattern) => {
    expect(() => compileIgnorePatterns([pattern])).toThrow(expect.objectContaining({ code: "invalidArgument" }));
  });
});

describe("several patterns", () => {
  test.each<[readonly string[], string, boolean]>([
    [[], "a", false], [["", "  "], "a", false], [["!a"], "a", false],
    [["*", "!a"], "a", false], [["*", "!a"], "a/b", false], [["*", "!a/b"], "a", true], [["*", "!a/b"], "a/b", false], [["*", "!a/b"], "a/c", true], [["!a", "*"], "a", true],
    [["*.md", "!README.md"], "README.md", false], [["*.md", "!README*.md", "README-secret.md"], "README-secret.md", true], [["*.md", "README-secret.md", "!README*.md"], "README-secret.md", false],
    [["docs", "!docs/a.md"], "docs/a.md", false], [["docs", "!docs/a.md"], "docs/b.md", true], [["docs/*", "!docs/a.md"], "docs", false], [["**", "!a/b"], "a/b/c", false], [["**", "!a/b", "a/b/c"], "a/b/c", true],
    [["**", "!**/*.go"], "a/b.go", false], [["**", "!**/*.go"], "a/b.txt", true], [["a", "!a/b", "a"], "a/b", true], [["*", "!."], "a", true], [["*"], ".", false],
  ])("%j against %j is %j", (patterns, path, expected) => expect(matches(patterns, path)).toBe(expected));
});

describe("canSkipDirectory", () => {
  test.each<[readonly string[], string, boolean]>([
    [["a"], "a", true], [["a"], "a/b", true], [["a"], "b", false], [["a/*"], "a", false], [["a/*"], "a/b", true], [["*", "!a/b"], "a", false], [["*", "!a/b"], "b", true], [["*", "!a/b/c"], "a/b", false], [["*", "!a/b/c"], "a/d", true],
    [["*", "!**/x"], "a", false], [["!a/b", "*"], "a", true], [["*", "!*/x"], "a", false], [["*", "!*/x"], "a/b", true], [["*", "!a*/x"], "abc", false], [["*", "!a*/x"], "bc", true], [["*", "!**x"], "a/b", false],
    [["*", "!a/**"], "a/b", false], [["*", "!a"], "a", false], [["*", "!a/?/c"], "a/b", false], [["*", "!a/?/c"], "a/bb", true], [["*", "!a/[bc]"], "a", false],
  ])("%j: %j is %j", (patterns, directory, expected) => expect(compileIgnorePatterns(patterns).canSkipDirectory(directory)).toBe(expected));
});

test.each<[string, string[]]>([
  ["", []], ["\n\n  \n", []], ["a\nb", ["a", "b"]], ["a\r\nb\r\n", ["a", "b"]], ["# comment\n #not\na#b", ["#not", "a#b"]], ["\ufeffa\n\ufeffb", ["a", "\ufeffb"]], ["\ufeff# comment", []],
  ["  a b  \t", ["a b"]], ["/a/b/", ["a/b"]], ["//a", ["a"]], ["/", ["/"]], ["./a/../b", ["b"]], ["../a", ["../a"]], ["!a", ["!a"]], ["! /a/ ", ["!a"]], ["!\n! ", ["!", "!"]], ["!!a", ["!!a"]], ["a/**/", ["a/**"]], ["\\#a", ["\\#a"]], ["!/", ["!/"]],
])("readIgnoreFile(%j) is %j", (text, expected) => expect(readIgnoreFile(text)).toEqual(expected));

test("a Dockerfile's own ignore file comes first", () => {
  expect(ignoreFileCandidates("docker/web.Dockerfile")).toEqual([{ path: "docker/web.Dockerfile.dockerignore", tree: "dockerfile" }, { path: ".dockerignore", tree: "context" }]);
  expect(ignoreFileCandidates(undefined)).toEqual([{ path: ".dockerignore", tree: "context" }]);
});

describe("properties", () => {
  const segment = fc.array(fc.constantFrom("a", "b", ".", "é", "*", "?", "[ab]", "[^a]", "[a-c]", "\\*", "\\b", "**"), { minLength: 1, maxLength: 3 }).map((parts) => parts.join("")).filter((text) => !/^\.{1,2}$/.test(text));
  const pattern = fc.tuple(fc.constantFrom("", "", "!"), fc.array(segment, { minLength: 1, maxLength: 4 })).map(([negation, segments]) => negation + segments.join("/"));
  const path = fc.array(fc.string({ unit: fc.constantFrom("a", "b", "c", ".", "é", "*"), minLength: 1, maxLength: 3 }).filter((name) => !/^\.{1,2}$/.test(name)), { minLength: 1, maxLength: 4 }).map((names) => names.join("/"));

  test("agrees with regular expressions made of the documented rules", () => {
    fc.assert(fc.property(fc.array(pattern, { maxLength: 5 }), fc.array(path, { minLength: 1, maxLength: 5 }), (patterns, paths) => {
      const matcher = compileIgnorePatterns(patterns);
      for (const candidate of paths) expect({ candidate, left: matcher.matches(candidate) }).toEqual({ candidate, left: slowMatches(patterns, candidate) });
    }), { numRuns: 3000 });
  });

  test("below a directory that can be skipped everything is left out", () => {
    fc.assert(fc.property(fc.array(pattern, { maxLength: 5 }), path, path, (patterns, directory, below) => {
      const matcher = compileIgnorePatterns(patterns);
      if (matcher.canSkipDirectory(directory)) expect(matcher.matches(`${directory}/${below}`)).toBe(true);
    }), { numRuns: 3000 });
  });

  test("any text compiles or is refused", () => {
    fc.assert(fc.property(fc.array(fc.string({ unit: fc.constantFrom("*", "[", "]", "\\", "!", "/", "a", "-", "^", " ", "?", ".", "😀") }), { maxLength: 4 }), (patterns) => {
      try {
        compileIgnorePatterns(readIgnoreFile(patterns.join("\n"))).matches("a/b");
      } catch (error) {
        if (!isEngineError(error, "invalidArgument")) throw error;
      }
    }), { numRuns: 3000 });
  });
});

/** The rules as docs.docker.com tells them, one regular expression a pattern, each path and all directories above it tried anew. */
function slowMatches(patterns: readonly string[], path: string): boolean {
  let left = false;
  for (const written of patterns) {
    const negated = written.startsWith("!");
    const expression = toExpression(negated ? written.slice(1) : written);
    const parts = path.split("/");
    if (parts.some((_, index) => expression.test(parts.slice(0, index + 1).join("/")))) left = !negated;
  }
  return left;
}

function toExpression(pattern: string): RegExp {
  if (/^\*\*[^/*?[\]\\][^*?[\]\\]*$/.test(pattern)) return new RegExp(`${escapeExpression(pattern.slice(2))}$`, "su");
  let source = "";
  for (let rest = pattern; rest !== "";) {
    const [token, translated] =
      rest === "**" || rest === "**/" ? [rest, ".*"]
      : rest.startsWith("**/") ? ["**/", "(?:.*/)?"]
      : rest.startsWith("**") ? ["**", "(?:.*/)?"]
      : rest.startsWith("*") ? ["*", "[^/]*"]
      : rest.startsWith("?") ? ["?", "[^/]"]
      : rest.startsWith("[") ? [rest.slice(0, rest.indexOf("]") + 1), rest.slice(0, rest.indexOf("]") + 1)]
      : rest.startsWith("\\") ? [rest.slice(0, 2), escapeExpression(rest[1]!)]
      : [rest[0]!, escapeExpression(rest[0]!)];
    source += translated;
    rest = rest.slice(token.length);
  }
  return new RegExp(`^${source}$`, "su");
}

function escapeExpression(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}

describe("speed", () => {
  const PATTERNS = [
    "node_modules", ".git", "dist", "coverage", "*.log", "**/*.log", "**/*.pyc", "**/__pycache__", "**/__pycache__/**", "**/.DS_Store", "**/*.swp", "**/*~", "build/*", "docs/**", "!docs/README.md", "**/test/**/fixtures",
    ".env*", "!.env.example", "**/*.min.js", "**/*.map", "tmp/**/*.tmp", "**/[Tt]humbs.db", "**/.idea", "**/.vscode", "*.md", "!README.md", "**/*.test.ts", "**/*.spec.ts", "vendor/*/cache", "**/bin/**", "**/obj/**",
    "**/npm-debug.log*", "**/Dockerfile*", "**/docker-compose*", "**/*.user", "**/*.dbmdl", "**/*.jfm", "**/azds.yaml", "**/charts", "**/secrets.dev.yaml", "**/values.dev.yaml", "LICENSE", "a?b", "src/**/generated/*.ts",
    "**/.classpath", "**/.project", "**/.settings", "**/.toolstarget", "!src/keep/**", "**/*.bak",
  ];
  test("10,000 paths against 50 patterns", () => {
    expect(PATTERNS).toHaveLength(50);
    const paths = Array.from({ length: 10_000 }, (_, i) => `src/module${Math.trunc(i / 100)}/component${Math.trunc(i / 10) % 10}/file-number-${i}.ts`);
    const matcher = compileIgnorePatterns(PATTERNS);
    expect(cpuMilliseconds(() => expect(paths.filter(matcher.matches)).toHaveLength(0))).toBeLessThan(400);
  });
  test("hostile patterns take no exponential time", () => {
    const matcher = compileIgnorePatterns([`${"**/a*/".repeat(100)}x`, `${"*a".repeat(200)}x`, `${"**/*".repeat(50)}[x]`]);
    const spent = cpuMilliseconds(() => {
      for (let i = 0; i < 20; i++) expect(matcher.matches(`${"aaaa/".repeat(100)}${i}`)).toBe(false);
    });
    expect(spent).toBeLessThan(2000);
  });
});
