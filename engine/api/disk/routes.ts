import { EngineError } from "../../base/errors.ts";
import type { DiskItem, DiskKind, DiskLedger, DiskRef, DiskReport, FreeEvent } from "../../disk/disk.ts";
import type { ApiReply } from "../reply.ts";
import type { ApiRequest } from "../request.ts";
import type { Route } from "../router.ts";
import { list, object, text } from "../shape.ts";

export interface DiskBackend {
  readonly disk: DiskLedger;
}

/** What can be selected; lines of the other kinds only tell. */
const KINDS: readonly DiskKind[] = ["image", "layer", "container", "log", "volume", "cache", "transfer", "engine", "other"];
const MAX_SELECTED = 100_000;
/** Items in one line of an answer: no line grows too long for who reads it. */
const ITEMS_A_LINE = 1000;

/** `/slipway/disk`: what takes space, what a removal would free, and the removal. */
export function diskRoutes({ disk }: DiskBackend): Route[] {
  return [
    { method: "GET", path: "/slipway/disk", handler: (request, reply) => read(disk, request, reply) },
    { method: "POST", path: "/slipway/disk/free", handler: (request, reply) => free(disk, request, reply) },
  ];
}

/** One JSON value a line: what is known, then what changes as numbers come; `Unmeasured` is 0 in the last. */
async function read(disk: DiskLedger, { signal }: ApiRequest, reply: ApiReply): Promise<void> {
  const lines = reply.jsonLines();
  for await (const report of disk.read({ signal })) {
    for (let from = 0; from === 0 || from < report.items.length; from += ITEMS_A_LINE) await lines.write(reportJson(report, from));
  }
  reply.end();
}

const selectionShape = object({ Items: list(object({ Kind: text, Id: text })) });

/** With `dry-run=1` what would go; otherwise it goes, and each step is a line. */
async function free(disk: DiskLedger, request: ApiRequest, reply: ApiReply): Promise<void> {
  const { Items = [] } = await request.json(selectionShape);
  if (Items.length > MAX_SELECTED) throw new EngineError("invalidArgument", `${Items.length} items are more than the ${MAX_SELECTED} that may be freed at once: select fewer`);
  const selection = Items.map(refOf);
  if (request.flag("dry-run")) {
    const { freedBytes, items, refused, layers } = await disk.preview(selection, request);
    return reply.json({ FreedBytes: freedBytes, Layers: layers, Items: items.map(itemJson), Refused: refused.map(({ kind, id, name, message }) => ({ Kind: kind, Id: id, Name: name, Message: message })) });
  }
  const lines = reply.jsonLines();
  for await (const event of disk.free(selection, request)) await lines.write(eventJson(event));
  reply.end();
}

function refOf({ Kind = "", Id = "" }: { readonly Kind?: string; readonly Id?: string }): DiskRef {
  const kind = KINDS.find((each) => each === Kind);
  if (kind === undefined) throw new EngineError("invalidArgument", `Kind must be one of ${KINDS.join(", ")}, not ${JSON.stringify(Kind.slice(0, 100))}`);
  if (Id === "") throw new EngineError("invalidArgument", `Id is required: which ${kind} to free`);
  return { kind, id: Id };
}

function reportJson({ root, items, kinds, totalBytes, unmeasured, disk }: DiskReport, from: number): object {
  return { Root: root, Items: items.slice(from, from + ITEMS_A_LINE).map(itemJson), Kinds: kinds, Total: totalBytes, Unmeasured: from + ITEMS_A_LINE < items.length ? Math.max(1, unmeasured) : unmeasured, Disk: { Total: disk.totalBytes, Free: disk.freeBytes } };
}

function itemJson({ kind, id, name, detail, bytes, sharedBytes, createdAt, lastUsedAt, users, userCount, fixed }: DiskItem): object {
  return {
    Kind: kind, Id: id, Name: name, Detail: detail, Size: bytes, SharedSize: sharedBytes, CreatedAt: timeJson(createdAt), LastUsedAt: timeJson(lastUsedAt),
    Users: users.map((user) => ({ Kind: user.kind, Id: user.id, Name: user.name, Running: user.running })), UserCount: userCount, Fixed: fixed,
  };
}

function timeJson(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}

function eventJson(event: FreeEvent): object {
  if (event.type === "freed") return { Type: event.type, FreedBytes: event.freedBytes, Removed: event.removed };
  const item = { Kind: event.item.kind, Id: event.item.id, Name: event.item.name };
  return event.type === "removed" ? { Type: event.type, Item: item, Done: event.done, Of: event.of } : { Type: event.type, Item: item, Message: event.message };
}
