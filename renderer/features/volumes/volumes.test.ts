import { describe, expect, it } from "vitest";
import { createFake } from "../../bridge/fake.ts";
import { toRow } from "../../stores/container-row.ts";
import { freedBytes, prunable } from "./prune.ts";
import { shortName, userNames, withVolumeUsers } from "./users.ts";
import { parseVolumeText, volumeLine } from "./volume-form.ts";

const nothing: ReadonlySet<string> = new Set();

describe("the form", () => {
  it.each([
    ["", "A volume needs a name."],
    ["a", "A name has at least two characters."],
    ["pg data", "A name has letters, digits, _ . and -, and no blank."],
    ["pg/data", "A name has letters, digits, _ . and -, and no “/”."],
    ["-data", "A name begins with a letter or a digit."],
    ["taken", "There is a volume taken already."],
    ["x".repeat(256), "A name has at most 255 characters; this one has 256."],
  ])("%j: %s", (name, message) => {
    expect(parseVolumeText({ name, labels: [] }, new Set(["taken"]))).toEqual({ form: undefined, errors: { name: message } });
  });

  it("becomes what is sent, and the line that does the same", () => {
    const text = { name: " pgdata ", labels: [{ name: "team", value: "red blue" }, { name: "", value: "" }, { name: "flag", value: "" }] };
    expect(parseVolumeText(text, nothing).form).toEqual({ name: "pgdata", labels: { team: "red blue", flag: "" } });
    expect(volumeLine(text)).toBe("docker volume create --label 'team=red blue' --label flag pgdata");
  });

  it("says which label is wrong", () => {
    const { form, errors } = parseVolumeText({ name: "ok", labels: [{ name: "", value: "x" }, { name: "a=b", value: "" }, { name: "c", value: "1" }, { name: "c", value: "2" }] }, nothing);
    expect(form).toBeUndefined();
    expect(errors).toEqual({ "labels.0.name": "A label needs a name.", "labels.1.name": "The name must not contain =.", "labels.3.name": "The label c is there twice." });
  });
});

describe("users and prune", () => {
  async function world() {
    const { client } = createFake();
    const [volumes, containers, sizes] = await Promise.all([client.volumes.list(), client.containers.list(), client.volumes.sizes()]);
    const rows = containers.map((info) => toRow(info, Date.now(), undefined));
    return { volumes, rows, sizes: new Map(sizes.map((one) => [one.name, one.bytes])) };
  }

  it("names who mounts a volume, where and how", async () => {
    const { volumes, rows, sizes } = await world();
    const data = withVolumeUsers(volumes, rows, sizes).find((one) => one.row.name === "storefront-data");
    expect(data?.size).toBe(4_812_345_678);
    expect(data?.users.map((user) => [user.container.name, user.target, user.readOnly])).toEqual([
      ["storefront-web", "/srv/data", true],
      ["storefront-db", "/var/lib/postgresql/data", false],
    ]);
    expect(userNames(data?.users ?? [])).toEqual(["storefront-web", "storefront-db"]);
  });

  it("keeps what did not change", async () => {
    const { volumes, rows, sizes } = await world();
    const before = withVolumeUsers(volumes, rows, sizes);
    expect(withVolumeUsers(volumes, rows, sizes)).toEqual(before);
    expect(withVolumeUsers(volumes, rows, sizes).every((one, at) => one === before[at])).toBe(true);
    const after = withVolumeUsers(volumes, rows.filter((row) => row.name !== "grafana"), sizes);
    expect(after.filter((one, at) => one !== before[at]).map((one) => one.row.name)).toEqual(["grafana"]);
  });

  it("takes only what nobody uses, and adds its bytes up", async () => {
    const { volumes, rows, sizes } = await world();
    const all = withVolumeUsers(volumes, rows, sizes);
    const anonymous = prunable(all, "anonymous");
    expect(anonymous.every((one) => one.row.anonymous && one.users.length === 0)).toBe(true);
    expect(freedBytes(anonymous)).toEqual({ bytes: 39_845_888, unknown: 0 });
    expect(prunable(all, "all").map((one) => shortName(one.row))[0]).toBe("old-backups");
    expect(freedBytes(prunable(all, "all"))).toEqual({ bytes: 39_845_888 + 1_204_776_002, unknown: 1 });
  });
});
