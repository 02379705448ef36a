import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isEngineError } from "../../base/errors.ts";
import { parseCsvLine } from "./csv.ts";
import { checkMountForm, parseMount } from "./mount.ts";
import { parseByteSize } from "./size.ts";

describe("parseMount", () => {
  test.each<[string, object]>([
    ["target=/x", { type: "bind", from: undefined, source: "/", target: "/x", readWrite: false }],
    ["type=bind,from=build,source=a/../b,target=x,rw", { type: "bind", from: "build", source: "/b", target: "x", readWrite: true }],
    ["type=bind,src=../../a,dst=/x,ro=false", { type: "bind", from: undefined, source: "/a", target: "/x", readWrite: true }],
    ["type=bind,destination=/x,readwrite=true,readonly", { type: "bind", from: undefined, source: "/", target: "/x", readWrite: false }],
    ["type=bind,from=,target=/x", { type: "bind", from: undefined, source: "/", target: "/x", readWrite: false }],
    ["TYPE=BIND,Target=/x", { type: "bind", from: undefined, source: "/", target: "/x", readWrite: false }],
    ["target=/a,target=/b", { type: "bind", from: undefined, source: "/", target: "/b", readWrite: false }],
    ["type=cache,target=/root/.cache/", { type: "cache", id: "/root/.cache", target: "/root/.cache/", readOnly: false, sharing: "shared", from: undefined, source: "/", mode: 0o755, uid: 0, gid: 0 }],
    ["type=cache,id=c,target=/x,sharing=LOCKED,ro,from=a/b:1,source=/s,mode=0700,uid=1,gid=2", { type: "cache", id: "c", target: "/x", readOnly: true, sharing: "locked", from: "a/b:1", source: "/s", mode: 0o700, uid: 1, gid: 2 }],
    ["type=cache,target=", { type: "cache", id: ".", target: "", readOnly: false, sharing: "shared", from: undefined, source: "/", mode: 0o755, uid: 0, gid: 0 }],
    ["source=a/b/,target=/x", { type: "bind", from: undefined, source: "/a/b", target: "/x", readWrite: false }],
    ["type=tmpfs,target=/x", { type: "tmpfs", target: "/x", size: undefined }],
    ["type=tmpfs,target=/x,size=1.5g", { type: "tmpfs", target: "/x", size: 1.5 * 2 ** 30 }],
    ["type=tmpfs,target=/x,size=0", { type: "tmpfs", target: "/x", size: undefined }],
    ["size=64m,target=/x,type=tmpfs", { type: "tmpfs", target: "/x", size: 64 * 2 ** 20 }],
    ["type=secret,id=a", { type: "secret", id: "a", target: "/run/secrets/a", env: undefined, required: false, mode: 0o400, uid: 0, gid: 0 }],
    ["type=secret,id=a/b", { type: "secret", id: "a/b", target: "/run/secrets/b", env: undefined, required: false, mode: 0o400, uid: 0, gid: 0 }],
    ["type=secret,target=/x/y", { type: "secret", id: "y", target: "/x/y", env: undefined, required: false, mode: 0o400, uid: 0, gid: 0 }],
    ["type=secret,src=a,dst=b,required,mode=444,uid=5", { type: "secret", id: "a", target: "b", env: undefined, required: true, mode: 0o444, uid: 5, gid: 0 }],
    ["required=true,type=secret,id=a,env=TOKEN", { type: "secret", id: "a", target: undefined, env: "TOKEN", required: true, mode: 0o400, uid: 0, gid: 0 }],
    ["type=secret,id=a,env=,target=/x", { type: "secret", id: "a", target: "/x", env: "a", required: false, mode: 0o400, uid: 0, gid: 0 }],
    ["type=ssh", { type: "ssh", id: "default", target: undefined, required: false, mode: 0o600, uid: 0, gid: 0 }],
    ["type=ssh,id=k,target=/s,required=1,mode=0666,uid=1,gid=1", { type: "ssh", id: "k", target: "/s", required: true, mode: 0o666, uid: 1, gid: 1 }],
    ["\"target=/a,b\",\"source=say \"\"hi\"\"\"", { type: "bind", from: undefined, source: "/say \"hi\"", target: "/a,b", readWrite: false }],
  ])("%s", (value, expected) => expect(parseMount(value)).toEqual(expected));

  test("values are expanded one by one", () => {
    expect(parseMount("type=$T,target=$X", (text) => text.replace("$T", "cache").replace("$X", "/a,b=c"))).toMatchObject({ type: "cache", target: "/a,b=c", id: "/a,b=c" });
  });

  test.each([
    ["", "it is empty"],
    ["type=cahce,target=/x", "unsupported mount type \"cahce\" (did you mean cache?): it is one of bind, cache, tmpfs, secret, ssh"],
    ["type=,target=/x", "unsupported mount type \"\""],
    ["tagret=/x", "unexpected key 'tagret' in 'tagret=/x' (did you mean target?)"],
    ["target", "invalid field 'target' must be a key=value pair"],
    ["nonsense", "unexpected key 'nonsense'"],
    ["__proto__=1", "unexpected key '__proto__'"],
    ["target=/x,", "unexpected key ''"],
    ["ro=perhaps,target=/x", "invalid value for readonly: perhaps"],
    ["rw=,target=/x", "invalid value for readwrite: "],
    ["type=secret,id=a,required=x", "invalid value for required: x"],
    ["type=bind,target=/x,required", "unexpected key 'required' for mount type 'bind': it belongs to secret, ssh"],
    ["type=cache,target=/x,sharing=none", "unsupported sharing value \"none\": it is one of shared, private, locked"],
    ["type=bind,target=/x,sharing=shared", "unexpected key 'sharing' for mount type 'bind'"],
    ["type=cache,target=/x,size=1m", "unexpected key 'size' for mount type 'cache'"],
    ["type=tmpfs,target=/x,size=big", "invalid value for size: big"],
    ["type=tmpfs,target=/x,size=-1", "invalid value for size: -1"],
    ["type=tmpfs,target=/x,uid=1", "unexpected key 'uid' for mount type 'tmpfs'"],
    ["type=cache,target=/x,mode=888", "invalid value 888 for mode: it is an octal number"],
    ["type=cache,target=/x,mode=0o7", "invalid value 0o7 for mode"],
    ["type=cache,target=/x,uid=-1", "invalid value -1 for uid"],
    ["type=cache,target=/x,gid=4294967296", "invalid value 4294967296 for gid"],
    ["type=secret", "one of id, source, target is required"],
    ["type=secret,id=a,source=b", "both source and id can't be set"],
    ["type=secret,id=a,from=b", "secret mount should not have a from"],
    ["type=ssh,source=a", "an ssh mount has no source"],
    ["target=/x\"y", "a quote stands inside a field without quotes"],
    ["\"target=/x\"y", "something follows a closing quote"],
    ["\"target=/x", "a quote does not close"],
  ])("%j is refused: %s", (value, why) => {
    expect(() => parseMount(value)).toThrow(expect.objectContaining({ code: "invalidArgument", message: expect.stringContaining(why) }));
  });

  test("anything is read or refused with an engine error", () => {
    const piece = fc.constantFrom("type", "=", ",", "cache", "secret", "target", "/x", "\"", "size", "1", "from", "ro", "$A", "mode");
    fc.assert(fc.property(fc.oneof(fc.array(piece).map((pieces) => pieces.join("")), fc.string()), (value) => {
      try {
        parseMount(value);
      } catch (error) {
        if (!isEngineError(error, "invalidArgument")) throw error;
      }
    }), { numRuns: 2000 });
  });
});

describe("checkMountForm", () => {
  test.each(["type=$T,target=$X", "uid=$UID,mode=$M,size=${S:-1}", "from=a$", "type=cache"])("%s may be right", (value) => expect(checkMountForm(value)).toBeUndefined());
  test.each([["from=$a", "doesn't support variable expansion"], ["from=x${a}y,target=/x", "doesn't support variable expansion"], ["form=a", "did you mean from?"]])("%s is refused", (value, why) => expect(() => checkMountForm(value)).toThrow(why));
});

describe("comma-separated values", () => {
  test("fields that need quotes survive", () => {
    fc.assert(fc.property(fc.array(fc.string(), { minLength: 1 }), (fields) => {
      const line = fields.map((field) => `"${field.replaceAll('"', '""')}"`).join(",");
      expect(parseCsvLine(line)).toEqual(fields);
    }));
  });
  test.each([["a,b", ["a", "b"]], ["a,,b", ["a", "", "b"]], ["a,", ["a", ""]], [",", ["", ""]], [" a , b", [" a ", " b"]], ["\"a,b\",c", ["a,b", "c"]]])("%j", (line, fields) => expect(parseCsvLine(line)).toEqual(fields));
});

test.each<[string, number | undefined]>([
  ["0", 0], ["42", 42], ["42b", 42], ["1k", 1024], ["1 KB", 1024], ["2KiB", 2048], ["1.5M", 1572864], [".5g", 536870912], ["1T", 2 ** 40], ["1p", 2 ** 50],
  ["", undefined], ["k", undefined], ["-1", undefined], ["1x", undefined], ["1kbb", undefined], ["1  k", undefined], ["1bi", undefined], ["1ib", undefined], ["9".repeat(100), undefined], ["99999p", undefined],
])("size %j is %s bytes", (text, bytes) => expect(parseByteSize(text)).toBe(bytes));
