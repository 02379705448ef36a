import type { ApiReply } from "../reply.ts";
import type { ApiRequest } from "../request.ts";
import type { Handler, Route } from "../router.ts";
import type { BuildKitBackend } from "./session-build.ts";
import type { BuildKit } from "./buildkit.ts";

export interface BuildKitRoutes {
  readonly routes: readonly Route[];
  /** `POST /build` of a client that has a session. */
  readonly build: Handler;
  /** Ends all connections. */
  close(): void;
}

/** BuildKit's interface: nothing of it is loaded before a client asks for it. */
export function buildKitRoutes(backend: Omit<BuildKitBackend, "sessions"> & { readonly onError: (what: string, error: unknown) => void }): BuildKitRoutes {
  let loaded: Promise<BuildKit> | undefined;
  let instance: BuildKit | undefined;
  const through = (act: (buildKit: BuildKit, request: ApiRequest, reply: ApiReply) => Promise<void> | void): Handler => async (request, reply) => {
    loaded ??= import("./buildkit.ts").then(({ BuildKit: Loaded }) => (instance = new Loaded(backend)));
    await act(await loaded, request, reply);
  };
  return {
    routes: [
      { method: "POST", path: "/session", handler: through((buildKit, request, reply) => buildKit.session(request, reply)) },
      { method: "POST", path: "/grpc", handler: through((buildKit, _, reply) => buildKit.grpc(reply)) },
      { method: "POST", path: "/build/cancel", handler: through((buildKit, request, reply) => buildKit.builds.cancel(request, reply)) },
    ],
    build: through((buildKit, request, reply) => buildKit.builds.build(request, reply)),
    close: () => instance?.close(),
  };
}
