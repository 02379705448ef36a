import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { newName } from "../lab.ts";
import type { Suite } from "../lab.ts";
import { api } from "../../fixtures/api.ts";
import { must, tempDir } from "../../fixtures/exec.ts";
import { startFaultyRegistry } from "../../fixtures/faulty-registry.ts";
import { makeImage, makeLayer } from "../../fixtures/images.ts";
import { pushImage } from "../../fixtures/push.ts";

interface ItemJson {
  readonly Kind: string;
  readonly Id: string;
  readonly Name: string;
  readonly Size: number | null;
  readonly SharedSize: number | null;
  readonly Users: readonly { readonly Kind: string; readonly Name: string; readonly Running: boolean }[];
  readonly Fixed: string | null;
}

interface ReportJson {
  readonly Items: readonly ItemJson[];
  readonly Kinds: Readonly<Record<string, number>>;
  readonly Total: number;
  readonly Unmeasured: number;
  readonly Disk: { readonly Total: number; readonly Free: number };
}

interface PreviewJson {
  readonly FreedBytes: number;
  readonly Layers: number;
  readonly Items: readonly ItemJson[];
  readonly Refused: readonly { readonly Kind: string; readonly Name: string; readonly Message: string }[];
}

interface FreeLine {
  readonly Type: "removed" | "failed" | "freed";
  readonly Item?: { readonly Kind: string; readonly Name: string };
  readonly Message?: string;
  readonly FreedBytes?: number;
  readonly Removed?: number;
}

type Ref = readonly [kind: string, id: string];

const MB = 1e6;

/** `/slipway/disk`: what takes space adds up to what `du` says, and what a preview promises is what the disk gets back. */
export const diskSuite: Suite = (lab) => {
  const lines = async <T>(method: string, path: string, body?: unknown): Promise<T[]> => {
    const answer = await api(lab().engine.socket, method, path, body);
    expect(answer.status, answer.body).toBe(200);
    return answer.body.trim().split("\n").map((line) => JSON.parse(line) as T);
  };
  /** The last numbers of everything. */
  const ledger = async (): Promise<ReportJson & { readonly item: (kind: string, nameOrId: string) => ItemJson }> => {
    const reports = await lines<ReportJson>("GET", "/slipway/disk");
    const items = new Map(reports.flatMap(({ Items }) => Items).map((item) => [`${item.Kind} ${item.Id}`, item]));
    const last = reports.at(-1)!;
    expect(last.Unmeasured).toBe(0);
    const item = (kind: string, nameOrId: string): ItemJson => {
      const found = [...items.values()].find((each) => each.Kind === kind && (each.Name === nameOrId || each.Id === nameOrId));
      expect(found, `${kind} ${nameOrId}`).toBeDefined();
      return found!;
    };
    return { ...last, Items: [...items.values()], item };
  };
  const bodyOf = (refs: readonly Ref[]): object => ({ Items: refs.map(([Kind, Id]) => ({ Kind, Id })) });
  const preview = async (...refs: readonly Ref[]): Promise<PreviewJson> => (await lines<PreviewJson>("POST", "/slipway/disk/free?dry-run=1", bodyOf(refs)))[0]!;
  const free = (...refs: readonly Ref[]): Promise<FreeLine[]> => lines<FreeLine>("POST", "/slipway/disk/free", bodyOf(refs));
  /** Everything but the database, which grows when something is removed. */
  const occupied = async (): Promise<number> => Number((await must("du", ["-sx", "--block-size=1", "--exclude=engine.db*", lab().engine.root])).split("\t")[0]);
  /** Removes, and expects that the disk gets back what was promised and told. */
  const expectFreed = async (...refs: readonly Ref[]): Promise<number> => {
    const promised = await preview(...refs);
    expect(promised.Refused).toEqual([]);
    const before = await occupied();
    const events = await free(...refs);
    const after = await occupied();
    expect(events.filter(({ Type }) => Type === "failed")).toEqual([]);
    expect(events.at(-1)).toEqual({ Type: "freed", FreedBytes: promised.FreedBytes, Removed: refs.length });
    expect(before - after).toBe(promised.FreedBytes);
    return promised.FreedBytes;
  };
  const idOf = (kind: "image" | "container", name: string): Promise<string> => lab().docker.ok(kind, "inspect", "-f", "{{.Id}}", name);
  /** An image with a file of random bytes in each of its layers. */
  const pushLayers = async (name: string, layers: readonly Buffer[]): Promise<string> => {
    await pushImage(lab().registry.url, name, "latest", makeImage(layers.map((data, index) => makeLayer([{ name: `file-${index}`, data }], { format: "oci" }))));
    await lab().docker.ok("pull", "-q", lab().image(name));
    return lab().image(name);
  };

  it("adds up to what the data root occupies, with every kind told apart", async () => {
    const { docker, busybox } = lab();
    const [web, volume] = [newName("web"), newName("data")];
    await docker.ok("run", "-d", "--name", web, "-v", `${volume}:/data`, busybox, "sh", "-c", "head -c 3000000 /dev/urandom > /data/three; head -c 2000000 /dev/urandom > /two; seq 1 100000; sync; exec sleep 1000");
    await expect.poll(async () => (await docker.ok("logs", "--tail", "1", web)).trim()).toBe("100000");
    await using context = await tempDir("context-");
    await writeFile(join(context.path, "Dockerfile"), `FROM ${busybox}\nRUN head -c 4000000 /dev/urandom > /four\n`);
    await docker.ok("build", "-q", "-t", "ledger-built", context.path);
    await expect.poll(async () => {
      const { Total } = await ledger();
      return Total - Number((await must("du", ["-sx", "--block-size=1", lab().engine.root])).split("\t")[0]);
    }).toBe(0);
    const { item, Kinds, Total, Disk } = await ledger();
    expect(Object.values(Kinds).reduce((sum, bytes) => sum + bytes, 0)).toBe(Total);
    expect(Disk.Total).toBeGreaterThan(Disk.Free);
    expect(item("volume", volume).Size).toBeGreaterThanOrEqual(3 * MB);
    expect(item("volume", volume).Size).toBeLessThan(3.1 * MB);
    expect(item("volume", volume).Users).toMatchObject([{ Kind: "container", Name: web, Running: true }]);
    expect(item("container", web).Size).toBeGreaterThanOrEqual(2 * MB);
    expect(item("container", web).Size).toBeLessThan(2.2 * MB);
    expect(item("log", web).Size).toBeGreaterThan(100_000 * 30);
    expect(item("container", web).Fixed).toBe("It runs: stop it first.");
    const built = item("image", "ledger-built:latest");
    // The layer and its blob are the image's own; the base is another image's too, and the cache has the layer.
    expect(built.Size).toBeGreaterThan(item("image", busybox).Size! + 4 * MB);
    expect(built.SharedSize).toBeGreaterThan(item("image", busybox).Size! * 0.5);
    await docker.ok("rm", "-fv", web);
    await docker.ok("volume", "rm", volume);
    await docker.ok("rmi", "ledger-built");
    await docker.ok("builder", "prune", "-af");
  });

  it("counts shared layers only when everyone who needs them goes", async () => {
    const shared = randomBytes(5 * MB);
    const one = await pushLayers(newName("one"), [shared, randomBytes(MB)]);
    const two = await pushLayers(newName("two"), [shared, randomBytes(2 * MB)]);
    const [first, second] = [await idOf("image", one), await idOf("image", two)];
    const { item, Items } = await ledger();
    expect(item("image", first).SharedSize).toBeGreaterThan(10 * MB);
    expect(item("image", first).Size! - item("image", first).SharedSize!).toBeLessThan(2.1 * MB);
    expect(Items.filter(({ Kind, Users }) => Kind === "layer" && [one, two].every((image) => Users.some(({ Name }) => Name === `${image}:latest`)))).toHaveLength(1);
    const alone = await preview(["image", first]);
    expect(alone.Layers).toBe(1);
    expect(alone.FreedBytes).toBe(item("image", first).Size! - item("image", first).SharedSize!);
    const both = await preview(["image", first], ["image", second]);
    expect(both.Layers).toBe(3);
    expect(both.FreedBytes).toBeGreaterThan(alone.FreedBytes + 10 * MB);
    await expectFreed(["image", first]);
    expect(await expectFreed(["image", second])).toBeGreaterThan(10 * MB);
  });

  it("frees an image with all its names together with the container that uses it", async () => {
    const { docker } = lab();
    const image = await pushLayers(newName("used"), [randomBytes(2 * MB)]);
    await docker.ok("tag", image, "elsewhere/again:1");
    const name = newName();
    await docker.ok("create", "--name", name, image, "/nothing");
    const [imageId, id] = [await idOf("image", image), await idOf("container", name)];
    expect((await preview(["image", imageId])).Refused).toEqual([{ Kind: "image", Id: imageId, Name: expect.any(String) as string, Message: `The container ${name} uses it: select that too, or keep this.` }]);
    expect((await free(["image", imageId])).map(({ Type }) => Type)).toEqual(["failed", "freed"]);
    expect(await expectFreed(["image", imageId], ["container", id])).toBeGreaterThan(4 * MB);
    expect((await docker.run(["inspect", id])).code).not.toBe(0);
    expect((await docker.run(["inspect", imageId])).code).not.toBe(0);
  });

  it("frees layers that only a container kept", async () => {
    const { docker } = lab();
    const image = await pushLayers(newName("orphaned"), [randomBytes(2 * MB)]);
    const name = newName();
    await docker.ok("create", "--name", name, image, "/nothing");
    await docker.ok("rmi", "-f", await idOf("image", image));
    const id = await idOf("container", name);
    expect((await ledger()).item("container", id).Size).toBeGreaterThan(2 * MB);
    expect(await expectFreed(["container", id])).toBeGreaterThan(2 * MB);
  });

  it("empties the log of a running container, which goes on writing, and nothing else of it", async () => {
    const { docker, busybox } = lab();
    const name = newName("talks");
    await docker.ok("run", "-d", "--name", name, busybox, "sh", "-c", "seq 1 50000; while [ ! -e /go ]; do sleep 0.1; done; echo after; exec sleep 1000");
    await expect.poll(async () => (await docker.ok("logs", "--tail", "1", name)).trim()).toBe("50000");
    const id = await idOf("container", name);
    expect(await expectFreed(["log", id])).toBeGreaterThan(50_000 * 30);
    expect(await docker.ok("logs", name)).toBe("");
    await docker.ok("exec", name, "touch", "/go");
    await expect.poll(() => docker.ok("logs", name)).toBe("after");
    expect((await preview(["container", id])).Refused[0]?.Message).toBe("It runs: stop it first.");
    await docker.ok("rm", "-f", name);
  });

  it("frees volumes, logs of stopped containers and the containers themselves, each byte once", async () => {
    const { docker, busybox } = lab();
    const [name, volume] = [newName(), newName("data")];
    await docker.ok("run", "--name", name, "-v", `${volume}:/data`, busybox, "sh", "-c", "head -c 3000000 /dev/urandom > /data/three; seq 1 20000; mkdir /many; for i in $(seq 1 500); do echo $i > /many/$i; done; sync");
    const id = await idOf("container", name);
    expect((await preview(["volume", volume])).Refused[0]?.Message).toBe(`The container ${name} uses it: select that too, or keep this.`);
    const log = await preview(["log", id]);
    const container = await preview(["container", id]);
    expect((await preview(["log", id], ["container", id])).FreedBytes).toBe(container.FreedBytes);
    expect(container.FreedBytes).toBeGreaterThan(log.FreedBytes + 500 * 4096);
    await expectFreed(["log", id]);
    await expectFreed(["volume", volume], ["container", id]);
  });

  it("frees the build cache from the top down, and what images need only with them", async () => {
    const { docker, busybox } = lab();
    await using context = await tempDir("context-");
    await writeFile(join(context.path, "Dockerfile"), `FROM ${busybox}\nRUN head -c 2000000 /dev/urandom > /lower\nRUN head -c 1000000 /dev/urandom > /upper\nRUN --mount=type=cache,target=/cache head -c 1500000 /dev/urandom > /cache/kept\n`);
    await docker.ok("build", "-q", "-t", "ledger-cache", context.path);
    const { Items } = await ledger();
    const step = (text: string): ItemJson => Items.find(({ Kind, Name }) => Kind === "cache" && Name.includes(text))!;
    const [lower, upper, mounting, mount] = [step("> /lower"), step("> /upper"), step("> /cache/kept"), step("cache mount /cache")];
    expect((await preview(["cache", lower.Id])).Refused[0]?.Message).toMatch(/^The cached step .*> \/upper uses it: select that too, or keep this\.$/);
    const cache: Ref[] = [lower, upper, mounting].map(({ Id }) => ["cache", Id]);
    expect((await preview(...cache)).FreedBytes).toBe(0);
    expect(await expectFreed(["cache", mount.Id])).toBeGreaterThan(1.5 * MB);
    const image = await idOf("image", "ledger-cache");
    // The compressed or plain blobs are the image's alone.
    expect((await preview(["image", image])).Layers).toBe(0);
    expect(await expectFreed(["image", image], ...cache)).toBeGreaterThan(6 * MB);
  });

  it("tells what a pull under way keeps, and frees it when it has ended early", async () => {
    const { registry, engine } = lab();
    const name = newName("broken");
    const [whole, half] = [3 * MB, MB].map((bytes) => makeLayer([{ name: `file-${bytes}`, data: randomBytes(bytes) }], { format: "oci" }));
    await pushImage(registry.url, name, "latest", makeImage([whole!, half!]));
    await using faulty = await startFaultyRegistry(registry);
    faulty.spoil((path) => (path.includes(`/blobs/${half!.digest}`) ? { type: "hang", part: 0.5 } : undefined));
    const transfer = async (path: string, method = "POST"): Promise<void> => expect((await api(engine.socket, method, `/slipway/transfers/${path}`)).status).toBeLessThan(300);
    const started = await api(engine.socket, "POST", "/slipway/transfers", { Kind: "pull", Reference: `${faulty.host}/${name}` });
    const { Id } = JSON.parse(started.body) as { Id: string };
    const kept = async (): Promise<ItemJson | undefined> => (await ledger()).Items.find((item) => item.Kind === "transfer" && item.Id === Id);
    // The first layer is here, packed and unpacked, while the second stands still.
    await expect.poll(async () => (await kept())?.Size ?? 0).toBeGreaterThan(5.5 * MB);
    expect((await preview(["transfer", Id])).Refused[0]?.Message).toBe("It is running: cancel it first.");
    await transfer(`${Id}/cancel`);
    await expect.poll(async () => (await kept())?.Fixed).toBe(null);
    expect(await expectFreed(["transfer", Id])).toBeGreaterThan(5.5 * MB);
  });

  describe("bad input", () => {
    it("gets a sentence", async () => {
      const post = async (body: unknown): Promise<string> => {
        const answer = await api(lab().engine.socket, "POST", "/slipway/disk/free?dry-run=1", body);
        expect(answer.status).toBe(400);
        return (JSON.parse(answer.body) as { message: string }).message;
      };
      expect(await post({ Items: [{ Kind: "galaxy", Id: "x" }] })).toMatch(/^Kind must be one of image, .*, not "galaxy"$/);
      expect(await post({ Items: [{ Kind: "image" }] })).toBe("Id is required: which image to free");
      expect((await preview(["image", "sha256:gone"])).Refused).toEqual([{ Kind: "image", Id: "sha256:gone", Name: "sha256:gone", Message: "It is gone already." }]);
    });
  });
};
