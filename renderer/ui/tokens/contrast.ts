/** One colour token in both themes, as `#rrggbb`. */
export interface TokenPair {
  readonly light: string;
  readonly dark: string;
}

/**
 * Reads the `light-dark(#..., #...)` tokens of a style sheet, following `var(--other)` one name at a time.
 * @param css text of tokens.css
 */
export function readColorTokens(css: string): Map<string, TokenPair> {
  const tokens = new Map<string, TokenPair>();
  const aliases: [string, string][] = [];
  for (const [, name, value] of css.matchAll(/--([\w-]+):\s*([^;]+);/g)) {
    if (name === undefined || value === undefined) continue;
    const pair = /^light-dark\((#[0-9a-f]{6}),\s*(#[0-9a-f]{6})\)$/i.exec(value.trim());
    const alias = /^var\(--([\w-]+)\)$/.exec(value.trim());
    if (pair?.[1] && pair[2]) tokens.set(name, { light: pair[1], dark: pair[2] });
    else if (alias?.[1]) aliases.push([name, alias[1]]);
  }
  for (const [name, target] of aliases) {
    const pair = tokens.get(target);
    if (pair) tokens.set(name, pair);
  }
  return tokens;
}

/**
 * Contrast ratio of two colours, 1 to 21, as WCAG 2.2 defines it (relative luminance).
 * @param a `#rrggbb`
 * @param b `#rrggbb`
 */
export function contrast(a: string, b: string): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

function luminance(hex: string): number {
  const channel = (at: number): number => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
}
