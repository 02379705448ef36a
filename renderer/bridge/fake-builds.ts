/** Builds of the fake host: some that ended in every way, one that runs, and the files of a made-up project. */
import type { BuildBatch, BuildEvent, BuildForecast, BuildForm, BuildListEvent, BuildStepInfo, BuildSummary, CacheReason, DockerfileDescription, FolderListing, HostFile, StepOutcome } from "../../electron/ipc/contract/builds.ts";
import { makeId, seeded, type Scenario } from "./fake-data.ts";
import { fakeError } from "./fake-error.ts";

const dockerfile = `# syntax=docker/dockerfile:1
FROM node:24-bookworm-slim AS build
WORKDIR /srv/app
ARG VERSION=dev
COPY package.json package-lock.json ./
RUN --mount=type=cache,target=/root/.npm npm ci
COPY . .
RUN npm run build

FROM node:24-bookworm-slim AS runtime
WORKDIR /srv/app
ENV NODE_ENV=production
COPY --from=build /srv/app/dist ./dist
USER node
EXPOSE 8080
CMD node dist/server.js
`;

interface MadeStep {
  readonly text: string;
  readonly type: BuildStepInfo["type"];
  readonly stage: number;
  readonly ms: number;
  readonly bytes: number | null;
}

const steps: readonly MadeStep[] = [
  { text: "FROM node:24-bookworm-slim AS build", type: "from", stage: 0, ms: 4, bytes: null },
  { text: "WORKDIR /srv/app", type: "directory", stage: 0, ms: 8, bytes: 0 },
  { text: "ARG VERSION=dev", type: "config", stage: 0, ms: 1, bytes: null },
  { text: "COPY package.json package-lock.json ./", type: "copy", stage: 0, ms: 22, bytes: 318_000 },
  { text: "RUN --mount=type=cache,target=/root/.npm npm ci", type: "run", stage: 0, ms: 8400, bytes: 84_200_000 },
  { text: "COPY . .", type: "copy", stage: 0, ms: 140, bytes: 2_410_000 },
  { text: "RUN npm run build", type: "run", stage: 0, ms: 5200, bytes: 11_800_000 },
  { text: "FROM node:24-bookworm-slim AS runtime", type: "from", stage: 1, ms: 2, bytes: null },
  { text: "WORKDIR /srv/app", type: "directory", stage: 1, ms: 6, bytes: 0 },
  { text: "ENV NODE_ENV=production", type: "config", stage: 1, ms: 1, bytes: null },
  { text: "COPY --from=build /srv/app/dist ./dist", type: "copy", stage: 1, ms: 90, bytes: 11_700_000 },
  { text: "USER node", type: "config", stage: 1, ms: 1, bytes: null },
  { text: "EXPOSE 8080", type: "config", stage: 1, ms: 1, bytes: null },
  { text: "CMD node dist/server.js", type: "config", stage: 1, ms: 1, bytes: null },
];

const infos: readonly BuildStepInfo[] = steps.map((step, index) => ({ number: index + 1, fromTrigger: false, stage: step.stage, stageName: step.stage === 0 ? "build" : "runtime", text: step.text, range: lineRange(index + 2), type: step.type }));
const filesReason: CacheReason = { type: "files", changed: ["src/cart.ts", "src/checkout/payment.ts"], added: ["src/checkout/retry.ts"], removed: [], total: 3 };
const reasons: Readonly<Record<number, CacheReason>> = { 6: filesReason, 7: { type: "earlierStep", step: 6, text: "COPY . ." }, 11: { type: "earlierStep", step: 7, text: "RUN npm run build" } };
const failure = "The command '/bin/sh -c npm run build' returned a non-zero code: 2";

function lineRange(line: number): BuildStepInfo["range"] {
  return { start: { line, column: 1, offset: 0 }, end: { line, column: 2, offset: 1 } };
}

/** Everything a build of the made-up project says. @param at Unix time in milliseconds */
function eventsOf(id: string, title: string, at: number, failed: boolean, lines: number): BuildEvent[] {
  const events: BuildEvent[] = [
    { type: "started", buildId: id, at, title },
    { type: "context", bytes: 2_900_000, files: 214, done: true },
    { type: "planned", steps: [...infos], skippedStages: ["tests"] },
    { type: "warning", diagnostic: { rule: "JSONArgsRecommended", severity: "warning", message: "JSON arguments recommended for CMD to prevent unintended behavior related to OS signals", range: lineRange(16) } },
  ];
  let time = at + 40;
  for (const [index, step] of steps.entries()) {
    const number = index + 1;
    const reason = reasons[number] ?? null;
    events.push({ type: "stepStarted", step: number, at: time });
    if (reason) events.push({ type: "stepMissed", step: number, reason });
    const run = reason !== null || step.type === "config";
    const ms = run ? step.ms : Math.min(step.ms, 3);
    const broken = failed && number === 7;
    if (step.type === "run" && reason) {
      for (let from = 0; from < lines; from += 500) events.push({ type: "stepOutput", step: number, stream: "stdout", text: Array.from({ length: Math.min(500, lines - from) }, (_, line) => `\x1b[2m${String(from + line + 1).padStart(6)}\x1b[0m \x1b[32m✓\x1b[0m src/module-${from + line + 1}.ts\n`).join("") });
      if (broken) events.push({ type: "stepOutput", step: number, stream: "stderr", text: "\x1b[31msrc/checkout/retry.ts:14:9 - error TS2304:\x1b[0m Cannot find name 'backoff'.\n" });
    }
    const outcome: StepOutcome = broken ? "failed" : reason ? "executed" : step.type === "config" ? "executed" : "cached";
    events.push({ type: "stepEnded", step: number, outcome, reason, statistics: { startedAt: time, durationMs: ms, cpuMs: null, layerBytes: broken ? null : step.bytes }, result: null });
    time += ms + 2;
    if (broken) return [...events, { type: "ended", at: time, outcome: "failed", error: failure, details: { buildFailed: true, step: 7, command: "/bin/sh -c npm run build", exitCode: 2 } }];
  }
  return [...events, { type: "ended", at: time, outcome: "built", imageId: `sha256:${id.padEnd(64, "0")}`, tags: [`${title}`] }];
}

/** @param lines that a step's log has */
export function createFakeBuilds(scenario: Scenario, lines: number, supported: boolean, turn: () => Promise<void>, built: (tag: string) => void) {
  const random = seeded(31);
  const now = Date.now();
  const builds = new Map<string, BuildSummary>();
  const events = new Map<string, () => BuildEvent[]>();
  const listeners = new Set<(event: BuildListEvent) => void>();
  const files = new Map<string, HostFile>([["/home/dev/storefront/Dockerfile", { text: dockerfile, version: "1" }]]);

  function add(title: string, status: BuildSummary["status"], ageMs: number, ms: number, more: Partial<BuildSummary> = {}): BuildSummary {
    const id = makeId(random).slice(0, 32);
    const ended = status !== "running";
    const built = status === "built";
    const startedAt = now - ageMs;
    const build: BuildSummary = {
      id, title, status, startedAt, endedAt: ended ? startedAt + ms : null, error: status === "failed" ? failure : null, imageId: built ? `sha256:${makeId(random)}` : null, tags: [title], target: null, contextPath: "/home/dev/storefront",
      dockerfile: "Dockerfile", steps: steps.length, cached: status === "running" ? 3 : 7, executed: built ? 7 : 2, warnings: built ? 1 : 0, failedStep: null, ...more,
    };
    builds.set(id, build);
    events.set(id, () => eventsOf(id, title, startedAt, status === "failed", lines));
    return build;
  }
  if (scenario !== "empty" && supported) {
    const tail = scenario === "long" ? "-with-a-name-that-somebody-generated".repeat(3) : "";
    add(`ghcr.io/acme/storefront${tail}:2026.11.4`, "running", 4200, 0);
    add(`ghcr.io/acme/storefront${tail}:2026.11.4`, "failed", 420_000, 9800, { failedStep: 7 });
    add(`ghcr.io/acme/storefront${tail}:2026.11.3`, "built", 5_400_000, 14_200);
    add(`tools/migrate${tail}:v3`, "built", 260_000_000, 2600, { target: "runtime", tags: [`tools/migrate${tail}:v3`, "tools/migrate:latest"] });
    add("docs", "cancelled", 270_000_000, 1200, { tags: [], contextPath: "/home/dev/docs" });
    add("sandbox", "interrupted", 400_000_000, 0, { tags: [], contextPath: null, dockerfile: "" });
    if (scenario === "many") for (let index = 0; index < 994; index++) add(`service-${String(index + 1).padStart(3, "0")}:latest`, index % 9 === 4 ? "failed" : "built", 500_000_000 + index * 3_600_000, 900 + index * 37);
  }
  function change(id: string, part: Partial<BuildSummary>): void {
    const before = builds.get(id);
    if (!before) throw fakeError("notFound", `No such build: ${id}`);
    const build = { ...before, ...part };
    builds.set(id, build);
    for (const tell of listeners) tell({ type: "changed", build });
  }
  async function play(id: string, ms: number): Promise<void> {
    await sleep(ms);
    if (builds.get(id)?.status !== "running") return;
    builds.get(id)?.tags.forEach(built);
    change(id, { status: "built", endedAt: Date.now(), imageId: `sha256:${makeId(random)}`, cached: 7, executed: 7 });
  }

  return {
    async *watchStream(signal?: AbortSignal): AsyncGenerator<BuildListEvent> {
      await turn();
      const queue: BuildListEvent[] = [{ type: "list", keeper: supported ? "engine" : "host", builds: [...builds.values()] }];
      let wake: (() => void) | undefined;
      const tell = (event: BuildListEvent): void => {
        queue.push(event);
        wake?.();
      };
      listeners.add(tell);
      signal?.addEventListener("abort", () => wake?.(), { once: true });
      try {
        while (!signal?.aborted) {
          const next = queue.shift();
          if (next) yield next;
          else await new Promise<void>((resolve) => { wake = resolve; });
        }
      } finally {
        listeners.delete(tell);
      }
    },
    async *followStream(id: string, signal?: AbortSignal): AsyncGenerator<BuildBatch> {
      await turn();
      const all = events.get(id)?.();
      if (!all) throw fakeError("notFound", `No such build: ${id}`);
      if (builds.get(id)?.status !== "running") return yield { events: all, bytes: 0 };
      const half = all.findIndex((event) => event.type === "stepEnded" && event.step === 7);
      yield { events: all.slice(0, half), bytes: 0 };
      while (!signal?.aborted && builds.get(id)?.status === "running") await sleep(200);
      yield { events: all.slice(half), bytes: 0 };
    },
    start: async (form: BuildForm) => {
      await turn();
      if (form.context.includes("missing")) throw fakeError("notFound", `the context "${form.context}" does not exist`);
      const build = add(form.tags?.[0] ?? form.context.split("/").at(-1) ?? "", "running", now - Date.now(), 0, { startedAt: Date.now(), contextPath: form.context, tags: form.tags ?? [] });
      for (const tell of listeners) tell({ type: "changed", build });
      void play(build.id, 3000);
      return { id: build.id };
    },
    plan: async (): Promise<BuildForecast> => {
      await turn();
      return { warnings: [], steps: infos.map((info) => ({ ...info, forecast: info.number < 6 || info.number === 8 || info.number === 9 ? "hit" : info.number === 6 ? "miss" : "unknown", reason: info.number === 6 ? filesReason : null })) };
    },
    cancel: async ({ id }: { id: string }) => change(id, { status: "cancelled", endedAt: Date.now() }),
    retry: async () => Promise.reject(fakeError("notFound", "The build keeps no failed step.")),
    dismiss: async ({ id }: { id: string }) => change(id, { failedStep: null }),
    remove: async ({ id }: { id: string }) => {
      builds.delete(id);
      for (const tell of listeners) tell({ type: "removed", id });
    },
    checkSecret: async ({ from, source }: { from: "file" | "env"; source: string }) => (source.includes("missing") ? (from === "env" ? `The variable ${source} is not set where Slipway was started.` : `${source} does not exist.`) : null),
    describe: async ({ text }: { text: string }) => describe(text),
    listFolder: async ({ path }: { path: string }): Promise<FolderListing> => {
      const folder = path.replace(/^~/, "/home/dev").replace(/(.)\/+$/, "$1");
      const names: Readonly<Record<string, readonly string[]>> = { "/": ["home/"], "/home": ["dev/"], "/home/dev": ["docs/", "storefront/", "tools/"], "/home/dev/storefront": ["src/", "Dockerfile", "Dockerfile.dev", "package.json"], "/home/dev/docs": ["index.md"], "/home/dev/tools": [] };
      const found = names[folder];
      if (!found) throw fakeError("notFound", `${folder} does not exist.`);
      return { path: folder, truncated: false, entries: found.map((name) => ({ name: name.replace("/", ""), directory: name.endsWith("/") })) };
    },
    readFile: async ({ path }: { path: string }) => files.get(path) ?? { text: "", version: null },
    saveFile: async ({ path, text, version }: { path: string; text: string; version: string | null }): Promise<HostFile> => {
      if ((files.get(path)?.version ?? null) !== version) throw fakeError("conflict", `${path} was changed meanwhile by something else.`);
      const file = { text, version: String(Number(version ?? 0) + 1) };
      files.set(path, file);
      return file;
    },
    /** Changes a file behind the window's back. */
    touch: (path: string) => files.set(path, { text: "FROM scratch\n", version: "elsewhere" }),
  };
}

/** A small reading of a Dockerfile: enough for stages, arguments and a misspelt RUN. */
function describe(text: string): DockerfileDescription {
  const nodes: DockerfileDescription["nodes"][number][] = [];
  const description = { nodes, stages: [] as DockerfileDescription["stages"][number][], args: [] as DockerfileDescription["args"][number][], diagnostics: [] as DockerfileDescription["diagnostics"][number][] };
  let offset = 0;
  for (const [index, line] of text.split(/(?<=\n)/).entries()) {
    const off = line.startsWith("#~ ");
    const words = line.replace(/^#~ /, "").trim().split(/\s+/);
    const name = (words[0] ?? "").toUpperCase();
    const type = line.trim() === "" ? "blank" : off ? "disabled" : line.startsWith("#") ? (index === 0 ? "directive" : "comment") : "instruction";
    const card = type === "instruction" || off;
    nodes.push({ type, start: offset, end: offset + line.length, line: index + 1, name: card ? name : null, argument: card ? words.slice(1).filter((word) => !word.startsWith("--")).join(" ") : null, flags: words.filter((word) => word.startsWith("--")), toggled: off ? line.slice(3) : card ? `#~ ${line}` : null });
    if (off) {
      offset += line.length;
      continue;
    }
    if (name === "FROM") description.stages.push({ index: description.stages.length, name: words[2]?.toUpperCase() === "AS" ? (words[3] ?? null) : null, image: words[1] ?? "", line: index + 1 });
    if (name === "ARG") description.args.push({ name: (words[1] ?? "").split("=")[0] ?? "", value: (words[1] ?? "").split("=")[1] ?? null });
    const range = { start: { line: index + 1, column: 1, offset }, end: { line: index + 1, column: name.length + 1, offset: offset + name.length } };
    if (type === "instruction" && !/^(FROM|RUN|COPY|ADD|ARG|ENV|WORKDIR|USER|EXPOSE|CMD|ENTRYPOINT|LABEL|VOLUME|HEALTHCHECK|SHELL|STOPSIGNAL|ONBUILD)$/.test(name)) description.diagnostics.push({ rule: "ParseError", severity: "error", message: `unknown instruction: ${name} (did you mean RUN?)`, range });
    if (name === "CMD" && !line.includes("[")) description.diagnostics.push({ rule: "JSONArgsRecommended", severity: "warning", message: "JSON arguments recommended for CMD to prevent unintended behavior related to OS signals", range });
    offset += line.length;
  }
  return description;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
