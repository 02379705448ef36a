import { basename } from "node:path/posix";
import { isDigest } from "../../base/digest.ts";
import type { AddInstruction, CopyInstruction, Word } from "../instructions/instructions.ts";
import { cleanPath } from "../patterns/path.ts";
import { excerpt } from "../syntax/error.ts";
import { errorAt, locate } from "./context.ts";
import { parseGitAddress } from "./git-remote.ts";
import { whyBadMode } from "./mode.ts";
import type { Performed, StagePlanner } from "./planner.ts";
import type { CopyOperation, CopySource, FileOrigin } from "./steps.ts";

/** What a COPY or ADD copies, and its line in the image's history. */
export function planCopy(planner: StagePlanner, instruction: CopyInstruction | AddInstruction): Performed<CopyOperation> {
  const words = instruction.sources.map((word) => ({ word, text: planner.expand(word) }));
  const destination = planner.expand(instruction.destination);
  const chown = optional(planner, instruction.chown);
  const chmod = optional(planner, instruction.chmod);
  const wrongMode = chmod === undefined ? undefined : whyBadMode(chmod);
  if (wrongMode !== undefined) throw errorAt(planner.context, planner.rangeOf(instruction.chmod!), wrongMode);
  const heredocs = instruction.heredocs.map((heredoc): CopySource => ({
    type: "inline", name: basename(cleanPath(`/${heredoc.delimiter}`)) || "heredoc",
    content: heredoc.expand ? planner.state.expandHeredoc(heredoc.content, planner.rangeOf(heredoc)) : heredoc.content,
  }));
  const parents = instruction.type === "COPY" && instruction.parents;
  const operation: CopyOperation = {
    type: "copy",
    sources: [...(instruction.type === "COPY" ? copySources(planner, instruction, words) : addSources(planner, instruction, words)), ...heredocs],
    destination: destinationOf(planner.directory, destination),
    chown, chmod, parents,
    // As in Docker a mode needs the files that are there.
    link: instruction.link && chmod === undefined,
    excludes: instruction.excludes.map(({ raw }) => raw),
  };
  const createdBy = [
    instruction.type, ...(parents ? ["--parents"] : []), ...(chown === undefined ? [] : [`--chown=${chown}`]), ...(chmod === undefined ? [] : [`--chmod=${chmod}`]),
    ...words.map(({ text }) => text), ...instruction.heredocs.map(({ delimiter }) => `<<${delimiter}`), destination,
  ].join(" ");
  return { operation, createdBy };
}

interface SourceText {
  readonly word: Word;
  /** Expanded. */
  readonly text: string;
}

function copySources(planner: StagePlanner, { from: fromWord, parents }: CopyInstruction, texts: readonly SourceText[]): CopySource[] {
  const from = planner.source(fromWord?.raw, fromWord === undefined ? undefined : planner.rangeOf(fromWord));
  if (from.type === "scratch") throw errorAt(planner.context, planner.rangeOf(fromWord!), "scratch has no files to copy: name a stage or an image");
  return texts.map(({ word, text }) => {
    const wrong = gitOf(planner, word, text) !== undefined ? "a git ref" : isUrl(text) ? "a URL" : undefined;
    if (wrong !== undefined) throw errorAt(planner.context, planner.rangeOf(word), `source can't be ${wrong} for COPY: ${excerpt(text)}: use ADD`);
    return pathSource(from, text, parents, false);
  });
}

function addSources(planner: StagePlanner, instruction: AddInstruction, texts: readonly SourceText[]): CopySource[] {
  const { context } = planner;
  const checksum = optional(planner, instruction.checksum);
  const checksumRange = instruction.checksum === undefined ? undefined : planner.rangeOf(instruction.checksum);
  if (checksum !== undefined && texts.length !== 1) throw errorAt(context, checksumRange!, "checksum can't be specified for multiple sources: use an ADD for each");
  return texts.map(({ word, text }): CopySource => {
    const range = planner.rangeOf(word);
    const git = gitOf(planner, word, text);
    if (git !== undefined) {
      if (git.checksum !== undefined && checksum !== undefined && git.checksum !== checksum) throw errorAt(context, range, `checksum mismatch: the address says ${excerpt(git.checksum)}, --checksum ${excerpt(checksum)}`);
      if (git.keepGitDirectory === false && instruction.keepGitDirectory) throw errorAt(context, range, "inconsistent keep-git-dir configuration: the address and the flag say different things");
      return { type: "git", remote: git.remote, keepGitDirectory: git.keepGitDirectory ?? instruction.keepGitDirectory, checksum: git.checksum ?? checksum };
    }
    if (isUrl(text)) {
      if (checksum !== undefined && !isDigest(checksum)) throw errorAt(context, checksumRange!, `invalid checksum ${excerpt(checksum)}: expected sha256: and 64 hexadecimal digits`);
      return { type: "url", url: text, checksum, unpack: instruction.unpack };
    }
    if (checksum !== undefined) throw errorAt(context, checksumRange!, `checksum requires HTTP(S) or Git sources, and ${excerpt(text)} is a path`);
    return pathSource({ type: "context" }, text, false, instruction.unpack ?? true);
  });
}

function isUrl(text: string): boolean {
  return text.startsWith("http://") || text.startsWith("https://");
}

function gitOf(planner: StagePlanner, word: Word, text: string): ReturnType<typeof parseGitAddress> {
  const git = locate(planner.context, planner.rangeOf(word), () => parseGitAddress(text));
  return git?.looksLocal === true ? undefined : git;
}

function pathSource(from: FileOrigin, text: string, parents: boolean, unpack: boolean): CopySource {
  // With --parents a `/./` says from where on parents are kept; what stands before it must not climb out either.
  const pivot = parents ? text.indexOf("/./") : -1;
  const [start, pattern] = pivot < 0 ? ["", inRoot(text)] : [inRoot(text.slice(0, pivot)), inRoot(text.slice(pivot + 3))];
  return { type: "path", from, pattern: start === "" || start === "." ? pattern : `${start}/./${pattern}`, unpack };
}

/** The path relative to the root, `.` for the root itself: `..` ends there. */
function inRoot(path: string): string {
  const clean = cleanPath(`/${path}`).slice(1);
  return clean === "" ? "." : clean;
}

function destinationOf(directory: string, text: string): string {
  const path = cleanPath(text.startsWith("/") ? text : `${directory}/${text}`);
  const isDirectory = text === "" || /(?:^|\/)\.{0,2}$/.test(text);
  return isDirectory && path !== "/" ? `${path}/` : path;
}

/** An empty value is none, as in Docker. */
function optional(planner: StagePlanner, word: Word | undefined): string | undefined {
  const text = word === undefined ? "" : planner.expand(word);
  return text === "" ? undefined : text;
}
