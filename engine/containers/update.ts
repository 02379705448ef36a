import { EngineError } from "../base/errors.ts";
import { resourceLimits } from "../runtime/spec/resources.ts";
import type { ResourceUpdate, RuntimeCapabilities } from "../runtime/runtime.ts";
import type { HostConfig } from "./config.ts";
import type { Container } from "./container.ts";
import type { UpdateRequest } from "./containers.ts";
import { announce, type Context } from "./context.ts";
import { changeLive, setRecord } from "./live.ts";
import { isAlive } from "./state.ts";
import { checkRestartPolicy } from "./validate.ts";
import { checkResources } from "./validate-resources.ts";

const CPU_PERIOD = 100_000;

/** Changes limits and the restart policy, live when it runs. Returns warnings. @throws EngineError `invalidArgument`, `conflict` */
export async function updateContainer(context: Context, container: Container, request: UpdateRequest): Promise<string[]> {
  if (container.state.status === "removing" || container.state.status === "dead") throw new EngineError("conflict", `cannot update container ${container.id}: container is marked for removal and cannot be updated`);
  const { RestartPolicy: policy, ...resources } = request;
  const changes = Object.fromEntries(Object.entries(resources).filter(([, value]) => value !== undefined && value !== 0 && value !== "")) as Partial<HostConfig>;
  const { hostConfig } = container.record;
  const next: HostConfig = { ...hostConfig, ...changes };
  if (changes.Memory !== undefined && changes.MemorySwap === undefined && (hostConfig.MemorySwap ?? 0) > 0 && changes.Memory > hostConfig.MemorySwap!) {
    throw new EngineError("conflict", "Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time");
  }
  checkResources(next);
  const { warnings } = resourceLimits(changes, context.runtime.capabilities);
  if (policy?.Name) {
    checkRestartPolicy(policy, hostConfig.AutoRemove === true);
    next.RestartPolicy = { Name: policy.Name, MaximumRetryCount: policy.MaximumRetryCount ?? 0 };
  }
  const record = { ...container.record, hostConfig: next };
  if (isAlive(container.state) && Object.keys(changes).length > 0) await changeLive(context, container, record, () => context.runtime.update(container.id, resourceUpdate(changes, context.runtime.capabilities.controllers)));
  else setRecord(context, container, record);
  announce(context, container, "update");
  return warnings;
}

/** What of the changes this host can enforce; there is a warning for the rest. */
export function resourceUpdate(changes: Partial<HostConfig>, controllers: RuntimeCapabilities["controllers"]): ResourceUpdate {
  const { Memory: limit, MemorySwap: swap, MemoryReservation: reservation, CpuShares: shares, CpusetCpus: cpus, CpusetMems: mems, PidsLimit: pidsLimit, BlkioWeight: blockIoWeight, NanoCpus: nanoCpus } = changes;
  const quota = nanoCpus === undefined ? changes.CpuQuota : Math.round((nanoCpus / 1e9) * CPU_PERIOD);
  const period = nanoCpus === undefined ? changes.CpuPeriod : CPU_PERIOD;
  return {
    memory: controllers.has("memory") ? defined({ limit, swap, reservation }) : undefined,
    cpu: defined({ ...(controllers.has("cpu") ? { shares, quota, period } : {}), ...(controllers.has("cpuset") ? { cpus, mems } : {}) }),
    pidsLimit: controllers.has("pids") ? pidsLimit : undefined,
    blockIoWeight: controllers.has("blkio") ? blockIoWeight : undefined,
  };
}

function defined<T extends object>(values: T): { [K in keyof T]?: NonNullable<T[K]> } | undefined {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return entries.length === 0 ? undefined : (Object.fromEntries(entries) as { [K in keyof T]?: NonNullable<T[K]> });
}
