import { describe, expect, test } from "vitest";
import { goDuration, goHealthConfig, goQuote, goQuotedList } from "./go-format.ts";
import { parseGitAddress } from "./git-remote.ts";
import { whyBadMode } from "./mode.ts";
import { exposedPorts } from "./ports.ts";
import { isSignal } from "./signals.ts";

describe("git addresses", () => {
  test.each<[string, string, string?, string?]>([
    ["https://host/me/repo.git", "https://host/me/repo.git"],
    ["http://host/repo.git#main", "http://host/repo.git", "main"],
    ["https://host/repo.git#feature/x:sub/dir", "https://host/repo.git", "feature/x", "sub/dir"],
    ["https://host/repo.git#:/sub/", "https://host/repo.git", undefined, "sub"],
    ["https://host/repo.git#:../../etc", "https://host/repo.git", undefined, "etc"],
    ["https://host/repo.git#a%2Fb", "https://host/repo.git", "a/b"],
    ["https://user:pass@host:8443/repo.git", "https://user:pass@host:8443/repo.git"],
    ["HTTPS://host/repo.git", "HTTPS://host/repo.git"],
    ["git://host/repo", "git://host/repo"],
    ["ssh://git@host:22/me/repo#v1", "ssh://git@host:22/me/repo", "v1"],
    ["git@host:me/repo.git", "git@host:me/repo.git"],
    ["git@host:me/repo#v1:d", "git@host:me/repo", "v1", "d"],
    ["other-user_1@my.host-1:/srv/x", "other-user_1@my.host-1:/srv/x"],
    ["https://host/repo.git?ref=v1&subdir=/a/", "https://host/repo.git", "v1", "a"],
    ["https://host/repo.git?ref=v1#v1", "https://host/repo.git", "v1"],
    ["https://host/repo.git?tag=v1", "https://host/repo.git", "refs/tags/v1"],
    ["https://host/repo.git?tag=refs/tags/v1", "https://host/repo.git", "refs/tags/v1"],
    ["https://host/repo.git?branch=dev", "https://host/repo.git", "refs/heads/dev"],
    ["https://host/repo.git?commit=abc", "https://host/repo.git", "abc"],
  ])("%s", (text, remote, ref, subdirectory = "") => expect(parseGitAddress(text)?.remote).toEqual({ remote, ref, subdirectory, submodules: true }));

  test("a query says more", () => {
    expect(parseGitAddress("https://host/repo.git?checksum=abc&keep-git-dir&submodules=false#v1")).toEqual({
      remote: { remote: "https://host/repo.git", ref: "v1", subdirectory: "", submodules: false }, checksum: "abc", keepGitDirectory: true, looksLocal: false,
    });
  });
  test("github.com without a scheme could be a path", () => expect(parseGitAddress("github.com/me/repo#v1")).toMatchObject({ remote: { remote: "https://github.com/me/repo", ref: "v1" }, looksLocal: true }));

  test.each(["", "a", "a.git", "./.git", "../x.git", "/a/b.git", "dir/repo.git", "https://host/", "https://host/repo", "https://host/repo.git/", "https://host/repo.git.bar", "http://host/repo.git:#x", "https:///repo.git", "ftp://host/x.git",
    "user@host", "@host:x", "bad user@host:x", "https://host/a b.git", "https://host/r.git#%zz", "ssh://-oProxyCommand=x/y"])("%j is none", (text) => expect(parseGitAddress(text)).toBeUndefined());

  test.each(["?x=1", "?ref=", "?ref=a&ref=b", "?ref=a#b", "?subdir=a#x:b", "?tag=a&branch=b", "?tag=a#b", "?keep-git-dir=maybe", "#--upload-pack=x"])("https://host/r.git%s is refused", (rest) => {
    expect(() => parseGitAddress(`https://host/r.git${rest}`)).toThrow(expect.objectContaining({ code: "invalidArgument", message: expect.stringContaining("invalid git address") }));
  });
});

describe("ports", () => {
  test.each<[string, string[]]>([
    ["80", ["80/tcp"]], ["80/", ["80/tcp"]], ["53/UDP", ["53/udp"]], ["9/sctp", ["9/sctp"]], ["8000-8002", ["8000/tcp", "8001/tcp", "8002/tcp"]], ["1-2/udp", ["1/udp", "2/udp"]], ["080", ["80/tcp"]], ["0", ["0/tcp"]],
    ["8080:80", ["80/tcp"]], ["127.0.0.1:8080:80", ["80/tcp"]], ["127.0.0.1::80", ["80/tcp"]], ["[::1]:8080:80", ["80/tcp"]], ["1-2:3-4", ["3/tcp", "4/tcp"]], ["8000-9000:80", ["80/tcp"]],
  ])("%s", (word, ports) => expect(exposedPorts(word)).toEqual(ports));
  test.each(["", "/tcp", "a", "80a", "-1", "65536", "80/http", "80/tcp/udp", "9-8", "1-2-3", "1-", "x:80", "host:1:80", "1-3:3-4", "8080:"])("%j is refused", (word) => {
    expect(() => exposedPorts(word)).toThrow(expect.objectContaining({ code: "invalidArgument", message: expect.stringContaining(`invalid port "${word}"`) }));
  });
});

test.each<[string, boolean]>([
  ["SIGTERM", true], ["term", true], ["SigKill", true], ["9", true], ["15", true], ["RTMIN+3", true], ["SIGRTMAX-14", true], ["0", false], ["", false], ["SIG", false], ["FOO", false], ["RTMIN+16", false], ["RTMAX-15", false], ["RTMIN+0", false], ["9x", false],
])("isSignal(%j) is %j", (text, expected) => expect(isSignal(text)).toBe(expected));

test.each<[string, boolean]>([
  ["644", true], ["0755", true], ["7777", true], ["07777", true], ["10000", false], ["64a", false], ["888", false], ["u=rwX,go=rX", true], ["+x", true], ["a-w", true], ["u+s,+t", true], ["g=u", true], ["go=", true], ["u=rw+x", true], ["u", false], ["rwx", false], ["u+z", false], ["u=r,", false], ["-1", false],
])("the mode %j is good: %j", (mode, good) => expect(whyBadMode(mode) === undefined).toBe(good));

describe("Go's formats", () => {
  test.each([["a", '"a"'], ['"', '"\\""'], ["\\", '"\\\\"'], ["\n\t\x07", '"\\n\\t\\a"'], ["\x01\x7f", '"\\x01\\x7f"'], ["é 😀", '"é 😀"'], ["\u00a0\u2028", '"\\u00a0\\u2028"'], ["'", '"\'"']])("goQuote(%j) is %s", (text, expected) => expect(goQuote(text)).toBe(expected));
  test("lists", () => expect([goQuotedList([]), goQuotedList(["a", "b c"])]).toEqual(["[]", '["a" "b c"]']));
  test.each([[0, "0s"], [1, "1ns"], [1500, "1.5µs"], [1e6, "1ms"], [1.5e9, "1.5s"], [30e9, "30s"], [60e9, "1m0s"], [90.5e9, "1m30.5s"], [3600e9, "1h0m0s"], [86_461e9, "24h1m1s"]])("goDuration(%d) is %s", (value, expected) => expect(goDuration(value)).toBe(expected));
  test("a health check", () => expect(goHealthConfig({ Test: ["CMD-SHELL", "curl -f x || exit 1"], Interval: 300e9, Retries: 3 })).toBe("{Test:[CMD-SHELL curl -f x || exit 1] Interval:5m0s Timeout:0s StartPeriod:0s StartInterval:0s Retries:3}"));
});
