import type { ContainerView } from "../../containers/containers.ts";
import { EngineError } from "../../base/errors.ts";
import { labelsMatch, type Filters } from "../filters.ts";
import { mountJson } from "./mounts-json.ts";
import { networkNames, networksJson } from "./networks-json.ts";
import { statusText } from "./status-text.ts";

/** What the list asks of other domains. */
export interface ListFacts {
  readonly networkIdOf: (name: string) => string;
  /** The id a reference has now; null when it is unknown. */
  readonly imageIdOf: (reference: string) => string | null;
  /** The image and its parents, for the ancestor filter. */
  readonly imageLine: (id: string) => readonly string[];
  /** Bytes; null when not asked for. */
  readonly sizeOf: ((id: string) => Promise<{ readonly written: number; readonly rootfs: number }>) | null;
}

export const LIST_FILTERS = ["ancestor", "before", "expose", "exited", "health", "id", "is-task", "isolation", "label", "name", "network", "publish", "since", "status", "volume"];

export interface ListQuery {
  readonly all: boolean;
  /** At most so many, of any state; 0 is no limit. */
  readonly limit: number;
  readonly filters: Filters;
}

/** The containers a list shows, newest first. @throws EngineError `invalidArgument`, `notFound` for a bad filter */
export function select(views: readonly ContainerView[], query: ListQuery, facts: ListFacts): ContainerView[] {
  const { filters } = query;
  const statuses = filters.get("status");
  const everything = query.all || query.limit > 0 || statuses !== undefined || filters.has("exited") || filters.has("before") || filters.has("since");
  const shown = everything ? views : views.filter((view) => ["running", "paused", "restarting"].includes(view.state.status));
  const tests = [...filters].map(([name, values]) => testOf(name, values, views, facts));
  const selected = shown.filter((view) => tests.every((test) => test(view)));
  return query.limit > 0 ? selected.slice(0, query.limit) : selected;
}

type Test = (view: ContainerView) => boolean;

function testOf(name: string, values: readonly string[], views: readonly ContainerView[], facts: ListFacts): Test {
  switch (name) {
    case "id":
      return (view) => values.some((value) => view.record.id.startsWith(value));
    case "name": {
      const patterns = values.map(patternOf);
      return (view) => patterns.some((pattern) => pattern.test(`/${view.record.name}`) || pattern.test(view.record.name));
    }
    case "label":
      return (view) => labelsMatch(values, view.record.config.Labels);
    case "status":
      checkValues(name, values, ["created", "restarting", "running", "removing", "paused", "exited", "dead"]);
      return (view) => values.includes(view.state.status);
    case "exited": {
      const codes = values.map((value) => (/^-?[0-9]{1,9}$/.test(value) ? Number(value) : badValue(name, value)));
      return (view) => view.state.status === "exited" && codes.includes(view.state.exitCode);
    }
    case "health":
      checkValues(name, values, ["starting", "healthy", "unhealthy", "none"]);
      return (view) => values.includes(view.state.health?.status ?? "none");
    case "ancestor": {
      const ids = new Set(values.map((value) => facts.imageIdOf(value)));
      return (view) => values.includes(view.record.config.Image) || facts.imageLine(view.record.imageId).some((id) => ids.has(id));
    }
    case "before":
    case "since": {
      const marks = values.map((value) => findView(views, value));
      return (view) => marks.every((mark) => (name === "before" ? views.indexOf(view) > views.indexOf(mark) : views.indexOf(view) < views.indexOf(mark)));
    }
    case "volume":
      return (view) => values.some((value) => view.record.mounts.some((mount) => mount.name === value || mount.destination === value || mount.source === value));
    case "network":
      return (view) => Object.entries(networksJson(view, facts.networkIdOf)).some(([network, endpoint]) => values.some((value) => value === network || ("NetworkID" in endpoint && endpoint.NetworkID !== "" && String(endpoint.NetworkID).startsWith(value))));
    case "publish":
      // As dockerd does it: by the port of the host.
      return (view) => values.some((value) => view.ports.some((port) => portMatches(value, port.hostPort, port.protocol)));
    case "expose":
      return (view) => values.some((value) => Object.keys(view.record.config.ExposedPorts ?? {}).some((key) => portMatches(value, Number.parseInt(key, 10), key.split("/")[1] ?? "tcp")));
    case "is-task":
      return () => values.every((value) => value === "false" || value === "0");
    default:
      return () => true;
  }
}

/** `80`, `80/tcp`, `8000-8080` or `8000-8080/udp`. */
function portMatches(wanted: string, port: number, protocol: string): boolean {
  const match = /^([0-9]+)(?:-([0-9]+))?(?:\/(tcp|udp|sctp))?$/.exec(wanted);
  if (match === null) return badValue("publish", wanted);
  const first = Number(match[1]);
  return port >= first && port <= Number(match[2] ?? first) && protocol === (match[3] ?? "tcp");
}

function patternOf(value: string): RegExp {
  try {
    return new RegExp(value);
  } catch {
    return new RegExp(value.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  }
}

function findView(views: readonly ContainerView[], nameOrId: string): ContainerView {
  const found = views.find((view) => view.record.id === nameOrId || view.record.name === nameOrId.replace(/^\//, "")) ?? views.find((view) => view.record.id.startsWith(nameOrId));
  if (found === undefined) throw new EngineError("notFound", `No such container: ${nameOrId}`);
  return found;
}

function checkValues(name: string, values: readonly string[], allowed: readonly string[]): void {
  for (const value of values) if (!allowed.includes(value)) badValue(name, value);
}

function badValue(name: string, value: string): never {
  throw new EngineError("invalidArgument", `invalid filter '${name}=${value}'`);
}

/** The rows of `GET /containers/json` as JSON. A row of a container that has not changed is not made again, nor is a whole list of such rows: people watch long lists. */
export async function rowsBytes(views: readonly ContainerView[], facts: ListFacts, now: number): Promise<Uint8Array> {
  const rows: string[] = [];
  for (const view of views) rows.push(facts.sizeOf === null ? rowText(view, facts, now) : JSON.stringify({ ...rowJson(view, facts, now), ...(await sizes(view, facts.sizeOf)) }));
  const made = lastList?.deref();
  if (made !== undefined && made.rows.length === rows.length && made.rows.every((row, index) => row === rows[index])) return made.bytes;
  const bytes = Buffer.from(`[${rows.join(",")}]\n`);
  lastList = new WeakRef({ rows, bytes });
  return bytes;
}

/** The last answer. An engine that has nothing to do lets it go. */
let lastList: WeakRef<{ readonly rows: readonly string[]; readonly bytes: Uint8Array }> | undefined;

async function sizes(view: ContainerView, sizeOf: NonNullable<ListFacts["sizeOf"]>): Promise<object> {
  const { written, rootfs } = await sizeOf(view.record.id);
  return { SizeRw: written, SizeRootFs: rootfs };
}

interface MadeRow { readonly view: ContainerView; readonly facts: string; readonly text: string }

/** By record, which lives as long as its container. */
const madeRows = new WeakMap<ContainerView["record"], MadeRow>();

function rowText(view: ContainerView, facts: ListFacts, now: number): string {
  const { record, revision, state, endpoints, ports } = view;
  const around = [imageText(view, facts), statusText(state, now), ...networkNames(view).map(facts.networkIdOf)].join("\n");
  const made = madeRows.get(record);
  if (made !== undefined && made.facts === around && made.view.revision === revision && made.view.endpoints === endpoints && made.view.ports === ports) return made.text;
  const text = JSON.stringify(rowJson(view, facts, now));
  madeRows.set(record, { view, facts: around, text });
  return text;
}

/** What the container was made from; a reference that means another image by now would mislead. */
function imageText({ record }: ContainerView, facts: ListFacts): string {
  return facts.imageIdOf(record.config.Image) === record.imageId ? record.config.Image : record.imageId;
}

function rowJson(view: ContainerView, facts: ListFacts, now: number): object {
  const { record, state } = view;
  return {
    Id: record.id,
    Names: [`/${record.name}`],
    Image: imageText(view, facts),
    ImageID: record.imageId,
    Command: commandText(record.args),
    Created: Math.floor(record.createdAt.getTime() / 1000),
    Ports: portRows(view),
    Labels: record.config.Labels,
    State: state.status,
    Status: statusText(state, now),
    HostConfig: { NetworkMode: record.hostConfig.NetworkMode ?? "bridge" },
    NetworkSettings: { Networks: networksJson(view, facts.networkIdOf) },
    Mounts: record.mounts.map(mountJson),
  };
}

/** The command line with quotes where an argument needs them, as Docker shows it. */
function commandText(args: readonly string[]): string {
  return args.map((arg, index) => (index > 0 && /[\s"']/.test(arg) ? `'${arg.replaceAll("'", `'\\''`)}'` : arg)).join(" ");
}

function portRows(view: ContainerView): object[] {
  const published = view.ports.map((port) => ({ IP: port.hostIp, PrivatePort: port.containerPort, PublicPort: port.hostPort, Type: port.protocol as string }));
  if (view.endpoints.length === 0) return published;
  const exposed = Object.keys(view.record.config.ExposedPorts ?? {}).filter((key) => !view.ports.some((port) => `${port.containerPort}/${port.protocol}` === key));
  return [...published, ...exposed.map((key) => ({ PrivatePort: Number.parseInt(key, 10), Type: key.split("/")[1] ?? "tcp" }))];
}
