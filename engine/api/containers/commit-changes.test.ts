import { expect, test } from "vitest";
import { applyChanges } from "./commit-changes.ts";

test("changes are instructions of a Dockerfile", () => {
  expect(applyChanges({ Env: ["PATH=/bin", "A=1"], Cmd: ["sh"], WorkingDir: "/srv", Labels: { old: "1" } }, [
    'ENV A=2 B="$A two"', "CMD echo hi", "LABEL new=2", "EXPOSE 80 90/udp", "VOLUME /data", "USER app", "WORKDIR sub", "STOPSIGNAL SIGINT", "HEALTHCHECK --interval=1s CMD true", "ONBUILD RUN make",
  ])).toEqual({
    Env: ["PATH=/bin", "A=2", "B=1 two"], Cmd: ["/bin/sh", "-c", "echo hi"], ArgsEscaped: true, WorkingDir: "/srv/sub", Labels: { old: "1", new: "2" }, ExposedPorts: { "80/tcp": {}, "90/udp": {} },
    Volumes: { "/data": {} }, User: "app", StopSignal: "SIGINT", Healthcheck: { Test: ["CMD-SHELL", "true"], Interval: 1_000_000_000 }, OnBuild: ["RUN make"],
  });
});

test("nothing is added that nobody asked for", () => {
  expect(applyChanges({ Cmd: ["sh"] }, [])).toEqual({ Cmd: ["sh"] });
  expect(applyChanges({}, ["CMD [\"a\"]"])).toEqual({ Cmd: ["a"], ArgsEscaped: true });
  expect(applyChanges({ OnBuild: ["RUN a"] }, ["USER x\n\nENV K=v"])).toMatchObject({ OnBuild: ["RUN a"], User: "x", Env: ["K=v"] });
});

test("what is no change is refused with its name", () => {
  expect(() => applyChanges({}, ["RUN make"])).toThrow("RUN is not a valid change command");
  expect(() => applyChanges({}, ["CMMD x"])).toThrow("CMMD");
  expect(() => applyChanges({}, ["ENV"])).toThrow();
});
