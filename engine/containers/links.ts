import { EngineError } from "../base/errors.ts";
import type { Container } from "./container.ts";
import type { ContainerRecord } from "./containers.ts";
import type { Context } from "./context.ts";
import { isAlive } from "./state.ts";

/** A container that another one calls by a name of its own. */
export interface Link {
  /** Name, id, or the beginning of an id. */
  readonly target: string;
  readonly alias: string;
}

const DEFAULT_BRIDGE = "bridge";

/** `NAME`, `NAME:ALIAS`, or as inspect writes it, `/NAME:/OWN/ALIAS`. */
function parseLink(text: string): Link {
  const [target = "", alias = target] = text.split(":").map((part) => part.slice(part.lastIndexOf("/") + 1));
  return { target, alias };
}

/** A container's links on one of its networks. On the default bridge, which serves no names, they are Docker's legacy links. */
export function linksOn({ endpoints, hostConfig }: ContainerRecord, network: string): Link[] {
  const legacy = network === DEFAULT_BRIDGE ? (hostConfig.Links ?? []) : [];
  return [...(endpoints[network]?.Links ?? []), ...legacy].map(parseLink);
}

/** The container that a link leads to; undefined when there is none. */
export function linkTarget(context: Context, { target }: Link): Container | undefined {
  return context.directory.all().find(({ record, id }) => record.name === target || id.startsWith(target));
}

/** Legacy links are only to what runs, as in Docker. @throws EngineError `invalidArgument` */
export function checkLinks(context: Context, record: ContainerRecord): void {
  if (record.hostConfig.NetworkMode !== DEFAULT_BRIDGE) return;
  for (const link of linksOn(record, DEFAULT_BRIDGE)) {
    const target = linkTarget(context, link);
    if (target === undefined) throw new EngineError("invalidArgument", `could not get container for ${link.target}: No such container: ${link.target}`);
    if (!isAlive(target.state)) throw new EngineError("invalidArgument", `Cannot link to a non running container: /${target.record.name} AS /${record.name}/${link.alias}: start it first`);
    if (context.networks.sandbox(target.id)?.endpoints.some(({ networkName }) => networkName === DEFAULT_BRIDGE) !== true) throw new EngineError("invalidArgument", `Cannot link to /${target.record.name}, as it does not belong to the default network`);
  }
}
