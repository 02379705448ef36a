import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isEngineError } from "../../base/errors.ts";
import type { DockerfileTree } from "../dockerfile.ts";
import { parseDockerfile, printDockerfile } from "../syntax/parse.ts";
import { dockerfileLike } from "../testing/texts.ts";
import { disableInstruction, disabledText, enableInstruction, findDisabled } from "./disable.ts";

const shown = (text: string) => findDisabled(parseDockerfile(text)).map(({ instruction }) => instruction.text);
const disable = (text: string, index: number) => printDockerfile(disableInstruction(parseDockerfile(text), index));

/** What a text that may be refused parses to. */
function tryParse(text: string): DockerfileTree | undefined {
  try {
    return parseDockerfile(text);
  } catch (error) {
    if (!isEngineError(error, "invalidArgument")) throw error;
    return undefined;
  }
}

describe("disabling", () => {
  test("takes all lines of an instruction, heredocs and comments between them included", () => {
    expect(disable("FROM a\nRUN b \\\n# why\n\n  c\nCMD d", 1)).toBe("FROM a\n#~ RUN b \\\n#~ # why\n#~\n#~   c\nCMD d");
    expect(disable("FROM a\r\nRUN <<E\r\n  x\r\n\r\nE\r\n", 1)).toBe("FROM a\r\n#~ RUN <<E\r\n#~   x\r\n#~\r\n#~ E\r\n");
    expect(disable("\ufeffFROM a\nCMD b", 0)).toBe("\ufeff#~ FROM a\nCMD b");
    expect(disable("# escape=`\nFROM a\nRUN x `\n y", 2)).toBe("# escape=`\nFROM a\n#~ RUN x `\n#~  y");
  });

  test("is only for instructions of the language", () => {
    expect(() => disableInstruction(parseDockerfile("FROM a\nNOPE b\n# c"), 1)).toThrow("node 1 is no instruction");
    expect(() => disableInstruction(parseDockerfile("FROM a\nNOPE b\n# c"), 2)).toThrow("node 2 is no instruction");
  });

  test("builds as if the lines were not there", () => {
    const tree = parseDockerfile(disable("FROM a\nRUN b \\\n  c\nCMD d", 1));
    expect(tree.nodes.flatMap((node) => (node.type === "instruction" ? [node.name] : []))).toEqual(["FROM", "CMD"]);
  });
});

describe("disabled instructions", () => {
  test.each<[string, string, readonly string[]]>([
    ["one", "FROM a\n#~ RUN b\n", ["RUN b\n"]],
    ["two that follow each other, and a third", "FROM a\n#~ RUN b \\\n#~   c\n#~ CMD d\n\n#~ user e", ["RUN b \\\n  c\n", "CMD d\n", "user e"]],
    ["the escape character of the file", "# escape=`\nFROM a\n#~ RUN b `\n#~  c\n#~ RUN c:\\\n", ["RUN b `\n c\n", "RUN c:\\\n"]],
    ["empty lines that an editor has trimmed, or not", "FROM a\n#~ RUN <<E\n#~\n#~ \n#~ E\n", ["RUN <<E\n\n\nE\n"]],
    ["comments", "FROM a\n# RUN b\n#RUN c\n#~RUN d\n #~ RUN e\n#~ about this file\n#~\n#~ # CMD f\n", []],
    ["a heredoc without its end", "FROM a\n#~ RUN <<E\n#~ x\n", []],
    ["a mark inside an instruction", "FROM a\nRUN b \\\n#~ CMD c\n  d\n", []],
  ])("%s", (_, text, expected) => {
    expect(shown(text)).toEqual(expected);
  });

  test("one that would take in what follows is not enabled", () => {
    const tree = parseDockerfile("FROM a\n#~ RUN b \\\nCMD c\n");
    expect(() => enableInstruction(tree, findDisabled(tree)[0]!)).toThrow("does not stand by itself");
  });

  test("disabling is undone byte for byte, and changes nothing but the instruction's own lines", () => {
    fc.assert(fc.property(dockerfileLike, fc.nat(), (text, seed) => {
      const tree = tryParse(text);
      const instructions = tree?.nodes.flatMap((node, index) => (node.type === "instruction" && disabledText(node) !== undefined ? [index] : [])) ?? [];
      fc.pre(tree !== undefined && instructions.length > 0);
      const index = instructions[seed % instructions.length]!;
      const { range } = tree.nodes[index]!;
      const after = disableInstruction(tree, index);
      const printed = printDockerfile(after);
      expect(printed.startsWith(text.slice(0, range.start.offset))).toBe(true);
      expect(printed.endsWith(text.slice(range.end.offset))).toBe(true);
      // What stands before and after it reads as it did.
      const others = (nodes: DockerfileTree["nodes"]) => nodes.map((node) => [node.type, node.text]);
      const added = after.nodes.length - tree.nodes.length + 1;
      expect(others(after.nodes.slice(0, index))).toEqual(others(tree.nodes.slice(0, index)));
      expect(others(after.nodes.slice(index + added))).toEqual(others(tree.nodes.slice(index + 1)));
      expect(after.nodes.slice(index, index + added).every((node) => node.type === "comment")).toBe(true);
      const disabled = findDisabled(after).find(({ first, end }) => first === index && end === index + added);
      expect(printDockerfile(enableInstruction(after, disabled!))).toBe(text);
    }), { numRuns: 3000 });
  });

  test("any number of them come back in any order", () => {
    fc.assert(fc.property(dockerfileLike, fc.array(fc.nat(), { maxLength: 6 }), fc.array(fc.nat(), { maxLength: 12 }), (text, off, on) => {
      let tree = tryParse(text);
      fc.pre(tree !== undefined);
      const count = (now: DockerfileTree) => findDisabled(now).length;
      const before = count(tree);
      for (const seed of off) {
        const left = tree.nodes.flatMap((node, index) => (node.type === "instruction" && disabledText(node) !== undefined ? [index] : []));
        if (left.length > 0) tree = disableInstruction(tree, left[seed % left.length]!);
      }
      for (let turn = 0; count(tree) > before; turn++) {
        const all = findDisabled(tree);
        tree = enableInstruction(tree, all[(on[turn % Math.max(1, on.length)] ?? 0) % all.length]!);
      }
      expect(printDockerfile(tree)).toBe(text);
    }), { numRuns: 1000 });
  });
});
