export interface LineInput {
  /** Takes what was typed or pasted. */
  type(data: string): void;
}

/**
 * What a terminal does for a process that has none: shows what is typed, lets the line be corrected, and sends it when it is complete.
 * @param echo writes to the screen
 * @param send gets whole lines with their end
 */
export function createLineInput(echo: (text: string) => void, send: (line: string) => void): LineInput {
  let line: string[] = [];
  return {
    type(data) {
      // Arrow keys and other functions have nothing to act on here.
      if (data.startsWith("\x1b") && !data.startsWith("\x1b[200~")) return;
      for (const key of data.replaceAll("\x1b[200~", "").replaceAll("\x1b[201~", "").replaceAll("\r\n", "\r")) {
        if (key === "\r" || key === "\n") {
          echo("\r\n");
          send(`${line.join("")}\n`);
          line = [];
        } else if (key === "\x7f" || key === "\b") {
          if (line.pop() !== undefined) echo("\b \b");
        } else if (key === "\x15" || key === "\x03") {
          echo("\b \b".repeat(line.length));
          line = [];
        } else if (key >= " " || key === "\t") {
          line.push(key);
          echo(key);
        }
      }
    },
  };
}
