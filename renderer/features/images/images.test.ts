import type { ImageInfo, ImageInspectInfo } from "dockerode";
import { describe, expect, it } from "vitest";
import type { ImageStep } from "../../../electron/ipc/contract/image-contents.ts";
import type { ContainerRow } from "../../stores/container-row.ts";
import { toImageEntries } from "../../stores/image-row.ts";
import { fileNameOf, wrongPath } from "./archives/paths.ts";
import { commonLayers, compareConfigs } from "./compare/config.ts";
import { modeText } from "./details/mode.ts";
import { foldSteps } from "./details/steps.ts";
import { isOf, matches, namesOf, withUsers } from "./users.ts";

const info = { Id: `sha256:${"a".repeat(64)}`, RepoTags: ["r:5000/a/b:2", "b:2", "r:5000/a/b:1"], RepoDigests: [], Created: 1, Size: 200 } as unknown as ImageInfo;
const untagged = { ...info, Id: `sha256:${"b".repeat(64)}`, RepoTags: ["<none>:<none>"], RepoDigests: ["x/y@sha256:1"] } as unknown as ImageInfo;

describe("entries of images", () => {
  it("are one for each repository, with its tags in order", () => {
    expect(toImageEntries(info).map(({ repository, tags, reference }) => [repository, tags, reference])).toEqual([["r:5000/a/b", ["1", "2"], "r:5000/a/b:1"], ["b", ["2"], "b:2"]]);
  });

  it("without a tag have the repository of their digest, and are dangling", () => {
    expect(toImageEntries(untagged)).toMatchObject([{ repository: "x/y", tags: [], dangling: true, reference: "b".repeat(12) }]);
    expect(namesOf(toImageEntries(untagged)[0]!)).toEqual([untagged.Id]);
  });

  it("keep their identity until a tag comes or goes", () => {
    const before = toImageEntries(info);
    const known = new Map(before.map((entry) => [entry.key, entry]));
    expect(toImageEntries({ ...info }, known)).toEqual(before);
    expect(toImageEntries({ ...info }, known)[0]).toBe(before[0]);
    expect(toImageEntries({ ...info, RepoTags: ["r:5000/a/b:1"] } as ImageInfo, known)[0]).not.toBe(before[0]);
  });

  it("are joined with their containers, found by any word, and told apart by use", () => {
    const entries = [...toImageEntries(info), ...toImageEntries(untagged)];
    const web = { id: "1", name: "web-1", imageId: info.Id, glyph: "running" } as unknown as ContainerRow;
    const used = withUsers(entries, [web], new Map([[info.Id, 150]]));
    expect(used.map(({ users, shared }) => [users.length, shared])).toEqual([[1, 150], [1, 150], [0, undefined]]);
    expect(withUsers(entries, [web], new Map([[info.Id, 150]]))[0]).toBe(used[0]);
    expect(used.filter((image) => matches(image, "5000 WEB")).map(({ entry }) => entry.repository)).toEqual(["r:5000/a/b"]);
    expect((["all", "used", "unused", "dangling"] as const).map((filter) => used.filter((image) => isOf(image, filter)).length)).toEqual([3, 2, 1, 1]);
  });
});

describe("steps", () => {
  const step = (layer: number | null): ImageStep => ({ createdBy: "", comment: "", created: null, size: 0, layer });
  it("without a layer are put together where they are neighbours", () => {
    expect(foldSteps([step(null), step(0), step(null), step(null), step(1)]).map(({ layer, empty }) => layer?.layer ?? empty?.length)).toEqual([1, 0, 2, 1]);
  });
});

describe("two configurations", () => {
  const image = (config: object, layers: string[] = []) => ({ Os: "linux", Architecture: "amd64", Author: "", RootFS: { Layers: layers }, Config: config }) as unknown as ImageInspectInfo;
  it("differ by what one has and the other has not, or has otherwise", () => {
    const rows = compareConfigs(image({ Cmd: ["sh"], Env: ["A=1", "B=2"], Labels: { a: "b" } }), image({ Cmd: ["sh"], Env: ["A=1", "B=3", "C="], User: "app" }));
    expect(rows).toEqual([
      { group: "Environment", name: "B", before: "2", after: "3" },
      { group: "Labels", name: "a", before: "b", after: undefined },
      { group: "Runs", name: "User", before: undefined, after: "app" },
      { group: "Environment", name: "C", before: undefined, after: "" },
    ]);
  });
  it("share layers from the bottom", () => {
    expect([commonLayers(["a", "b", "c"], ["a", "b", "d"]), commonLayers([], ["a"]), commonLayers(["a"], ["a"])]).toEqual([2, 0, 1]);
  });
});

describe("archives", () => {
  it.each([[["nginx:1.27"], "nginx_1.27.tar"], [["r.io:5000/a/b:2"], "b_2.tar"], [["a:1", "a:2"], "a.tar"], [["a:1", "b:1"], "images.tar"], [[`sha256:${"c".repeat(64)}`], `${"c".repeat(12)}.tar`]])("%j are saved as %s", (names, file) => {
    expect(fileNameOf(names)).toBe(file);
  });
  it.each([["", "path of a file"], ["images.tar", "from the root"], ["~x/images.tar", "from the root"], ["/tmp/", "folder"], ["~", "folder"]])("%j is no path of a file", (path, words) => {
    expect(wrongPath(path)).toContain(words);
  });
  it.each(["/tmp/a.tar", "~/a.tar"])("%s is one", (path) => {
    expect(wrongPath(path)).toBeUndefined();
  });
});

describe("modes", () => {
  it.each([[0o644, "rw-r--r--"], [0o755, "rwxr-xr-x"], [0o4755, "rwsr-xr-x"], [0o1777, "rwxrwxrwt"], [0o2640, "rw-r-S---"], [0, "---------"]])("%o is %s", (mode, text) => {
    expect(modeText(mode)).toBe(text);
  });
});
