import type { HeredocSyntax, InstructionNode } from "../dockerfile.ts";
import { parseHeredocWord } from "../syntax/heredocs.ts";
import { argumentOrKeyword, type InstructionContext } from "./context.ts";
import { readFlags } from "./flags.ts";
import type { AddInstruction, CopyInstruction, Word } from "./instructions.ts";
import { readJsonList } from "./json.ts";
import { splitWords } from "./words.ts";

/** `COPY [FLAGS] SOURCE... DESTINATION`, or the same as a JSON list. */
export function parseCopy(node: InstructionNode, context: InstructionContext): CopyInstruction {
  const paths = readPaths(node, context);
  const flags = readFlags(node, { from: "text", chown: "text", chmod: "text", link: "switch", parents: "switch", exclude: "list" }, context);
  return {
    type: "COPY", node, range: node.range, ...paths,
    from: nonEmpty(flags.text("from")),
    chown: nonEmpty(flags.text("chown")),
    chmod: nonEmpty(flags.text("chmod")),
    link: flags.switch("link") ?? false,
    parents: flags.switch("parents") ?? false,
    excludes: flags.list("exclude"),
  };
}

/** `ADD [FLAGS] SOURCE... DESTINATION`, or the same as a JSON list. */
export function parseAdd(node: InstructionNode, context: InstructionContext): AddInstruction {
  const paths = readPaths(node, context);
  const flags = readFlags(node, { chown: "text", chmod: "text", link: "switch", "keep-git-dir": "switch", checksum: "text", unpack: "switch", exclude: "list" }, context);
  return {
    type: "ADD", node, range: node.range, ...paths,
    chown: nonEmpty(flags.text("chown")),
    chmod: nonEmpty(flags.text("chmod")),
    link: flags.switch("link") ?? false,
    keepGitDirectory: flags.switch("keep-git-dir") ?? false,
    checksum: nonEmpty(flags.text("checksum")),
    unpack: flags.switch("unpack"),
    excludes: flags.list("exclude"),
  };
}

/** In Docker a flag with an empty value is the same as none. */
function nonEmpty(word: Word | undefined): Word | undefined {
  return word?.raw === "" ? undefined : word;
}

function readPaths(node: InstructionNode, context: InstructionContext): { sources: Word[]; heredocs: HeredocSyntax[]; destination: Word } {
  const words = readJsonList(node, 0, context) ?? splitWords(node, context);
  const destination = words.pop();
  if (destination === undefined || words.length === 0) {
    throw context.error(argumentOrKeyword(node), `${node.name} requires at least two arguments, but ${destination === undefined ? "none" : "only one"} was provided. Destination could not be determined`);
  }
  if (parseHeredocWord(destination.raw) !== undefined) throw context.error(destination.range, `${node.name} cannot accept a heredoc as a destination`);
  const sources: Word[] = [];
  const heredocs: HeredocSyntax[] = [];
  const bodies = new Map(node.heredocs.map((heredoc) => [heredoc.delimiter, heredoc]));
  for (const word of words) {
    const delimiter = parseHeredocWord(word.raw)?.delimiter;
    const heredoc = delimiter === undefined ? undefined : bodies.get(delimiter);
    if (heredoc === undefined) sources.push(word);
    else heredocs.push(heredoc);
  }
  return { sources, heredocs, destination };
}
