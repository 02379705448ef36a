import type { HealthConfig } from "../../oci/descriptor.ts";
import type { HeredocSyntax, InstructionNode, Range } from "../dockerfile.ts";

/**
 * Typed instructions: what a node says, split into its parts and checked for form, with nothing expanded yet. Fields that may hold variables are
 * {@link Word}s: raw text with quotes and escapes as written. Two kinds of words have lost them, as in Docker: values of flags (quotes and
 * backslashes taken away) and strings of JSON lists (decoded).
 */
export interface Word {
  readonly raw: string;
  readonly range: Range;
}

/** `NAME=value` of ENV, LABEL and ARG. */
export interface Assignment {
  readonly name: Word;
  /** Undefined for an ARG without default. */
  readonly value: Word | undefined;
}

/** RUN, CMD, ENTRYPOINT, SHELL, HEALTHCHECK CMD: a JSON list (exec form) or text for the shell (shell form). */
export type CommandLine =
  | { readonly form: "exec"; readonly args: readonly string[] }
  /** Continuations joined as Docker joins them; with heredocs their whole text follows the first line. */
  | { readonly form: "shell"; readonly text: string };

interface InstructionBase {
  readonly node: InstructionNode;
  readonly range: Range;
}

export interface FromInstruction extends InstructionBase { readonly type: "FROM"; readonly image: Word; readonly platform: Word | undefined; /** As written. */ readonly stageName: Word | undefined }
export interface ArgInstruction extends InstructionBase { readonly type: "ARG"; readonly assignments: readonly Assignment[] }
export interface EnvInstruction extends InstructionBase { readonly type: "ENV"; readonly assignments: readonly Assignment[]; /** `ENV name value`. */ readonly legacy: boolean }
export interface LabelInstruction extends InstructionBase { readonly type: "LABEL"; readonly assignments: readonly Assignment[]; readonly legacy: boolean }
export interface RunInstruction extends InstructionBase {
  readonly type: "RUN";
  readonly command: CommandLine;
  /** Values of `--mount`, raw: they are expanded and then parsed with `parseMount`. */
  readonly mounts: readonly Word[];
  readonly network: Word | undefined;
  readonly security: Word | undefined;
  readonly heredocs: readonly HeredocSyntax[];
  /** The heredoc of `RUN <<EOF` and nothing else: its content is the script, for the shell or for its `#!` line. */
  readonly script: HeredocSyntax | undefined;
}
export interface CmdInstruction extends InstructionBase { readonly type: "CMD"; readonly command: CommandLine }
export interface EntrypointInstruction extends InstructionBase { readonly type: "ENTRYPOINT"; readonly command: CommandLine }
export interface ShellInstruction extends InstructionBase { readonly type: "SHELL"; readonly args: readonly string[] }
export interface ExposeInstruction extends InstructionBase { readonly type: "EXPOSE"; readonly ports: readonly Word[] }
export interface VolumeInstruction extends InstructionBase { readonly type: "VOLUME"; readonly paths: readonly Word[] }
export interface UserInstruction extends InstructionBase { readonly type: "USER"; readonly user: Word }
export interface WorkdirInstruction extends InstructionBase { readonly type: "WORKDIR"; readonly path: Word }
export interface StopsignalInstruction extends InstructionBase { readonly type: "STOPSIGNAL"; readonly signal: Word }
export interface MaintainerInstruction extends InstructionBase { readonly type: "MAINTAINER"; readonly name: Word }
/** The trigger is parsed when a later build runs it (`parseTrigger`); here it is only checked for what ONBUILD forbids. It holds the text of heredocs. */
export interface OnbuildInstruction extends InstructionBase { readonly type: "ONBUILD"; readonly trigger: string }
/** `test` is null for `HEALTHCHECK NONE`. */
export interface HealthcheckInstruction extends InstructionBase { readonly type: "HEALTHCHECK"; readonly test: CommandLine | null; readonly timing: Pick<HealthConfig, "Interval" | "Timeout" | "StartPeriod" | "StartInterval" | "Retries"> }
export interface CopyInstruction extends InstructionBase {
  readonly type: "COPY";
  readonly sources: readonly Word[];
  readonly heredocs: readonly HeredocSyntax[];
  readonly destination: Word;
  readonly from: Word | undefined;
  readonly chown: Word | undefined;
  readonly chmod: Word | undefined;
  readonly link: boolean;
  readonly parents: boolean;
  readonly excludes: readonly Word[];
}
export interface AddInstruction extends InstructionBase {
  readonly type: "ADD";
  readonly sources: readonly Word[];
  readonly heredocs: readonly HeredocSyntax[];
  readonly destination: Word;
  readonly chown: Word | undefined;
  readonly chmod: Word | undefined;
  readonly link: boolean;
  readonly keepGitDirectory: boolean;
  readonly checksum: Word | undefined;
  readonly unpack: boolean | undefined;
  readonly excludes: readonly Word[];
}

export type Instruction =
  | FromInstruction | ArgInstruction | EnvInstruction | LabelInstruction | RunInstruction | CmdInstruction | EntrypointInstruction | ShellInstruction
  | ExposeInstruction | VolumeInstruction | UserInstruction | WorkdirInstruction | StopsignalInstruction | MaintainerInstruction | OnbuildInstruction
  | HealthcheckInstruction | CopyInstruction | AddInstruction;

/** A Dockerfile as typed instructions: what comes before the first FROM, then stages. */
export interface ParsedDockerfile {
  readonly globalArgs: readonly ArgInstruction[];
  readonly stages: readonly ParsedStage[];
}

export interface ParsedStage {
  readonly from: FromInstruction;
  /** In lower case; undefined without AS. */
  readonly name: string | undefined;
  readonly instructions: readonly Instruction[];
}

/** A RUN --mount after expansion, with the defaults of the Dockerfile reference. `from` names a stage, a context or an image. */
export type ParsedMount =
  /** `source` is absolute. `target` may be relative to the working directory, here and below. */
  | { readonly type: "bind"; readonly from: string | undefined; readonly source: string; readonly target: string; readonly readWrite: boolean }
  | { readonly type: "cache"; readonly id: string; readonly target: string; readonly readOnly: boolean; readonly sharing: "shared" | "private" | "locked"; readonly from: string | undefined; readonly source: string; readonly mode: number; readonly uid: number; readonly gid: number }
  /** `size` in bytes. */
  | { readonly type: "tmpfs"; readonly target: string; readonly size: number | undefined }
  /** `target` is undefined with `env` alone. */
  | { readonly type: "secret"; readonly id: string; readonly target: string | undefined; readonly env: string | undefined; readonly required: boolean; readonly mode: number; readonly uid: number; readonly gid: number }
  /** Without `target` it is `/run/buildkit/ssh_agent.N`, N counting the ssh mounts of the instruction from 0. */
  | { readonly type: "ssh"; readonly id: string; readonly target: string | undefined; readonly required: boolean; readonly mode: number; readonly uid: number; readonly gid: number };
