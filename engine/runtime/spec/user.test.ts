import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { resolveUser } from "./user.ts";

const PASSWD = "root:x:0:0:root:/root:/bin/sh\n# comment\nalice:x:1000:1001:Alice:/home/alice:/bin/sh\nbroken\n1234:x:77:78::/odd:\n";
const GROUP = "root:x:0:\nalice:x:1001:\ndocker:x:999:alice,bob\nwheel:x:10:bob, alice\n";

describe("resolveUser", () => {
  it("takes root without a name, with root's home", () => {
    expect(resolveUser("", PASSWD, GROUP)).toEqual({ uid: 0, gid: 0, additionalGids: [0], home: "/root" });
    expect(resolveUser("", "", "")).toEqual({ uid: 0, gid: 0, additionalGids: [0], home: "/" });
  });

  it("finds a name with its groups", () => {
    expect(resolveUser("alice", PASSWD, GROUP)).toEqual({ uid: 1000, gid: 1001, additionalGids: [1001, 999, 10], home: "/home/alice" });
    expect(resolveUser("1000", PASSWD, GROUP)).toEqual(resolveUser("alice", PASSWD, GROUP));
  });

  it("takes ids that nobody has", () => {
    expect(resolveUser("4321", PASSWD, GROUP)).toEqual({ uid: 4321, gid: 0, additionalGids: [0], home: "/" });
    expect(resolveUser("4321:55", PASSWD, GROUP)).toMatchObject({ uid: 4321, gid: 55, additionalGids: [55] });
  });

  it("prefers a given group and then leaves out the memberships", () => {
    expect(resolveUser("alice:docker", PASSWD, GROUP)).toMatchObject({ gid: 999, additionalGids: [999] });
  });

  it("reads a numeric name as a name first", () => {
    expect(resolveUser("1234", PASSWD, GROUP)).toMatchObject({ uid: 77, gid: 78 });
  });

  it("adds groups", () => {
    expect(resolveUser("alice:alice", PASSWD, GROUP, ["docker", "4000"]).additionalGids).toEqual([1001, 999, 4000]);
    expect(() => resolveUser("", PASSWD, GROUP, ["nope"])).toThrow("unable to find group nope: no matching entries in group file");
  });

  it("says which user or group is missing, as Docker does", () => {
    expect(() => resolveUser("bob", PASSWD, GROUP)).toThrow("unable to find user bob: no matching entries in passwd file");
    expect(() => resolveUser("alice:nope", PASSWD, GROUP)).toThrow("unable to find group nope: no matching entries in group file");
    expect(() => resolveUser("2147483648", PASSWD, GROUP)).toThrow("uids and gids must be in range 0-2147483647");
    expect(() => resolveUser("-1", PASSWD, GROUP)).toThrow("uids and gids must be in range");
  });

  it("takes any bytes for files without failing otherwise than by its own errors", () => {
    fc.assert(fc.property(fc.string(), fc.string(), fc.string(), (user, passwd, group) => {
      try {
        const resolved = resolveUser(user, passwd, group);
        expect(resolved.uid).toBeGreaterThanOrEqual(0);
        expect(resolved.additionalGids).toContain(resolved.gid);
      } catch (error) {
        expect(error).toMatchObject({ name: "EngineError", code: "invalidArgument" });
      }
    }));
  });
});
