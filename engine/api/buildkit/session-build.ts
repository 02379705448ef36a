import { join } from "node:path";
import { EngineError, toEngineError } from "../../base/errors.ts";
import type { ErrorDetails } from "../../base/errors.ts";
import type { BuildRequest, BuildResult, Builder, ContextRequest } from "../../build/build.ts";
import type { TreeOpener } from "../../build/open-context.ts";
import { frameOf } from "../../dockerfile/syntax/error.ts";
import { failureText } from "./progress.ts";
import type { Progress } from "./progress.ts";
import { sessionContext, sessionDockerfile, sessionUpload } from "./session-context.ts";
import type { LocalNames } from "./session-context.ts";
import { SessionAgents, sessionCredentials, sessionSecrets } from "./session-values.ts";
import type { ClientSession } from "./session.ts";
import type { Sessions } from "./sessions.ts";

/** What BuildKit's interface needs of the engine. */
export interface BuildKitBackend {
  readonly builder: Builder;
  readonly trees: Pick<TreeOpener, "tar">;
  /** Directory of this boot; has a folder `build`. */
  readonly run: string;
  readonly sessions: Sessions;
}

/** Where files of a build come from. */
export type SessionSource =
  /** Both from the client's session. */
  | { readonly type: "session"; readonly names: LocalNames }
  /** The context is a tar that the client sends in its session, under this path. */
  | { readonly type: "upload"; readonly path: string; readonly dockerfileName: string | undefined }
  /** The context from elsewhere; the Dockerfile from there too, or with a name from the session. */
  | { readonly type: "elsewhere"; readonly context: ContextRequest; readonly dockerfileName: string | undefined };

export interface WantedBuild {
  /** What does not come from a session. */
  readonly request: Omit<BuildRequest, "context" | "dockerfile" | "secrets" | "ssh">;
  readonly source: SessionSource;
  /** Name of the Dockerfile in its tree. */
  readonly filename: string | undefined;
}

/**
 * Builds with what a client's session offers: files, secrets, agents, credentials. The end of the session cancels the build.
 * @throws EngineError as {@link Builder.build}, with the message that BuildKit's clients show; `details` stay
 */
export async function buildInSession(backend: BuildKitBackend, session: ClientSession, wanted: WantedBuild, progress: Progress, caller: AbortSignal): Promise<BuildResult> {
  const signal = AbortSignal.any([caller, session.signal]);
  let source: string | undefined;
  try {
    await using agents = new SessionAgents(session, join(backend.run, "build"), { signal });
    const files = await openFiles(backend, session, wanted, progress, signal);
    if ("text" in files.dockerfile) source = files.dockerfile.text;
    const fromSession = sessionCredentials(session, { signal });
    const request: BuildRequest = {
      ...wanted.request, ...files, secrets: sessionSecrets(session, { signal }), ssh: agents,
      credentials: async (registry) => (await wanted.request.credentials(registry)) ?? (await fromSession(registry)),
    };
    return await backend.builder.build(request, progress.sink, { signal });
  } catch (thrown) {
    const error = signal.aborted ? new EngineError("cancelled", "context canceled", { cause: thrown }) : toEngineError(thrown);
    const text = failureText(error.message, error.details);
    progress.abandon(text);
    throw new EngineError(error.code, text, { cause: error, details: { ...error.details, ...placeOf(error, source, progress) } });
  }
}

/** The place in the Dockerfile that an error is about, its text, and the lines around. */
function placeOf({ details }: EngineError, source: string | undefined, progress: Progress): ErrorDetails {
  if (source === undefined) return {};
  const range = typeof details["step"] === "number" ? progress.rangeOf(details["step"]) : undefined;
  if (range === undefined) return { source };
  const { start, end } = range;
  return { source, line: start.line, endLine: end.column === 1 && end.line > start.line ? end.line - 1 : end.line, frame: frameOf(source, range) };
}

async function openFiles({ trees }: BuildKitBackend, session: ClientSession, { source, filename }: WantedBuild, progress: Progress, signal: AbortSignal): Promise<Pick<BuildRequest, "context" | "dockerfile">> {
  if (source.type === "session") return sessionContext(session, trees, { names: source.names, filename }, { signal, told: progress.told });
  const context: ContextRequest = source.type === "upload" ? { type: "tar", stream: sessionUpload(session, source.path, { signal }) } : source.context;
  if (source.dockerfileName === undefined) return { context, dockerfile: { path: filename } };
  const { dockerfile } = await sessionDockerfile(session, trees, source.dockerfileName, filename, { signal });
  return { context, dockerfile };
}
