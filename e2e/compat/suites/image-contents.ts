import { expect, it } from "vitest";
import { newName } from "../lab.ts";
import type { Suite } from "../lab.ts";
import { api } from "../../fixtures/api.ts";
import { makeImage, makeLayer } from "../../fixtures/images.ts";
import { pushImage } from "../../fixtures/push.ts";

interface FilePageJson {
  readonly total: number;
  readonly bytes: number;
  readonly files: readonly { readonly path: string; readonly type: string; readonly size: number; readonly layer: number; readonly hiddenBy?: number; readonly hiddenHow?: string }[];
  readonly summary: { readonly wastedBytes: number; readonly isComplete: boolean };
}

interface PreviewJson {
  readonly untagged: readonly string[];
  readonly deleted: readonly { readonly id: string }[];
  readonly refused: readonly { readonly name: string; readonly message: string }[];
  readonly layers: number;
  readonly freedBytes: number;
}

/** `/slipway/images`: layers, files, comparison, and what a removal would free. */
export const imageContentsSuite: Suite = (lab) => {
  const call = (method: string, path: string, body?: unknown) => api(lab().engine.socket, method, path, body);
  const get = async <T>(path: string): Promise<T> => {
    const { status, body } = await call("GET", path);
    expect(status, body).toBe(200);
    return JSON.parse(body) as T;
  };
  const post = async (path: string, body?: unknown): Promise<PreviewJson> => {
    const answer = await call("POST", path, body);
    expect(answer.status, answer.body).toBe(200);
    return JSON.parse(answer.body) as PreviewJson;
  };

  it("tells an image's layers with the steps that made them", async () => {
    const { docker } = lab();
    const image = lab().image("library/layered");
    await docker.ok("pull", "-q", image);
    const { layers, steps } = await get<{ layers: { index: number; size: number; digest: string }[]; steps: { createdBy: string; layer: number | null }[] }>(`/slipway/images/${image}/layers`);
    expect(layers.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
    expect(steps.map(({ createdBy, layer }) => [createdBy, layer])).toEqual([["layer 1", 0], ["layer 2", 1], ["layer 3", 2], ["layer 4", 3]]);
    const sum = layers.reduce((all, { size }) => all + size, 0);
    expect(String(sum)).toBe(await docker.ok("image", "inspect", "-f", "{{.Size}}", image));
  });

  it("lists the files of a layer and of the whole, as a container sees them, and what later layers hide", async () => {
    const { docker } = lab();
    const image = lab().image("library/layered");
    await docker.ok("pull", "-q", image);
    const top = await get<FilePageJson>(`/slipway/images/${image}/layers/3/files`);
    expect(top.files.map(({ path, type }) => `${type} ${path}`)).toEqual(["file /data/kept", "file /data/top", "directory /data"]);
    const wasted = await get<FilePageJson>(`/slipway/images/${image}/files?show=wasted&search=/data/`);
    expect(wasted.files.map(({ path, layer, hiddenBy, hiddenHow }) => `${path} ${layer} ${hiddenHow} ${hiddenBy}`).sort()).toEqual([
      "/data/becomes-dir 1 replaced 2", "/data/becomes-file/x 1 replaced 2", "/data/kept 1 replaced 3", "/data/opaque/below 1 deleted 2", "/data/removed 1 deleted 2",
    ]);
    const present = await get<FilePageJson>(`/slipway/images/${image}/files?show=present&search=/data/&limit=1000`);
    const seen = await docker.ok("run", "--rm", image, "find", "/data", "-mindepth", "1");
    expect([...new Set(present.files.map(({ path }) => path))].sort()).toEqual(seen.split("\n").sort());
    expect(wasted.summary).toMatchObject({ isComplete: true });
  });

  it("refuses layers that are not there and queries that make no sense, with a sentence", async () => {
    const image = lab().busybox;
    expect(await call("GET", `/slipway/images/${image}/layers/7/files`)).toMatchObject({ status: 404, message: `the image ${image} has no layer 7: its 1 layers are 0 to 0` });
    expect(await call("GET", `/slipway/images/${image}/layers/x/files`)).toMatchObject({ status: 400, message: 'bad layer "x": expected its number, from 0 at the bottom' });
    expect(await call("GET", `/slipway/images/${image}/files?show=some`)).toMatchObject({ status: 400 });
    expect(await call("GET", `/slipway/images/${image}/files?offset=-1`)).toMatchObject({ status: 400 });
    expect(await call("GET", "/slipway/images/never:here/layers")).toMatchObject({ status: 404, message: "No such image: never:here" });
    expect(await call("GET", "/slipway/images/compare?before=a")).toMatchObject({ status: 400 });
    expect(await call("POST", "/slipway/images/prune")).toMatchObject({ status: 400, message: "only dry-run=1 is offered here: /images/prune removes" });
  });

  it("takes hostile layers for what they are: links out of the image, odd names, very many and very deep folders", async () => {
    const name = newName("hostile");
    const deep = Array.from({ length: 120 }, (_, depth) => ({ name: `${"d".repeat(30)}/`.repeat(depth + 1), type: "dir" as const }));
    await pushImage(lab().registry.url, name, "latest", makeImage([makeLayer([
      { name: "etc", type: "symlink", link: "/../../../../../etc" }, { name: "loop", type: "symlink", link: "loop" }, { name: "pipe", type: "fifo" },
      { name: 'q"uote\n\u001b[31m', data: "quoted" }, ...deep, ...Array.from({ length: 3000 }, (_, index) => ({ name: `many/${index}`, data: "m" })),
    ], { format: "oci" })]));
    await lab().docker.ok("pull", "-q", lab().image(name));
    const page = await get<FilePageJson>(`/slipway/images/${lab().image(name)}/files?limit=1000`);
    expect(page.total).toBeGreaterThan(3100);
    expect(page.files).toHaveLength(1000);
    expect(page.files[0]).toMatchObject({ path: '/q"uote\n\u001b[31m', size: 6 });
    const links = await get<FilePageJson>(`/slipway/images/${lab().image(name)}/files?search=etc`);
    expect(links.files).toMatchObject([{ path: "/etc", type: "symlink" }]);
  });

  it("says to the byte what a removal and a prune free, before they do it", async () => {
    const { docker } = lab();
    const [one, two] = [newName("one"), newName("two")];
    const base = makeLayer([{ name: "base", data: "b".repeat(50_000) }], { format: "oci" });
    await pushImage(lab().registry.url, one, "latest", makeImage([base, makeLayer([{ name: "one", data: "1".repeat(20_000) }], { format: "oci" })]));
    await pushImage(lab().registry.url, two, "latest", makeImage([base]));
    for (const name of [one, two]) await docker.ok("pull", "-q", lab().image(name));
    await docker.ok("tag", lab().image(one), `${one}-again:1`);
    const tag = await post("/slipway/images/remove?dry-run=1", { Names: [`${one}-again:1`] });
    expect(tag).toMatchObject({ untagged: [`${one}-again:1`], deleted: [], freedBytes: 0 });
    const both = await post("/slipway/images/remove?dry-run=1", { Names: [`${one}-again:1`, `${lab().image(one)}:latest`] });
    expect(both).toMatchObject({ layers: 1, refused: [] });
    expect(both.deleted).toHaveLength(1);
    const user = newName();
    await docker.ok("create", "--name", user, lab().image(two), "true");
    const used = await post("/slipway/images/remove?dry-run=1", { Names: [lab().image(two)] });
    expect(used.refused[0]?.message).toMatch(/container [0-9a-f]{12} is using its referenced image/);
    await docker.ok("rm", user);
    await docker.ok("rmi", `${one}-again:1`, lab().image(one), lab().image(two));
    for (const name of [one, two]) await docker.ok("pull", "-q", lab().image(name));
    const filters = encodeURIComponent(JSON.stringify({ dangling: ["false"] }));
    const preview = await post(`/slipway/images/prune?dry-run=1&filters=${filters}`);
    expect(preview.untagged).toContain(`${lab().image(one)}:latest`);
    const { body } = await call("POST", `/images/prune?filters=${filters}`);
    expect((JSON.parse(body) as { SpaceReclaimed: number }).SpaceReclaimed).toBe(preview.freedBytes);
    expect(await docker.ok("images", "-q")).toBe("");
  });

  it("compares two images by what they show", async () => {
    const { docker } = lab();
    const [before, after] = [newName("before"), newName("after")];
    const shared = makeLayer([{ name: "same", data: "same" }, { name: "gone", data: "gone!" }], { format: "oci" });
    await pushImage(lab().registry.url, before, "latest", makeImage([shared]));
    await pushImage(lab().registry.url, after, "latest", makeImage([shared, makeLayer([{ name: ".wh.gone" }, { name: "fresh", data: "fresh" }], { format: "oci" })]));
    for (const name of [before, after]) await docker.ok("pull", "-q", lab().image(name));
    const query = new URLSearchParams({ before: lab().image(before), after: lab().image(after) });
    expect(await get(`/slipway/images/compare?${query}`)).toMatchObject({ added: 1, removed: 1, modified: 0, differences: [{ path: "/fresh", change: "added", sizeAfter: 5 }, { path: "/gone", change: "removed", sizeBefore: 5 }] });
  });
};
