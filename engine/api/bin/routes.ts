import type { Bin, BinEntry, BinKind } from "../../bin/bin.ts";
import { EngineError } from "../../base/errors.ts";
import type { ApiReply } from "../reply.ts";
import type { ApiRequest } from "../request.ts";
import type { Route } from "../router.ts";
import { flag, integer, object, text } from "../shape.ts";

const KINDS: readonly BinKind[] = ["container", "volume", "image", "network"];

const putShape = object({ Kind: text, Name: text, Force: flag, Volumes: flag, KeepSeconds: integer });

/**
 * `/slipway/bin`: removing so that it can be brought back. `POST` removes (`Kind`, `Name`, and `Force`, `Volumes` of a container, `KeepSeconds` until it is gone for good) and answers
 * with the entry; `POST ID/restore?name=` brings it back; `DELETE ID` and `DELETE` of all remove for good. `events` is the whole list, and again after each change.
 */
export function binRoutes(bin: Bin): Route[] {
  const one = (request: ApiRequest): string => request.param("id");
  return [
    { method: "GET", path: "/slipway/bin", handler: (_, reply) => reply.json(bin.list().map(entryJson)) },
    { method: "GET", path: "/slipway/bin/events", handler: (request, reply) => follow(bin, request, reply) },
    { method: "POST", path: "/slipway/bin", handler: (request, reply) => put(bin, request, reply) },
    {
      method: "POST", path: "/slipway/bin/{id}/restore",
      handler: (request, reply) => {
        const { kind, id, name, warnings } = bin.restore(one(request), request.text("name"));
        reply.json({ Kind: kind, Id: id, Name: name, Warnings: warnings });
      },
    },
    { method: "DELETE", path: "/slipway/bin/{id}", handler: async (request, reply) => reply.json({ SpaceReclaimed: await bin.remove(one(request)) }) },
    { method: "DELETE", path: "/slipway/bin", handler: async (_, reply) => reply.json({ SpaceReclaimed: await bin.empty() }) },
  ];
}

async function put(bin: Bin, request: ApiRequest, reply: ApiReply): Promise<void> {
  const { Kind, Name, Force, Volumes, KeepSeconds } = await request.json(putShape);
  const kind = KINDS.find((each) => each === Kind);
  if (kind === undefined) throw new EngineError("invalidArgument", `Kind must be one of ${KINDS.join(", ")}, not ${JSON.stringify(Kind ?? "")}`);
  if (Name === undefined || Name === "") throw new EngineError("invalidArgument", `Name is required: the ${kind} to remove`);
  reply.json(entryJson(await bin.put(kind, Name, { force: Force, volumes: Volumes, ...(KeepSeconds === undefined ? {} : { keepMs: KeepSeconds * 1000 }) })), 201);
}

/** A client that reads slower than the list changes gets the last one. */
async function follow(bin: Bin, { signal }: ApiRequest, reply: ApiReply): Promise<void> {
  const lines = reply.jsonLines();
  let changed = true;
  let wake: () => void = () => undefined;
  using _changes = bin.onDidChange(() => {
    changed = true;
    wake();
  });
  signal.addEventListener("abort", () => wake(), { once: true });
  while (!signal.aborted) {
    if (changed) {
      changed = false;
      await lines.write(bin.list().map(entryJson));
    } else await new Promise<void>((resolve) => (wake = resolve));
  }
}

function entryJson({ id, kind, name, detail, volumes, size, removedAt, expiresAt }: BinEntry): object {
  return { Id: id, Kind: kind, Name: name, Detail: detail, Volumes: volumes, Size: size, RemovedAt: removedAt.toISOString(), ExpiresAt: expiresAt.toISOString() };
}
