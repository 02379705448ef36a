import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ContainerId } from "../../base/ids.ts";
import { settled } from "../../base/settled.ts";
import { hostGateway, hostsText, resolvConfText } from "../../networks/etc-files.ts";
import type { Networks, Sandbox } from "../../networks/networks.ts";
import type { SpecInput, SpecMountInput } from "../../runtime/spec/input.ts";
import type { RunRequest } from "./run.ts";
import { hostnameOf } from "./step-spec.ts";

/** What every process finds in /etc: read-only, as in Docker, so that a step that would change it fails instead of losing the change. */
export const ETC_FILES = ["/etc/hosts", "/etc/resolv.conf"] as const;
const ETC_OPTIONS = ["nosuid", "nodev", "noexec"];

/** The network of one process. */
export interface StepNetwork {
  readonly namespace: SpecInput["network"];
  /** Mounts of {@link ETC_FILES}. */
  readonly mounts: readonly SpecMountInput[];
}

/**
 * Makes a process' network, and the files that tell it of names.
 * @param place.directory for the files
 * @param place.etcPaths where in the root the files go; null for one that is not wanted
 * @param resources takes over what has to be undone
 * @throws EngineError `invalidArgument` for a bad extra host; `resourceExhausted`
 */
export async function attachNetwork(networks: Networks, request: RunRequest, id: ContainerId, place: { readonly directory: string; readonly etcPaths: readonly (string | null)[] }, resources: AsyncDisposableStack): Promise<StepNetwork> {
  const network = networkOf(request);
  const onHost = network === "host";
  const [sandbox, resolvConf] = await settled([
    onHost ? Promise.resolve(null) : attachSandbox(networks, id, network, resources),
    resolvConfText({ onHost, given: { nameservers: [], search: [], options: [] }, resolver: () => networks.resolver() }),
  ] as const);
  const hosts = await hostsText({ onHost, extraHosts: request.extraHosts, gateway: hostGateway(sandbox), addresses: ["127.0.0.1"], names: hostnameOf(request) });
  const mounts = [hosts, resolvConf].flatMap((text, index): SpecMountInput[] => {
    const destination = place.etcPaths[index] ?? null;
    if (destination === null) return [];
    const source = join(place.directory, `etc.${index}`);
    writeFileSync(source, text);
    chmodSync(source, 0o644);
    return [{ type: "bind", source, destination, readWrite: false, options: ETC_OPTIONS }];
  });
  return { namespace: sandbox === null ? "host" : { path: sandbox.path }, mounts };
}

/** A network that RUN names itself wins; its `default` is the build's. */
function networkOf({ operation, network }: RunRequest): RunRequest["network"] {
  return operation.network === undefined || operation.network === "default" ? network : operation.network;
}

function attachSandbox(networks: Networks, id: ContainerId, network: "default" | "none", resources: AsyncDisposableStack): Promise<Sandbox> {
  resources.defer(() => networks.detach(id));
  return networks.attach({ containerId: id, networks: network === "none" ? [] : [{ network: "bridge" }], ports: [] });
}
