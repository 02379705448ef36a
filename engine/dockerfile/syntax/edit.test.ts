import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isEngineError } from "../../base/errors.ts";
import { dockerfileLike } from "../testing/texts.ts";
import { insertNode, removeNode, replaceNode } from "./edit.ts";
import { parseDockerfile, printDockerfile } from "./parse.ts";

const tree = parseDockerfile("FROM a\n# keep   \nRUN b \\\n  c\n\nCMD d", "Dockerfile");

describe("edits", () => {
  test("replace one instruction and leave every other character alone", () => {
    expect(printDockerfile(replaceNode(tree, 2, "RUN z"))).toBe("FROM a\n# keep   \nRUN z\n\nCMD d");
    expect(printDockerfile(replaceNode(tree, 4, "CMD e"))).toBe("FROM a\n# keep   \nRUN b \\\n  c\n\nCMD e");
    expect(replaceNode(tree, 0, "FROM x").file).toBe("Dockerfile");
  });

  test("insert before a node and at the end", () => {
    expect(printDockerfile(insertNode(tree, 1, "ARG x"))).toBe("FROM a\nARG x\n# keep   \nRUN b \\\n  c\n\nCMD d");
    expect(printDockerfile(insertNode(tree, 5, "USER x"))).toBe("FROM a\n# keep   \nRUN b \\\n  c\n\nCMD d\nUSER x");
    expect(printDockerfile(insertNode(parseDockerfile(""), 0, "FROM a"))).toBe("FROM a");
  });

  test("remove a node", () => {
    expect(printDockerfile(removeNode(tree, 2))).toBe("FROM a\n# keep   \n\nCMD d");
    expect(printDockerfile(removeNode(tree, 4))).toBe("FROM a\n# keep   \nRUN b \\\n  c\n\n");
  });

  test("several lines, a heredoc, and the file's own line ends", () => {
    const crlf = parseDockerfile("FROM a\r\nCMD b\r\n");
    expect(printDockerfile(replaceNode(crlf, 1, "RUN <<E\nx\nE"))).toBe("FROM a\r\nRUN <<E\nx\nE");
    expect(printDockerfile(insertNode(crlf, 1, "RUN x\r\nRUN y"))).toBe("FROM a\r\nRUN x\r\nRUN y\r\nCMD b\r\n");
  });

  test("a byte-order mark stays first", () => {
    const marked = parseDockerfile("\ufeffFROM a\nCMD b");
    expect(printDockerfile(insertNode(marked, 0, "# c"))).toBe("\ufeff# c\nFROM a\nCMD b");
    expect(printDockerfile(replaceNode(marked, 0, "FROM x"))).toBe("\ufeffFROM x\nCMD b");
    expect(printDockerfile(replaceNode(marked, 0, "\ufeffFROM x"))).toBe("\ufeffFROM x\nCMD b");
    expect(printDockerfile(removeNode(marked, 0))).toBe("\ufeffCMD b");
  });

  test.each(["RUN x \\", "RUN x \\\n", "RUN x \\\n# c"])("%j would take in what follows", (text) => {
    expect(() => replaceNode(tree, 2, text)).toThrow("does not stand by itself");
    expect(printDockerfile(replaceNode(tree, 4, text)).endsWith(text)).toBe(true);
  });

  test("what does not parse, and nodes that do not exist", () => {
    expect(() => replaceNode(tree, 2, "RUN <<E")).toThrow("unterminated heredoc");
    expect(() => replaceNode(tree, 5, "x")).toThrow("there is no node 5: the Dockerfile has 5");
    expect(() => insertNode(tree, 6, "x")).toThrow("there is no node 6");
    expect(() => removeNode(tree, 0.5)).toThrow("there is no node 0.5");
  });

  test("whatever is edited, other nodes keep their text", () => {
    fc.assert(fc.property(dockerfileLike, dockerfileLike, fc.nat(), (text, piece, seed) => {
      try {
        const before = parseDockerfile(text);
        fc.pre(before.nodes.length > 0);
        const index = seed % before.nodes.length;
        const after = printDockerfile(replaceNode(before, index, piece.replace("\ufeff", "")));
        const { start, end } = before.nodes[index]!.range;
        expect(after.startsWith(text.slice(0, start.offset))).toBe(true);
        expect(after.endsWith(text.slice(end.offset))).toBe(true);
        expect(after.length).toBeGreaterThanOrEqual(start.offset + text.length - end.offset);
      } catch (error) {
        if (!isEngineError(error, "invalidArgument")) throw error;
      }
    }), { numRuns: 1000 });
  });
});
