import type { ErrorDetails } from "../base/errors.ts";

/**
 * The Dockerfile language as a pipeline of pure steps: text, lossless tree, typed instructions, plan. Nothing here does I/O.
 *
 * `syntax/`        text to tree and back, byte for byte: an editor changes one node and leaves the rest alone
 * `shell/`         words and variable expansion, as the Dockerfile reference defines them
 * `instructions/`  one file per instruction: a node becomes a typed instruction
 * `patterns/`      the rules of `.dockerignore`, `--exclude` and wildcards of COPY, as Go's path functions have them
 * `lint/`          the build checks, one file per rule
 * `describe/`      what an editor shows: nodes, stages, arguments, findings
 * `plan/`          instructions to stages and steps, given build arguments and the configuration of base images
 *
 * References: the Dockerfile reference, the .dockerignore file format, the build checks reference of Docker's documentation.
 */

/** A place in the text. Lines and columns count from 1, offsets from 0; columns and offsets in UTF-16 code units, as editors count. */
export interface Position {
  readonly line: number;
  readonly column: number;
  readonly offset: number;
}

/** From `start` up to, not including, `end`. */
export interface Range {
  readonly start: Position;
  readonly end: Position;
}

/** Parser directives, as far as they change how the rest is read. */
export interface Directives {
  /** `\` or `` ` ``. */
  readonly escape: "\\" | "`";
  /** Reference of a frontend image; recorded, never fetched: this builder is the frontend. */
  readonly syntax: string | undefined;
  /** Rules of `check=skip=...`; `all` skips every one. */
  readonly skipChecks: readonly string[];
  /** Rules of `check=experimental=...`, which do not run by themselves; `all` is every one. */
  readonly experimentalChecks: readonly string[];
  /** `check=error=true`: warnings fail the build. */
  readonly checksAreErrors: boolean;
}

interface NodeBase {
  /** The exact text, with its line ends: the texts of all nodes, one after the other, are the file. */
  readonly text: string;
  readonly range: Range;
}

export interface BlankNode extends NodeBase { readonly type: "blank" }
export interface CommentNode extends NodeBase { readonly type: "comment" }
/** `name` in lower case. */
export interface DirectiveNode extends NodeBase { readonly type: "directive"; readonly name: string; readonly value: string; readonly valueRange: Range }

/**
 * A flag such as `--from=build`; its value is not expanded yet. A flag without `=` has no value. Quotes and backslashes are taken away from name
 * and value, as Docker does before it looks at variables.
 */
export interface FlagSyntax {
  readonly name: string;
  readonly value: string | undefined;
  readonly range: Range;
  /** What stands after `=`, with its quotes; the whole flag without one. */
  readonly valueRange: Range;
}

/** Where a run of an instruction's `argument` lies in the file: the characters from index `at` on, up to the next piece, stand from `start` on in one line. */
export interface ArgumentPiece {
  readonly at: number;
  readonly start: Position;
}

/** A here-document of RUN, COPY or ADD. */
export interface HeredocSyntax {
  /** The word after `<<`, without quotes. */
  readonly delimiter: string;
  /** Whether variables are expanded in the content (the delimiter has no quotes). */
  readonly expand: boolean;
  /** `<<-`: leading tabs are taken away. */
  readonly stripTabs: boolean;
  /** Of `3<<EOF`; 0 when not written. */
  readonly fileDescriptor: number;
  /** As it stands in the file but for stripped tabs; ends with a line end unless empty. */
  readonly content: string;
  /** The lines of the content, without the one that ends it. */
  readonly range: Range;
  /** `<<EOF`, where the instruction mentions it. */
  readonly wordRange: Range;
}

export interface InstructionNode extends NodeBase {
  readonly type: "instruction";
  /** As written. */
  readonly keyword: string;
  readonly keywordRange: Range;
  /** In capitals. */
  readonly name: string;
  readonly flags: readonly FlagSyntax[];
  /** What follows keyword and flags on the logical line: continuations joined, comment lines taken out, ends trimmed. Not expanded. */
  readonly argument: string;
  /** Where `argument` lies in the file. */
  readonly argumentRange: Range;
  /** In the order of `argument`; `rangeOf` in syntax/positions.ts reads it. */
  readonly pieces: readonly ArgumentPiece[];
  readonly heredocs: readonly HeredocSyntax[];
  /** Blank lines between continuations: allowed, and warned of. */
  readonly emptyContinuations: readonly Range[];
  /** The logical line without heredoc bodies, for messages and history: `RUN apk add git`. */
  readonly line: string;
}

export type SyntaxNode = BlankNode | CommentNode | DirectiveNode | InstructionNode;

export interface DockerfileTree {
  /** What messages call the file. */
  readonly file: string | undefined;
  readonly nodes: readonly SyntaxNode[];
  readonly directives: Directives;
}

/** What a check or a parser has to say about a place. `rule` is the name in Docker's build checks reference, such as `StageNameCasing`. */
export interface Diagnostic {
  readonly rule: string;
  readonly severity: "error" | "warning";
  /** One sentence with the offending value. */
  readonly message: string;
  readonly range: Range;
  /** What to do, when it is not plain from the message. */
  readonly help?: string | undefined;
}

/**
 * A node of the file: the texts of all nodes, one after the other, are the file. Offsets count UTF-16 code units from 0. `disabled` is an instruction in
 * comments, see instructions/disable.ts.
 */
export interface DescribedNode {
  readonly type: "blank" | "comment" | "directive" | "instruction" | "disabled";
  readonly start: number;
  readonly end: number;
  readonly line: number;
  /** Of an instruction, disabled or not, in capitals. */
  readonly name: string | null;
  /** What follows the keyword and its flags, continuations joined. */
  readonly argument: string | null;
  readonly flags: readonly string[];
  /** What disables an instruction or enables it, in the place of its text; null for what cannot be disabled. */
  readonly toggled: string | null;
}

export interface DockerfileDescription {
  readonly nodes: readonly DescribedNode[];
  readonly stages: readonly { readonly index: number; readonly name: string | null; readonly image: string; readonly line: number }[];
  /** What ARG asks for, in the order of the file, with the default as written. */
  readonly args: readonly { readonly name: string; readonly value: string | null }[];
  /** Errors of every instruction, then the findings of the build checks when there are none. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Details that an EngineError about a Dockerfile carries: the API and the window show the place. Lines and columns count from 1. */
export interface DockerfileErrorDetails extends ErrorDetails {
  readonly file: string | undefined;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  /** The lines around it, as a frame with a marker, ready to print. */
  readonly frame: string;
}
