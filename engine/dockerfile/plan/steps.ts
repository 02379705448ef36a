import type { ImageConfig, ImageRunConfig, Platform } from "../../oci/descriptor.ts";
import type { Diagnostic, Range } from "../dockerfile.ts";

/**
 * What a Dockerfile means, in words that a builder can carry out without knowing the language.
 *
 * A program has the stages that the target needs, in the order of the file. What a stage's instructions become depends on the
 * configuration of its base image (environment, ONBUILD), so each stage is planned when that is known. Everything is expanded here:
 * steps hold final values.
 */
export interface BuildProgram {
  /** Only stages that the target needs, in the order of the file; `index` is the one in the file. */
  readonly stages: readonly StageProgram[];
  /** Index (in the file) of the stage that becomes the image. */
  readonly target: number;
  readonly warnings: readonly Diagnostic[];
  /** Any stage of the file: a trigger of a base image may need one that the file itself does not. */
  stage(index: number): StageProgram;
}

/** Where a stage begins. */
export type StageBase =
  | { readonly type: "scratch" }
  | { readonly type: "stage"; readonly index: number }
  | { readonly type: "image"; readonly reference: string; readonly platform: Platform };

export interface StageProgram {
  readonly index: number;
  /** As given by AS, in lower case; the index as text without. */
  readonly name: string;
  readonly base: StageBase;
  readonly platform: Platform;
  /** The FROM line, for logs and history. */
  readonly text: string;
  readonly range: Range;
  /** Indexes of the stages that this one reads files from or begins with, as far as the file says; ONBUILD may add more. */
  readonly needs: readonly number[];
  /**
   * The stage's steps: ONBUILD triggers of the base, then one for each of its instructions. A stage on another stage goes on with that one's ARGs, as
   * last planned: plan it first.
   * @param base configuration of what the stage begins with; an empty one for `scratch`
   * @throws EngineError `invalidArgument` with {@link DockerfileErrorDetails}
   */
  plan(base: ImageConfig): StagePlan;
}

export interface StagePlan {
  readonly steps: readonly Step[];
  /** The configuration after the last step. */
  readonly config: ImageRunConfig;
  readonly author: string | undefined;
  readonly warnings: readonly Diagnostic[];
}

export interface Step {
  /** The instruction on one line as written, without heredoc bodies: `RUN make all`. ONBUILD triggers come without the word ONBUILD. */
  readonly text: string;
  /** The FROM line for ONBUILD triggers. */
  readonly range: Range;
  readonly fromTrigger: boolean;
  readonly operation: Operation;
  /** Docker's wording for the image's history, expanded: `COPY . /app`, `RUN |1 V=3 /bin/sh -c make`, `ENV A=b`. (Docker itself has no line for ONBUILD.) */
  readonly createdBy: string;
  /** The image configuration after this step. */
  readonly config: ImageRunConfig;
  /** Build arguments that the step read, by name: what a cache miss can name. */
  readonly arguments: Readonly<Record<string, string>>;
  /** Variables that it read and nothing sets or declares: what the check UndefinedVar is about. */
  readonly unset: readonly string[];
}

export type Operation =
  /** Changes the configuration alone. */
  | { readonly type: "config" }
  | DirectoryOperation
  | RunOperation
  | CopyOperation;

/** WORKDIR: makes a directory, and those above it, unless they exist. */
export interface DirectoryOperation {
  readonly type: "directory";
  /** Absolute. */
  readonly path: string;
  /** Who owns what is made, as USER has it; empty for root. */
  readonly user: string;
}

/** A process in the root file system, whose changes are the step's layer. */
export interface RunOperation {
  readonly type: "run";
  readonly args: readonly string[];
  /** Complete `NAME=value` list: of the image, of ARG, of proxies. */
  readonly env: readonly string[];
  /** Names in `env` that do not count for the cache: predefined proxy arguments that no ARG declares. */
  readonly uncachedEnv: readonly string[];
  readonly cwd: string;
  /** As USER has it: name or id, and group. */
  readonly user: string;
  readonly mounts: readonly RunMount[];
  /** Undefined takes the build's. */
  readonly network: "default" | "none" | "host" | undefined;
  readonly security: "sandbox" | "insecure";
  /** Scripts of heredocs that begin with `#!`, mounted read-only (mode 0555) at `path` while the process runs. */
  readonly files: readonly { readonly path: string; readonly content: string }[];
}

/** Where files come from. `context` is the main build context. */
export type FileOrigin =
  | { readonly type: "context" }
  | { readonly type: "stage"; readonly index: number }
  | { readonly type: "image"; readonly reference: string; readonly platform: Platform };

export type CacheSharing = "shared" | "private" | "locked";

export type RunMount =
  | { readonly type: "bind"; readonly from: FileOrigin; readonly source: string; readonly target: string; /** Writes are thrown away. */ readonly readWrite: boolean }
  | { readonly type: "cache"; readonly id: string; readonly target: string; readonly readOnly: boolean; readonly sharing: CacheSharing; /** What a new cache is filled with. */ readonly from: FileOrigin | undefined; readonly source: string; /** Of a new cache's directory. */ readonly mode: number; readonly uid: number; readonly gid: number }
  | { readonly type: "tmpfs"; readonly target: string; /** In bytes. */ readonly size: number | undefined }
  | { readonly type: "secret"; readonly id: string; /** Undefined with `env` alone. */ readonly target: string | undefined; readonly env: string | undefined; readonly required: boolean; readonly mode: number; readonly uid: number; readonly gid: number }
  | { readonly type: "ssh"; readonly id: string; readonly target: string; readonly required: boolean; readonly mode: number; readonly uid: number; readonly gid: number };

/** COPY and ADD: files from somewhere into the root file system. */
export interface CopyOperation {
  readonly type: "copy";
  readonly sources: readonly CopySource[];
  /** Absolute; a `/` at its end says that it is a directory. */
  readonly destination: string;
  /** `USER[:GROUP]` by name or number; undefined is root, or the tar's owners when unpacking. */
  readonly chown: string | undefined;
  /** Octal digits, or symbolic as chmod(1) takes it; undefined keeps the source's. */
  readonly chmod: string | undefined;
  /** `--link`: the layer does not depend on the one below, and its destination is not resolved through symlinks there. */
  readonly link: boolean;
  /** `--parents`: keeps the sources' parent directories, from a `/./` on when there is one. */
  readonly parents: boolean;
  /** Patterns of `--exclude`, relative to the source's root. */
  readonly excludes: readonly string[];
}

export type CopySource =
  /** A path or wildcard inside `from`; never climbs out. `unpack`: a recognised tar is unpacked (ADD). */
  | { readonly type: "path"; readonly from: FileOrigin; readonly pattern: string; readonly unpack: boolean }
  /** A heredoc. */
  | { readonly type: "inline"; readonly name: string; readonly content: string }
  /** ADD of an address. `checksum` is `sha256:...`. */
  | { readonly type: "url"; readonly url: string; readonly checksum: string | undefined; /** `--unpack`; undefined leaves archives packed, as Docker does for addresses. */ readonly unpack: boolean | undefined }
  /** ADD of a git repository. */
  | { readonly type: "git"; readonly remote: GitRemote; readonly keepGitDirectory: boolean; readonly checksum: string | undefined };

/** A git address as BuildKit reads it: `https://host/repo.git#ref:subdir`. */
export interface GitRemote {
  /** For `git fetch`, without the fragment. */
  readonly remote: string;
  /** Branch, tag or commit; undefined is the remote's HEAD. */
  readonly ref: string | undefined;
  /** Without leading and trailing slashes; empty for the whole tree. */
  readonly subdirectory: string;
  /** Whether submodules are fetched too. */
  readonly submodules: boolean;
}
