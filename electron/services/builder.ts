import type { BuildEvent, BuildListEvent, CompleteBuildForm, DockerfileDescription } from "../ipc/contract/builds.ts";

/** What builds images on one kind of engine. */
export interface Builder {
  /** The list of builds, then what changes. */
  changes(signal: AbortSignal): AsyncIterable<BuildListEvent>;
  /** What a build has said from its beginning, and says until it has ended. @throws IpcError `notFound` */
  events(id: string, signal: AbortSignal): AsyncIterable<BuildEvent>;
  /** Resolves once the engine has begun; the build goes on without the caller. */
  start(form: CompleteBuildForm): Promise<{ id: string }>;
  cancel(id: string): Promise<void>;
  remove(id: string): Promise<void>;
  describe(text: string, signal: AbortSignal): Promise<DockerfileDescription>;
}
