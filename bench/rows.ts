import { createHash } from "node:crypto";
import { api } from "../e2e/fixtures/api.ts";
import { must, run, tempDir } from "../e2e/fixtures/exec.ts";
import type { TempDir } from "../e2e/fixtures/exec.ts";
import { startSlowLine } from "../e2e/fixtures/slow-line.ts";
import type { SlowLine } from "../e2e/fixtures/slow-line.ts";
import { FILES, makeContext } from "./builds.ts";
import { farSeries, largeSeries, pushVariant, smallFilesSeries } from "./images.ts";
import type { ImageSeries } from "./images.ts";
import { pushRow } from "./push.ts";
import type { Row } from "./row.ts";

/** Milliseconds that `work` takes. */
async function timed(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}

/** A container that runs on every engine while a row is measured. */
function withContainer(name: string, flags: readonly string[], command: readonly string[]): NonNullable<Row["prepare"]> {
  return async (stage, engines) => {
    for (const { docker } of engines) await docker.ok("run", "-d", "--name", name, ...flags, stage.busybox, ...command);
    return async () => {
      for (const { docker } of engines) await docker.ok("rm", "-f", name);
    };
  };
}

/** @param latencyMs round trip to the registry, by a relay: kernels without netem measure the same */
function pullRow(name: string, title: string, budget: number, makeSeries: () => Promise<ImageSeries>, latencyMs = 0): Row {
  let series: ImageSeries | undefined;
  let line: SlowLine | undefined;
  return {
    name, title, unit: "ms", budget, runs: 3,
    async prepare({ registry }) {
      series = await makeSeries();
      line = latencyMs === 0 ? undefined : await startSlowLine({ target: registry.host, latencyMs });
      return async () => {
        await line?.[Symbol.asyncDispose]();
        [series, line] = [undefined, undefined];
      };
    },
    async round({ registry }, round) {
      await pushVariant(registry.url, series!, String(round));
    },
    async measure({ docker }, { registry }, round) {
      const image = `${(line ?? registry).host}/${series!.name}:${round}`;
      await run("sync", []);
      const duration = await timed(() => docker.ok("pull", "-q", image));
      await docker.ok("rmi", "-f", image);
      return duration;
    },
  };
}

const LINES = 1_000_000;
const PORT_MEGABYTES = 2_000;
const CONTAINERS = 500;

/** The rows in the order of the speed table. */
export const ROWS: readonly Row[] = [
  { name: "run", title: "run --rm IMAGE true", unit: "ms", budget: 0.35, runs: 15, measure: ({ docker }, { busybox }) => timed(() => docker.ok("run", "--rm", busybox, "true")) },
  { name: "run-p", title: "the same with -p", unit: "ms", budget: 0.35, runs: 11, measure: ({ docker }, { busybox }) => timed(() => docker.ok("run", "--rm", "-p", "127.0.0.1::80", busybox, "true")) },
  { name: "run-20", title: "20 of them at once", unit: "ms", budget: 0.4, runs: 3, measure: ({ docker }, { busybox }) => timed(() => Promise.all(Array.from({ length: 20 }, () => docker.ok("run", "--rm", busybox, "true")))) },
  { name: "exec", title: "exec", unit: "ms", budget: 0.7, runs: 15, prepare: withContainer("bench-exec", [], ["sleep", "100000"]), measure: ({ docker }) => timed(() => docker.ok("exec", "bench-exec", "true")) },
  pullRow("pull", "pull, 10 layers, 400 MB", 0.5, largeSeries),
  pullRow("pull-small", "pull, 30,000 small files in 6 layers", 0.4, smallFilesSeries),
  pullRow("pull-far", "pull, 20 layers of 1 MB, 100 ms away", 0.6, farSeries, 100),
  pushRow(),
  buildRow("build", "build, 10,000-file context, no cache", 0.4, ["--no-cache"]),
  buildRow("build-cached", "the same, all cached", 0.15, []),
  {
    name: "log", title: "container that prints 1,000,000 lines, until exit", unit: "ms", budget: 0.4, runs: 3,
    async measure({ docker }, { busybox }) {
      const duration = await timed(async () => {
        await docker.ok("run", "-d", "--name", "bench-log", busybox, "seq", "1", String(LINES));
        await docker.ok("wait", "bench-log");
      });
      await docker.ok("rm", "-f", "bench-log");
      return duration;
    },
  },
  {
    name: "logs", title: "logs of those lines", unit: "ms", budget: 0.3, runs: 3,
    async prepare({ busybox }, engines) {
      for (const { docker } of engines) {
        await docker.ok("run", "-d", "--name", "bench-logs", busybox, "seq", "1", String(LINES));
        await docker.ok("wait", "bench-logs");
        await expectWholeLog(await docker.bytes(["logs", "bench-logs"]));
      }
      return async () => {
        for (const { docker } of engines) await docker.ok("rm", "-f", "bench-logs");
      };
    },
    measure: ({ docker, socket }) => timed(() => must("sh", ["-c", "exec docker logs bench-logs > /dev/null"], { env: { DOCKER_HOST: `unix://${socket}` } }).then(() => docker)),
  },
  {
    name: "port", title: "published port, MB/s (higher is better)", unit: "MB/s", budget: 1.5, runs: 5,
    prepare: withContainer("bench-port", ["-p", "127.0.0.1::5001"], ["nc", "-ll", "-p", "5001", "-e", "dd", "if=/dev/zero", "bs=1M", `count=${PORT_MEGABYTES}`]),
    async measure({ docker }) {
      const port = (await docker.ok("port", "bench-port", "5001/tcp")).split("\n")[0]!.split(":").at(-1)!;
      const duration = await timed(async () => {
        const output = await run("bash", ["-c", `exec 3<>/dev/tcp/127.0.0.1/${port}; dd bs=1M of=/dev/null <&3`]);
        const bytes = Number(/^(\d+) bytes/m.exec(output.stderr)?.[1] ?? 0);
        if (bytes !== PORT_MEGABYTES << 20) throw new Error(`the published port sent ${bytes} bytes: ${output.stderr}`);
      });
      return (PORT_MEGABYTES * 1.048_576) / (duration / 1000);
    },
  },
  {
    name: "ps", title: "ps -aq with 500 containers", unit: "ms", budget: 0.6, runs: 15,
    async prepare({ busybox }, engines) {
      for (const { socket } of engines) await createMany(socket, busybox);
      return async () => {
        for (const { docker } of engines) {
          const ids = (await docker.ok("ps", "-aq", "-f", "label=bench")).split("\n").filter(Boolean);
          await docker.run(["rm", "-f", ...ids], { timeout: 300_000 });
        }
      };
    },
    measure: ({ docker }) => timed(async () => {
      const rows = (await docker.ok("ps", "-aq")).split("\n").length;
      if (rows < CONTAINERS) throw new Error(`ps listed ${rows} containers, not ${CONTAINERS}`);
    }),
  },
];

/** What an engine holds after work is not what it holds when idle: all get this long to give it back, in ms. */
const REST_MS = 10_000;

/** Builds of one context by all engines: it is made once, the same for all. */
function buildRow(name: string, title: string, budget: number, flags: readonly string[]): Row {
  let context: TempDir | undefined;
  return {
    name, title, unit: "ms", budget, runs: 3,
    async prepare({ busybox }, engines) {
      context = await tempDir("context");
      await makeContext(context.path, busybox);
      for (const { docker } of engines) await docker.ok("build", "-q", "-t", "bench-build", context.path);
      return async () => {
        for (const { docker } of engines) await docker.run(["rmi", "-f", "bench-build"]);
        await context?.[Symbol.asyncDispose]();
      };
    },
    async measure({ docker }) {
      const duration = await timed(() => docker.ok("build", "-q", ...flags, "-t", "bench-build", context!.path));
      const count = await docker.ok("run", "--rm", "bench-build");
      if (count !== String(FILES + 1)) throw new Error(`the built image has ${count} files, not ${FILES + 1}`);
      return duration;
    },
  };
}

/** Idle memory comes last: engines that have worked and now do nothing. */
export const MEMORY: Row = {
  name: "memory", title: "idle memory of all engine processes", unit: "MB", budget: 0.6, runs: 3,
  async prepare() {
    await new Promise((resolve) => setTimeout(resolve, REST_MS));
    return () => Promise.resolve();
  },
  async measure(engine) {
    return (await engine.memory()) / 1e6;
  },
};

async function createMany(socket: string, image: string): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < CONTAINERS) {
      const number = next++;
      const answer = await api(socket, "POST", `/v1.40/containers/create?name=bench-ps-${number}`, { Image: image, Cmd: ["true"], Labels: { bench: "ps" } });
      if (answer.status !== 201) throw new Error(`create answered ${answer.status}: ${answer.body}`);
    }
  };
  await Promise.all([worker(), worker(), worker(), worker()]);
}

async function expectWholeLog(bytes: Buffer): Promise<void> {
  const wanted = createHash("sha256");
  for (let line = 1; line <= LINES; line++) wanted.update(`${line}\n`);
  const digest = createHash("sha256").update(bytes).digest("hex");
  if (digest !== wanted.digest("hex")) throw new Error(`the log of ${LINES} lines is not whole: ${bytes.length} bytes`);
}
