import type { Range } from "../dockerfile.ts";
import type { LintFile } from "./rule.ts";
import { walkStages } from "./scope.ts";

/** A word of EXPOSE after expansion. */
export interface ExposedWord {
  readonly text: string;
  readonly range: Range;
  /** As written; empty without one. */
  readonly protocol: string;
  /** Whether an address or a port of the host stands before the port. */
  readonly mapped: boolean;
}

export function exposedWords(file: LintFile): readonly ExposedWord[] {
  const words: ExposedWord[] = [];
  walkStages(file, (instruction, scope) => {
    if (instruction.type !== "EXPOSE") return;
    for (const word of instruction.ports) {
      for (const text of scope.expandWords(word)?.words ?? []) {
        const port = text.slice(text.lastIndexOf(":") + 1);
        const slash = port.indexOf("/");
        words.push({ text, range: word.range, protocol: slash < 0 ? "" : port.slice(slash + 1), mapped: port !== text && /[^:]/.test(text.slice(0, text.length - port.length)) });
      }
    }
  });
  return words;
}
