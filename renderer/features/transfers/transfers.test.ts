import { describe, expect, it } from "vitest";
import { freshTransfer, refusedTransfer, type Transfer } from "../../stores/transfer.ts";
import { parsePush, pushLines } from "./push-form.ts";
import { isLayerDone, layerWords, panelRows, panelWords, partOfAll, summary } from "./words.ts";

const pull: Transfer = { ...freshTransfer(1, "pull", "nginx:1", false), started: 1000, downloadedBytes: 2_000_000, totalBytes: 8_000_000, bytesPerSecond: 2_000_000, secondsLeft: 3 };

describe("a transfer in words", () => {
  it.each<[string, Partial<Transfer>, string]>([
    ["running", {}, "2.00 MB of 8.00 MB, 2.00 MB/s, 3 s left"],
    ["just begun", { totalBytes: 0 }, "Asking the registry"],
    ["extracting", { downloadedBytes: 8_000_000, layers: [{ id: "a", status: "Pull complete", current: 1, total: 1 }, { id: "b", status: "Extracting", current: 1, total: 2 }] }, "8.00 MB downloaded, extracting: 1 of 2 layers"],
    ["paused", { phase: "paused" }, "Paused at 2.00 MB of 8.00 MB."],
    ["interrupted", { phase: "interrupted" }, "Interrupted at 2.00 MB of 8.00 MB. Resume goes on from there."],
    ["done", { phase: "done", ended: 3500 }, "Pulled 8.00 MB in 2.5 s."],
    ["a done push", { kind: "push", phase: "done", ended: 3500 }, "Pushed 8.00 MB in 2.5 s."],
    ["nothing to do", { phase: "done", changed: false }, "Up to date: everything was here already."],
    ["nothing to push", { kind: "push", phase: "done", changed: false }, "Up to date: everything was at the registry already."],
  ])("%s", (_name, part, words) => {
    expect(summary({ ...pull, ...part })).toBe(words);
  });

  it("offers the login that a registry wants", () => {
    const error = { code: "unauthorized", message: "no basic auth credentials", hints: [], details: {} } as const;
    expect(refusedTransfer("r:5000/app:1", { ...error, hints: [] })).toMatchObject({ message: "r:5000 wants a login for this image.", cause: "no basic auth credentials", hints: [{ type: "loginRequired", registry: "r:5000" }] });
    expect(refusedTransfer("app:1", { ...error, message: "denied", hints: [{ type: "loginRequired", registry: "docker.io" }] })).toMatchObject({ message: "Denied.", hints: [{ registry: "docker.io" }] });
    expect(refusedTransfer("app:1", { ...error, code: "unavailable", hints: [] }).hints).toEqual([]);
  });

  it("has layers in few words", () => {
    const layer = (status: string) => ({ id: "a", status, current: 0, total: 0 });
    expect(["Pull complete", "Pushed", "Layer already exists", "Already exists", "Pulling fs layer", "Mounted from team/app", "Pushing"].map((status) => [layerWords(layer(status)), isLayerDone(layer(status))])).toEqual([
      ["Done", true], ["Done", true], ["Already there", true], ["Already here", true], ["Waiting", false], ["Mounted from team/app", true], ["Pushing", false],
    ]);
  });

  it("is counted in the status bar", () => {
    expect(panelWords([])).toBe("Transfers");
    expect(panelWords([pull])).toBe("Pulling nginx:1");
    expect(panelWords([pull, { ...pull, id: 2, kind: "push" }])).toBe("2 transfers");
    expect(panelWords([{ ...pull, image: `ghcr.io/acme/app@sha256:${"a".repeat(64)}` }])).toBe("Pulling app@sha256:aaaaaaaaaaaa");
    expect([partOfAll([pull, { ...pull, totalBytes: 0, downloadedBytes: 0 }]), partOfAll([])]).toEqual([0.25, undefined]);
    expect(panelWords([{ ...pull, phase: "paused" }])).toBe("1 transfer paused");
    expect(panelWords([{ ...pull, phase: "failed" }])).toBe("A pull failed");
  });

  it("is listed once, those that need somebody first", () => {
    const rows = [{ ...pull, id: 4, started: 4, phase: "done" as const }, { ...pull, id: 3, started: 3, phase: "failed" as const }, { ...pull, id: 2, started: 2, image: "b", phase: "interrupted" as const }];
    expect(panelRows(rows).map(({ id }) => id)).toEqual([2, 4]);
  });
});

describe("the target of a push", () => {
  const text = { source: "app:1", target: "", allTags: false };
  it.each([
    ["", "Enter where to push it"],
    ["ghcr.io/Acme/app", "Image names are lower case"],
    [`ghcr.io/acme/app@sha256:${"a".repeat(64)}`, "A push needs a tag"],
    ["app:1", "Push to USER/app"],
    ["ghcr.io/acme/app:", "A tag is missing"],
  ])("%j is refused", (target, message) => {
    expect(parsePush({ ...text, target }, ["app:1"])).toMatchObject({ error: expect.stringContaining(message) as string });
  });

  it("is tagged where it differs, and the lines say so", () => {
    const parsed = parsePush({ ...text, target: "127.0.0.1:5000/team/app" }, ["app:1"]);
    const form = "form" in parsed ? parsed.form : undefined;
    expect(form).toMatchObject({ target: "127.0.0.1:5000/team/app:latest", tags: [{ from: "app:1", to: "127.0.0.1:5000/team/app:latest" }] });
    expect(pushLines(form, false)).toBe("docker tag app:1 127.0.0.1:5000/team/app:latest\ndocker push 127.0.0.1:5000/team/app:latest");
    expect(parsePush({ source: "ghcr.io/a/b:2", target: "ghcr.io/a/b:2", allTags: false }, [])).toMatchObject({ form: { target: "ghcr.io/a/b:2", tags: [] } });
  });

  it("with all tags is a repository", () => {
    const parsed = parsePush({ ...text, target: "ghcr.io/acme/app:ignored", allTags: true }, ["app:1", "app:2"]);
    const form = "form" in parsed ? parsed.form : undefined;
    expect(form).toMatchObject({ target: "ghcr.io/acme/app", tags: [{ to: "ghcr.io/acme/app:1" }, { to: "ghcr.io/acme/app:2" }] });
    expect(pushLines(form, true).split("\n").at(-1)).toBe("docker push --all-tags ghcr.io/acme/app");
  });
});
