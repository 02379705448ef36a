import { describe, expect, it } from "vitest";
import { splitTag } from "./images.ts";
import { PullState } from "./pull-progress.ts";

describe("a pull", () => {
  it("is told by layers, with totals and a rate", () => {
    const state = new PullState();
    expect(state.take({ status: "Pulling from library/busybox", id: "latest" })).toBe("latest: Pulling from library/busybox");
    state.take({ status: "Pulling fs layer", id: "aaa", progressDetail: {} });
    state.take({ status: "Already exists", id: "bbb", progressDetail: {} });
    expect(state.flush(0)).toMatchObject({ layers: [{ id: "aaa", phase: "waiting" }, { id: "bbb", phase: "exists" }], downloadedBytes: 0, totalBytes: 0 });

    state.take({ status: "Downloading", id: "aaa", progressDetail: { current: 500, total: 1000 } });
    expect(state.flush(1000)).toEqual({
      type: "progress",
      layers: [{ id: "aaa", phase: "downloading", current: 500, total: 1000 }],
      downloadedBytes: 500,
      totalBytes: 1000,
      bytesPerSecond: 500,
    });
    expect(state.flush(1100)).toBeUndefined();

    state.take({ status: "Download complete", id: "aaa", progressDetail: {} });
    state.take({ status: "Extracting", id: "aaa", progressDetail: { current: 10, total: 1000 } });
    expect(state.flush(2000)).toMatchObject({ layers: [{ id: "aaa", phase: "extracting", current: 10, total: 1000 }], downloadedBytes: 1000, totalBytes: 1000 });
    state.take({ status: "Pull complete", id: "aaa", progressDetail: {} });
    expect(state.flush(2100)?.layers).toEqual([{ id: "aaa", phase: "done", current: 1000, total: 1000 }]);

    expect(state.take({ status: "Digest: sha256:abc" })).toBe("Digest: sha256:abc");
    state.take({ status: "Status: Downloaded newer image for busybox:latest" });
    expect([state.digest, state.changed]).toEqual(["sha256:abc", true]);
  });

  it("that starts a layer again counts it once", () => {
    const state = new PullState();
    state.take({ status: "Downloading", id: "aaa", progressDetail: { current: 900, total: 1000 } });
    state.take({ status: "Retrying in 5 seconds", id: "aaa" });
    state.take({ status: "Downloading", id: "aaa", progressDetail: { current: 100, total: 1000 } });
    expect(state.flush(0)).toMatchObject({ downloadedBytes: 100, totalBytes: 1000 });
  });
});

describe("a reference", () => {
  it.each([
    ["busybox", "busybox", "latest"],
    ["busybox:1.36", "busybox", "1.36"],
    ["localhost:5000/a/b", "localhost:5000/a/b", "latest"],
    ["localhost:5000/a/b:v1", "localhost:5000/a/b", "v1"],
    ["busybox@sha256:abc", "busybox", "sha256:abc"],
    ["r.io:80/a:1@sha256:abc", "r.io:80/a", "sha256:abc"],
  ])("%s", (reference, repo, tag) => {
    expect(splitTag(reference)).toEqual({ repo, tag });
  });
});
