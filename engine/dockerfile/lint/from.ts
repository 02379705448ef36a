import type { Word } from "../instructions/instructions.ts";
import type { Expansion } from "../shell/expand.ts";
import { eachFrom, type LintFile } from "./rule.ts";
import { expandIn, globalVariables, PLATFORM_NAMES } from "./scope.ts";

/** A word of FROM after expansion. */
export interface FromWord {
  readonly part: "image" | "platform";
  readonly word: Word;
  readonly expansion: Expansion;
  /** Names that FROM may use: ARGs before the first one, with or without a value, and the platforms. */
  readonly names: ReadonlySet<string>;
  readonly variables: ReadonlyMap<string, string>;
  /** In lower case. */
  readonly stageName: string | undefined;
  /** Index of the stage above that an image is. */
  readonly base: number | undefined;
}

/** Image and platform of every FROM. What cannot be expanded is left out: the plan refuses it. */
export function expandedFrom(file: LintFile): readonly FromWord[] {
  const variables = globalVariables(file, file.options.args);
  const names = new Set([...PLATFORM_NAMES, ...file.parsed.globalArgs.flatMap(({ assignments }) => assignments.map(({ name }) => name.raw))]);
  const words: FromWord[] = [];
  const expand = expandIn(file, variables);
  eachFrom(file.parsed.stages, (from, index, above) => {
    const stageName = file.parsed.stages[index]!.name;
    for (const [part, word] of [["image", from.image], ["platform", from.platform]] as const) {
      if (word === undefined) continue;
      const expansion = expand(word);
      if (expansion !== undefined) words.push({ part, word, expansion, names, variables, stageName, base: part === "image" ? above.get(expansion.value.toLowerCase()) : undefined });
    }
  });
  return words;
}
