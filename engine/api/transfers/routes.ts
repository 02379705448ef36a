import { EngineError } from "../../base/errors.ts";
import type { Images } from "../../images/images.ts";
import type { Transfer, TransferKind } from "../../images/transfers/transfers.ts";
import { parsePlatform, formatPlatform } from "../../oci/platform.ts";
import { credentialsOf } from "../images/auth.ts";
import type { ApiReply } from "../reply.ts";
import type { ApiRequest } from "../request.ts";
import type { Route } from "../router.ts";
import { flag, object, text } from "../shape.ts";

/** What the transfer handlers need. */
export interface TransferBackend {
  readonly images: Pick<Images, "transfers" | "startTransfer" | "resumeTransfer">;
}

const startShape = object({ Kind: text, Reference: text, Platform: text, AllTags: flag });

/** `/slipway/transfers`: pulls and pushes as objects. Credentials come with `X-Registry-Auth`, as they do for Docker's own calls. */
export function transferRoutes({ images }: TransferBackend): Route[] {
  const { transfers } = images;
  const one = (request: ApiRequest): string => request.param("id");
  return [
    { method: "GET", path: "/slipway/transfers", handler: (_, reply) => reply.json(transfers.list().map(transferJson)) },
    { method: "GET", path: "/slipway/transfers/events", handler: (request, reply) => follow(images, request, reply) },
    { method: "GET", path: "/slipway/transfers/{id}", handler: (request, reply) => reply.json(transferJson(transfers.get(one(request)))) },
    { method: "POST", path: "/slipway/transfers", handler: (request, reply) => start(images, request, reply) },
    { method: "POST", path: "/slipway/transfers/{id}/pause", handler: (request, reply) => reply.json(transferJson(transfers.pause(one(request)))) },
    { method: "POST", path: "/slipway/transfers/{id}/resume", handler: (request, reply) => reply.json(transferJson(images.resumeTransfer(one(request), { credentials: credentialsOf(request) }))) },
    { method: "POST", path: "/slipway/transfers/{id}/cancel", handler: (request, reply) => reply.json(transferJson(transfers.cancel(one(request)))) },
    {
      method: "DELETE", path: "/slipway/transfers/{id}",
      handler: async (request, reply) => {
        await transfers.remove(one(request));
        reply.empty();
      },
    },
  ];
}

async function start(images: TransferBackend["images"], request: ApiRequest, reply: ApiReply): Promise<void> {
  const { Kind, Reference, Platform, AllTags } = await request.json(startShape);
  if (Kind !== "pull" && Kind !== "push") throw new EngineError("invalidArgument", `Kind must be pull or push, not ${JSON.stringify(Kind ?? "")}`);
  if (Reference === undefined || Reference === "") throw new EngineError("invalidArgument", "Reference is required: the image to transfer");
  const spec = { kind: Kind as TransferKind, reference: Reference, platform: Platform === undefined || Platform === "" ? undefined : parsePlatform(Platform), allTags: AllTags };
  reply.json(transferJson(images.startTransfer(spec, { credentials: credentialsOf(request) })), 201);
}

/** All transfers as they are, then each that changes: one JSON value a line, until the client goes. Of one that is forgotten, `{Id, Removed: true}`. */
async function follow({ transfers }: TransferBackend["images"], { signal }: ApiRequest, reply: ApiReply): Promise<void> {
  const lines = reply.jsonLines();
  const waiting = new Map<string, Transfer | undefined>(transfers.list().map((transfer) => [transfer.id, transfer]));
  let wake: () => void = () => undefined;
  // Of a transfer that changes faster than the client reads, the last state counts.
  const take = (id: string, transfer: Transfer | undefined): void => {
    waiting.set(id, transfer);
    wake();
  };
  using _changes = transfers.onDidChange((transfer) => take(transfer.id, transfer));
  using _removals = transfers.onDidRemove((id) => take(id, undefined));
  signal.addEventListener("abort", () => wake(), { once: true });
  while (!signal.aborted) {
    for (const [id, transfer] of waiting) {
      waiting.delete(id);
      await lines.write(transfer === undefined ? { Id: id, Removed: true } : transferJson(transfer));
    }
    if (waiting.size === 0) await new Promise<void>((resolve) => (wake = resolve));
  }
}

export function transferJson(transfer: Transfer): object {
  return {
    Id: transfer.id,
    Kind: transfer.kind,
    Reference: transfer.reference,
    Platform: transfer.platform === undefined ? "" : formatPlatform(transfer.platform),
    AllTags: transfer.allTags ?? false,
    State: transfer.state,
    Error: transfer.error ?? "",
    Current: transfer.current,
    Total: transfer.total,
    BytesPerSecond: transfer.bytesPerSecond,
    SecondsLeft: transfer.secondsLeft ?? null,
    Layers: transfer.layers.map(({ id, status, current, total }) => ({ Id: id, Status: status, Current: current, Total: total })),
    CreatedAt: transfer.createdAt.toISOString(),
    UpdatedAt: transfer.updatedAt.toISOString(),
  };
}
