import type { ITheme } from "@xterm/xterm";

const names = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"] as const;

/** The terminal's colours in the theme that is shown now: xterm draws on a canvas and needs computed values. */
export function readTerminalTheme(near: HTMLElement): ITheme {
  const probe = document.createElement("span");
  probe.hidden = true;
  near.append(probe);
  const read = (token: string): string => {
    probe.style.color = `var(--${token})`;
    return getComputedStyle(probe).color;
  };
  const theme: Record<string, string> = {
    background: read("term-bg"),
    foreground: read("term-fg"),
    cursor: read("accent-text"),
    cursorAccent: read("term-bg"),
    selectionBackground: read("accent-border"),
  };
  for (const name of names) {
    theme[name] = read(`ansi-${name}`);
    theme[`bright${name[0]?.toUpperCase()}${name.slice(1)}`] = read(`ansi-bright-${name}`);
  }
  probe.remove();
  return theme;
}
