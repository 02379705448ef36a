import { toEngineError, EngineError, type ErrorCode } from "../base/errors.ts";
import { shortId } from "../base/ids.ts";
import { settled } from "../base/settled.ts";
import type { Sandbox } from "../networks/networks.ts";
import { announce, record, rootfsPath, type Context } from "./context.ts";
import type { Container } from "./container.ts";
import { healthCheckOf, startHealthMonitor, STARTING } from "./health.ts";
import { logConfigOf } from "./log-config.ts";
import { followLinks, hostnameOf, writeNetworkFiles } from "./network-files.ts";
import { networkPlan, type NetworkPlan } from "./networking.ts";
import { mountRootfs } from "./rootfs.ts";
import { traceStart, type StartTrace } from "./start-trace.ts";
import { taskSpec } from "./task-spec.ts";
import { announceNetworks, cancelRestart, tearDown } from "./teardown.ts";
import { isAlive } from "./state.ts";

/** Docker's exit codes for a process that could not be started. */
const START_EXIT_CODES: Partial<Record<ErrorCode, number>> = { commandNotFound: 127, commandNotExecutable: 126 };
const START_EXIT_CODE = 128;

/**
 * Starts a container's task; runs in the container's queue. A failure undoes everything and stays on record (SPEC STATE-3).
 *
 * @param byPolicy the restart policy asked, not a user
 * @throws EngineError `notModified`, `conflict`, `commandNotFound`, `commandNotExecutable`, ...
 */
export async function startContainer(context: Context, container: Container, byPolicy: boolean): Promise<void> {
  const { status } = container.state;
  if (status === "paused") throw new EngineError("conflict", "cannot start a paused container, try unpause instead");
  if (isAlive(container.state)) throw new EngineError("notModified", `container ${shortId(container.id)} is running already`);
  if (status === "removing" || status === "dead") throw new EngineError("conflict", "container is marked for removal and cannot be started");
  context.runtime.expectProcess();
  cancelRestart(container);
  const trace = traceStart(container.starts, byPolicy);
  await trace.step("wait", () => container.teardown);
  container.start = { exit: null };
  try {
    await launch(context, container, trace);
  } catch (thrown) {
    await failStart(context, container, toEngineError(thrown), trace);
  } finally {
    const early = container.start.exit;
    container.start = null;
    if (early !== null) context.onExit(container, early);
  }
}

async function launch(context: Context, container: Container, trace: StartTrace): Promise<void> {
  const { id } = container.record;
  const network = await trace.step("resolve", () => networkPlan(context, container));
  // The sandbox and the root file system do not need each other.
  const [sandbox, rootfs, logPath] = await settled([
    attachNetworks(context, network, trace),
    trace.step("mount", () => mountRootfs(context, id, rootfsPath(context, id))),
    trace.step("log", () => context.logs.prepare(id, logConfigOf(container.record.hostConfig.LogConfig))),
  ] as const);
  const spec = await trace.step("files", async () => {
    const files = network.files ?? (await writeNetworkFiles(context, container, sandbox));
    return taskSpec(context, container, { rootfs, files, networkPath: network.path ?? sandbox?.path ?? null, hostname: hostnameOf(container.record) });
  });
  const { config } = container.record;
  const { pid } = await trace.step("create", () => context.runtime.create({ id, spec, logPath, tty: config.Tty, openStdin: config.OpenStdin, stdinOnce: config.StdinOnce }));
  const attaches = [...container.pendingAttaches];
  container.pendingAttaches.clear();
  if (attaches.length > 0) await trace.step("attach", () => Promise.all(attaches.map((attach) => attach.connect())));
  context.logs.started(id);
  await trace.step("start", () => context.runtime.start(id));
  const check = healthCheckOf(config);
  trace.runs(check !== null);
  record(context, container, { type: "started", pid, at: new Date(), byPolicy: trace.byPolicy, health: check === null ? null : STARTING });
  if (sandbox !== null) {
    announceNetworks(context, container, sandbox, "connect");
    await followLinks(context, container);
  }
  for (const mount of container.record.mounts) {
    if (mount.type === "volume") context.events.publish("volume", "mount", mount.name, { container: id, destination: mount.destination, driver: mount.driver, propagation: mount.propagation, "read/write": String(mount.readWrite) });
  }
  announce(context, container, "start");
  if (check !== null) container.healthMonitor = startHealthMonitor(context, container, check);
}

function attachNetworks(context: Context, { request }: NetworkPlan, trace: StartTrace): Promise<Sandbox | null> {
  return request === null ? Promise.resolve(null) : trace.step("network", () => context.networks.attach(request));
}

async function failStart(context: Context, container: Container, error: EngineError, trace: StartTrace): Promise<never> {
  await tearDown(context, container);
  const message = error.code === "commandNotFound" || error.code === "commandNotExecutable" ? `failed to create task for container: ${error.message}` : error.message;
  const failure = new EngineError(error.code, message, { cause: error, details: error.details });
  trace.failed(message);
  for (const attach of container.pendingAttaches) attach.cancel(failure);
  container.pendingAttaches.clear();
  record(context, container, { type: "startFailed", exitCode: START_EXIT_CODES[error.code] ?? START_EXIT_CODE, error: message });
  context.logs.ended(container.id);
  container.milestones.fire("startFailed");
  throw failure;
}
