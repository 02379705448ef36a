export type Words = { readonly words: string[] } | { readonly error: string };

/**
 * Splits a command line as a POSIX shell splits words: blanks, both quotation marks, backslashes. Nothing is expanded.
 * @param line what was typed
 */
export function splitWords(line: string): Words {
  const words: string[] = [];
  let word: string | undefined;
  let quote: "'" | '"' | undefined;
  for (let at = 0; at < line.length; at++) {
    const char = line[at] as string;
    if (quote === "'") {
      if (char === "'") quote = undefined;
      else word += char;
    } else if (char === "\\") {
      const next = line[++at];
      if (next === undefined) return { error: "A backslash ends the line." };
      word = (word ?? "") + (quote && !'"\\$`'.includes(next) ? `\\${next}` : next);
    } else if (quote === '"') {
      if (char === '"') quote = undefined;
      else word += char;
    } else if (char === "'" || char === '"') {
      quote = char;
      word ??= "";
    } else if (/\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? "") + char;
  }
  if (quote) return { error: `A quotation mark (${quote}) is not closed.` };
  if (word !== undefined) words.push(word);
  return { words };
}

/** A word as it is typed into a shell: bare where that is safe, in single quotes elsewhere. */
export function quoteWord(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", "'\\''")}'`;
}
