/** What is searched for in lines of text. */
export interface TextQuery {
  readonly text: string;
  readonly regex: boolean;
  readonly matchCase: boolean;
  readonly word: boolean;
}

export const emptyQuery: TextQuery = { text: "", regex: false, matchCase: false, word: false };

export type CompiledQuery = { readonly expression: RegExp; readonly error?: undefined } | { readonly error: string; readonly expression?: undefined };

/** The expression of a query, with the flag `g`, or what is wrong with it; undefined for an empty one. */
export function compileQuery({ text, regex, matchCase, word }: TextQuery): CompiledQuery | undefined {
  if (text === "") return undefined;
  const source = regex ? text : text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
  try {
    return { expression: new RegExp(word ? `(?<!\\w)(?:${source})(?!\\w)` : source, matchCase ? "g" : "gi") };
  } catch (error) {
    const reason = (error instanceof Error ? error.message : String(error)).replace(/^Invalid regular expression: .*: /s, "");
    return { error: `Not a regular expression: ${reason}.` };
  }
}

/** Beyond this many marks in one line nobody counts. */
const mostMarks = 1000;

/** Begins and ends of all matches in a text, in turn; empty matches are left out. */
export function matchRanges(text: string, expression: RegExp): number[] {
  const ranges: number[] = [];
  expression.lastIndex = 0;
  for (let match = expression.exec(text); match && ranges.length < 2 * mostMarks; match = expression.exec(text)) {
    if (match[0] === "") expression.lastIndex++;
    else ranges.push(match.index, match.index + match[0].length);
  }
  return ranges;
}
