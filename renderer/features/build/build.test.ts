import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildForm, type BuildEvent, type BuildStepInfo, type CacheReason } from "../../../electron/ipc/contract/builds.ts";
import { splitWords } from "../../lib/shell.ts";
import { applyEvent, emptyBuild, hasMore, spanOf, stagesOf, type BuildState } from "./details/build-state.ts";
import { StepLog } from "./details/session.ts";
import { documentsStore, editDocument, redoDocument, undoDocument } from "./editor/documents.ts";
import { insertAfter, removeNode, replaceNode, swapNodes, toggleNode } from "./editor/node-edits.ts";
import { recall, remember } from "./start/build-memory.ts";
import { beginWith, buildFormStore, type } from "./start/build-store.ts";
import { buildLine, dockerfilePath, emptyText, forecastForm, parseBuild, privateMounts, splitPath, type BuildText } from "./start/build-form.ts";
import { forecastWords } from "./start/Forecast.tsx";
import { countWords, reasonDetails, reasonWords } from "./words.ts";

const range = { start: { line: 1, column: 1, offset: 0 }, end: { line: 1, column: 2, offset: 1 } };
const info = (number: number, text: string, more: Partial<BuildStepInfo> = {}): BuildStepInfo => ({ number, text, fromTrigger: false, stage: 0, stageName: "0", range, type: "run", ...more });
const ended = (step: number, startedAt: number, durationMs: number, more: Partial<Extract<BuildEvent, { type: "stepEnded" }>> = {}): BuildEvent => ({ type: "stepEnded", step, outcome: "executed", reason: null, statistics: { startedAt, durationMs, cpuMs: null, layerBytes: null }, result: null, ...more });
const all = (events: readonly BuildEvent[]): BuildState => events.reduce(applyEvent, emptyBuild);

describe("reasons", () => {
  const files: CacheReason = { type: "files", changed: ["a", "b"], added: ["c"], removed: [], total: 14 };
  it.each<[CacheReason, string]>([
    [{ type: "files", changed: ["src/a.ts"], added: [], removed: [], total: 1 }, "src/a.ts changed"],
    [files, "a changed and 13 more"],
    [{ type: "files", changed: [], added: [], removed: [], total: 0 }, "Its files changed"],
    [{ type: "argument", name: "VERSION" }, "The argument VERSION changed"],
    [{ type: "earlierStep", step: 4, text: "RUN make" }, "Step 4 changed: RUN make"],
    [{ type: "base", before: "sha256:0123456789abcdef", now: "sha256:fedcba9876543210" }, "The base image changed from 0123456789ab to fedcba987654"],
  ])("%o", (reason, words) => {
    expect(reasonWords(reason)).toBe(words);
  });
  it("are told in full where there is more", () => {
    expect(reasonDetails(files)).toEqual(["a changed", "b changed", "c is new", "and 11 more files"]);
    expect(reasonDetails({ type: "instruction", before: "RUN old" })).toEqual(["Before: RUN old"]);
    expect(reasonDetails({ type: "new" })).toEqual([]);
  });
  it("are counted", () => {
    expect([{ steps: 0, cached: 0, executed: 0 }, { steps: 3, cached: 0, executed: 0 }, { steps: 9, cached: 7, executed: 2 }, { steps: 2, cached: 2, executed: 0 }].map(countWords)).toEqual(["", "3 steps", "7 cached, 2 executed", "2 cached"]);
  });
});

describe("a build's events", () => {
  const steps = [info(1, "FROM a AS one", { type: "from", stageName: "one" }), info(2, "RUN x", { stageName: "one" }), info(3, "FROM b", { type: "from", stage: 1, stageName: "1" }), info(4, "COPY . .", { type: "copy", stage: 1, stageName: "1" })];
  const begun: BuildEvent[] = [{ type: "started", buildId: "1", at: 1000, title: "t" }, { type: "planned", steps, skippedStages: ["tests"] }];

  it("add up to steps with outcome, reason and time", () => {
    const state = all([...begun, { type: "stepStarted", step: 2, at: 1100 }, { type: "stepMissed", step: 2, reason: { type: "new" } }, ended(2, 1100, 400, { reason: { type: "new" } }), { type: "ended", at: 2000, outcome: "built", imageId: "sha256:1", tags: ["t:latest"] }]);
    expect(state).toMatchObject({ outcome: "built", endedAt: 2000, tags: ["t:latest"], skippedStages: ["tests"] });
    expect(state.steps[1]).toMatchObject({ phase: "executed", reason: { type: "new" } });
    expect(state.steps[0]?.phase).toBe("waiting");
    const span = spanOf(state.steps[1]!, 1000, 2000)!;
    expect([span.from, span.to]).toEqual([0.1, 0.5]);
    expect(spanOf(state.steps[0]!, 1000, 2000)).toBeUndefined();
  });
  it("keep what is known when triggers add steps, which come after their stage's FROM", () => {
    const more = [...steps, info(5, "RUN trigger", { stage: 1, stageName: "1", fromTrigger: true })];
    const state = all([...begun, ended(2, 1, 1), { type: "planned", steps: more, skippedStages: [] }]);
    expect(state.steps[1]?.phase).toBe("executed");
    expect(state.skippedStages).toEqual(["tests"]);
    expect(stagesOf(state.steps).map((stage) => [stage.name, stage.steps.map((step) => step.info.number)])).toEqual([["one", [1, 2]], ["1", [3, 5, 4]]]);
  });
  it("leave no step running when the build ends, and tell the error", () => {
    const state = all([...begun, { type: "stepStarted", step: 2, at: 1100 }, { type: "ended", at: 1200, outcome: "failed", error: "no", details: { frame: "> 1 | x" } }]);
    expect(state.steps[1]?.phase).toBe("cancelled");
    expect(state.error).toEqual({ message: "no", details: { frame: "> 1 | x" } });
  });
  it("make a step foldable when there is something in it", () => {
    const state = all([...begun, { type: "stepOutput", step: 2, stream: "stdout", text: "x" }, ended(4, 1, 1, { reason: { type: "files", changed: ["a", "b"], added: [], removed: [], total: 2 } })]);
    expect(state.steps.map(hasMore)).toEqual([false, true, false, true]);
  });
});

describe("a step's log", () => {
  it("joins chunks that end anywhere into the lines that were printed", () => {
    fc.assert(fc.property(fc.array(fc.stringMatching(/^[a-z \n]{0,12}$/)), (chunks) => {
      const log = new StepLog();
      for (const chunk of chunks) log.append("stdout", chunk);
      const whole = chunks.join("");
      const lines = whole === "" ? [] : (whole.endsWith("\n") ? whole.slice(0, -1) : whole).split("\n");
      expect(Array.from({ length: log.buffer.count }, (_, at) => log.buffer.line(at)?.text)).toEqual(lines);
    }));
  });
});

describe("the form", () => {
  const text = (part: Partial<BuildText>): BuildText => ({ ...emptyText, ...part });

  it("becomes a request, with the folder as it was found", () => {
    const typed = text({ folder: "~/app", dockerfile: " docker/Dockerfile ", target: "web", tags: [{ tag: "app:1 " }, { tag: "" }], args: [{ name: "V", value: "a b" }, { name: "", value: "" }], noCache: true });
    expect(parseBuild(typed, "/home/me/app")).toEqual({ errors: {}, form: { context: "/home/me/app", dockerfile: "docker/Dockerfile", target: "web", tags: ["app:1"], args: [{ name: "V", value: "a b" }], secrets: [], labels: [], extraHosts: [], ssh: false, noCache: true, pull: false } });
    expect(parseBuild(typed).form).toBeUndefined();
  });
  it.each<[Partial<BuildText>, string]>([
    [{ folder: "" }, "folder"],
    [{ folder: "app" }, "folder"],
    [{ folder: "/a", tags: [{ tag: "App" }] }, "tags.0"],
    [{ folder: "/a", tags: [{ tag: "a" }, { tag: `a@sha256:${"0".repeat(64)}` }] }, "tags.1"],
    [{ folder: "/a", args: [{ name: "", value: "x" }] }, "args.0"],
    [{ folder: "/a", args: [{ name: "A=B", value: "" }] }, "args.0"],
    [{ folder: "/a", secrets: [{ id: "a", from: "file", source: "relative" }] }, "secrets.0.source"],
    [{ folder: "/a", secrets: [{ id: "a", from: "env", source: "s3cr=t" }] }, "secrets.0.source"],
    [{ folder: "/a", secrets: [{ id: "a", from: "env", source: "A" }, { id: "a", from: "env", source: "B" }] }, "secrets.1.id"],
    [{ folder: "/a", secrets: [{ id: "a b", from: "env", source: "A" }] }, "secrets.0.id"],
    [{ folder: "/a", secrets: [{ id: "", from: "env", source: "A" }] }, "secrets.0.id"],
    [{ folder: "/a", platform: "Linux on ARM" }, "platform"],
    [{ folder: "/a", labels: [{ name: "", value: "x" }] }, "labels.0.name"],
    [{ folder: "/a", hosts: [{ name: "db", address: "elsewhere" }] }, "hosts.0.address"],
    [{ folder: "/a", hosts: [{ name: "a:b", address: "10.0.0.1" }] }, "hosts.0.name"],
  ])("says what is wrong with %o", (part, field) => {
    const { form, errors } = parseBuild(text(part));
    expect(form).toBeUndefined();
    expect(Object.keys(errors)).toEqual([field]);
    expect(errors[field]).toMatch(/\.$/);
  });
  it("takes secrets, a platform, labels, a network and hosts", () => {
    const typed = text({
      folder: "/a", secrets: [{ id: " npm ", from: "file", source: "~/.npmrc" }, { id: "token", from: "env", source: "TOKEN" }, { id: "", from: "file", source: "" }], platform: "linux/arm/v7", labels: [{ name: "team", value: "shop" }], network: "none",
      hosts: [{ name: "db", address: "10.0.0.7" }, { name: "gate", address: "host-gateway" }, { name: "six", address: "[fd00::1]" }], ssh: true,
    });
    expect(parseBuild(typed)).toEqual({ errors: {}, form: {
      context: "/a", tags: [], args: [], secrets: [{ id: "npm", from: "file", source: "~/.npmrc" }, { id: "token", from: "env", source: "TOKEN" }], platform: "linux/arm/v7", labels: [{ name: "team", value: "shop" }], network: "none",
      extraHosts: [{ name: "db", address: "10.0.0.7" }, { name: "gate", address: "host-gateway" }, { name: "six", address: "[fd00::1]" }], ssh: true, noCache: false, pull: false,
    } });
    expect(buildForm.safeParse(parseBuild(typed).form).success).toBe(true);
    expect(forecastForm({ ...typed, secrets: [{ id: "", from: "env", source: "not a name" }] })).toMatchObject({ secrets: [], ssh: false, network: "none", platform: "linux/arm/v7" });
    expect(buildLine(typed)).toBe("docker build --secret id=npm,src=\"$HOME\"/.npmrc --secret id=token,env=TOKEN --ssh default --platform linux/arm/v7 --label team=shop --network none --add-host db:10.0.0.7 --add-host gate:host-gateway --add-host 'six:[fd00::1]' /a");
    expect(buildLine(text({ folder: "/a", secrets: [{ id: "x", from: "file", source: "/a,b" }] }))).toBe("docker build --secret 'id=x,\"src=/a,b\"' /a");
  });
  it("knows what a Dockerfile's steps mount", () => {
    const nodes: Parameters<typeof privateMounts>[0] = [
      { type: "instruction", flags: ["--mount=type=secret,id=npm,target=/x", "--mount=type=ssh"] }, { type: "instruction", flags: ["--mount=type=secret,source=aws", "--mount=type=cache,target=/c", "--network=none"] }, { type: "disabled", flags: ["--mount=type=secret,id=off"] },
    ];
    expect(privateMounts(nodes)).toEqual({ secrets: ["npm", "aws"], ssh: true });
    expect(privateMounts([])).toEqual({ secrets: [], ssh: false });
  });
  it("is remembered by folder, and filled in until something else is typed", () => {
    remember("/a", text({ folder: "/a", tags: [{ tag: "a:1" }], secrets: [{ id: "npm", from: "env", source: "TOKEN" }] }));
    const typed = () => buildFormStore.getState().text;
    type({ folder: "/a" }, "folder");
    beginWith("/a");
    expect(typed()).toMatchObject({ folder: "/a", tags: [{ tag: "a:1" }], secrets: [{ id: "npm", source: "TOKEN" }] });
    type({ folder: "/b" }, "folder");
    beginWith("/b");
    expect(typed()).toEqual({ ...emptyText, folder: "/b" });
    type({ target: "web" }, "target");
    type({ folder: "/a" }, "folder");
    beginWith("/a");
    expect(typed()).toEqual({ ...emptyText, folder: "/a", target: "web" });
    for (let index = 0; index < 60; index++) remember(`/many/${index}`, emptyText);
    expect([recall("/a"), recall("/many/9"), recall("/many/10")]).toEqual([undefined, undefined, emptyText]);
  });
  it("foresees without the tags that are wrong", () => {
    expect(forecastForm(text({ folder: "/a", tags: [{ tag: "Wrong" }, { tag: "right" }] }))).toMatchObject({ tags: ["right"] });
  });
  it("takes a repository's address", () => {
    expect(parseBuild(text({ folder: "https://example.com/app.git#main" })).form).toMatchObject({ context: "https://example.com/app.git#main" });
  });
  it("is one line of docker, which splits into its words again", () => {
    expect(buildLine(text({ folder: "/src/my app", dockerfile: "a/b", tags: [{ tag: "x:1" }], args: [{ name: "V", value: "it's" }], target: "web", noCache: true, pull: true }))).toBe("docker build -t x:1 -f '/src/my app/a/b' --target web --build-arg 'V=it'\\''s' --no-cache --pull '/src/my app'");
    expect(buildLine(emptyText)).toBe("docker build FOLDER");
    fc.assert(fc.property(fc.string({ minLength: 1 }).filter((name) => name.trim() === name && !name.startsWith("~/")), (folder) => {
      expect(splitWords(buildLine(text({ folder })))).toEqual({ words: ["docker", "build", folder] });
    }));
  });
  it("knows where things lie", () => {
    expect([dockerfilePath("/a/", ""), dockerfilePath("/a", "x/y"), dockerfilePath("/a", "/z")]).toEqual(["/a/Dockerfile", "/a/x/y", "/z"]);
    expect(splitPath("/a/bc")).toEqual({ folder: "/a/", prefix: "bc" });
  });
});

describe("changes of a Dockerfile by nodes", () => {
  const file = "# note\nFROM a\nRUN x \\\n  y\n\nCMD z";
  const from = { start: 7, end: 14 };
  const run = { start: 14, end: 26 };
  const cmd = { start: 27, end: 32 };
  it("leave every other character alone", () => {
    expect(file.slice(run.start, run.end)).toBe("RUN x \\\n  y\n");
    expect(replaceNode(file, run, "RUN new\n\n").text).toBe("# note\nFROM a\nRUN new\n\nCMD z");
    expect(replaceNode(file, cmd, "CMD other")).toEqual({ text: `${file.slice(0, 27)}CMD other`, start: 27, end: 36 });
    expect(removeNode(file, run)).toBe("# note\nFROM a\n\nCMD z");
    expect(insertAfter(file, from, "ENV A=b")).toEqual({ text: "# note\nFROM a\nENV A=b\nRUN x \\\n  y\n\nCMD z", start: 14, end: 22 });
    expect(insertAfter(file, cmd, "USER me").text).toBe(`${file}\nUSER me`);
    expect(insertAfter("", undefined, "FROM a").text).toBe("FROM a\n");
  });
  it("put what the builder says in the place of a node", () => {
    expect(toggleNode(file, { ...run, toggled: "#~ RUN x \\\n#~   y\n" })).toEqual({ text: "# note\nFROM a\n#~ RUN x \\\n#~   y\n\nCMD z", start: 14, end: 32 });
  });
  it("swap two nodes around what lies between them", () => {
    expect(swapNodes(file, run, cmd)).toBe("# note\nFROM a\nCMD z\n\nRUN x \\\n  y");
    expect(swapNodes(swapNodes(file, cmd, run), { start: 14, end: 20 }, { start: 21, end: 32 })).toBe(file);
  });
  it("keep the file's line ends", () => {
    expect(replaceNode("FROM a\r\nRUN x\r\n", { start: 8, end: 15 }, "RUN y \\\n z").text).toBe("FROM a\r\nRUN y \\\r\n z\r\n");
  });
});

describe("undo in a Dockerfile", () => {
  const path = "/p/Dockerfile";
  const now = () => documentsStore.getState().get(path)?.text;
  it("takes back each change of a card, typing in one go, and makes them again", () => {
    const file = { text: "0", version: "1" };
    documentsStore.setState(new Map([[path, { path, phase: "ready", file, text: "0", error: undefined, past: [], future: [], changedBy: undefined }]]), true);
    editDocument(path, "1", "card");
    editDocument(path, "2", "card");
    for (const typed of ["2a", "2ab", "2abc"]) editDocument(path, typed, "typing");
    editDocument(path, "3", "card");
    const back = Array.from({ length: 5 }, () => (undoDocument(path), now()));
    expect(back).toEqual(["2abc", "2", "1", "0", "0"]);
    const forth = Array.from({ length: 5 }, () => (redoDocument(path), now()));
    expect(forth).toEqual(["1", "2", "2abc", "3", "3"]);
    undoDocument(path);
    editDocument(path, "other", "card");
    redoDocument(path);
    expect(now()).toBe("other");
  });
});

describe("forecasts", () => {
  const step = (number: number, text: string, forecast: "hit" | "miss" | "unknown", reason: CacheReason | null = null) => ({ ...info(number, text, { type: text.startsWith("FROM") ? "from" : "run" }), forecast, reason });
  it("say how much the cache has and what runs first", () => {
    const reason: CacheReason = { type: "files", changed: ["a"], added: ["b"], removed: ["c"], total: 3 };
    expect(forecastWords({ warnings: [], steps: [step(1, "FROM a", "hit"), step(2, "RUN x", "hit"), step(3, "COPY . .", "miss", reason), step(4, "RUN y", "unknown")] })).toEqual({ title: "1 of 3 steps cached.", cause: "Step 3, COPY . ., is the first to run: a changed and 2 more." });
    expect(forecastWords({ warnings: [], steps: [step(1, "FROM a", "hit"), step(2, "RUN x", "hit"), step(3, "RUN y", "hit")] })).toEqual({ title: "All 2 steps cached.", cause: "" });
    expect(forecastWords({ warnings: [], steps: [step(1, "FROM a", "miss"), step(2, "RUN x", "unknown")] }).title).toBe("None of 1 step cached.");
  });
});
