const SIZE = /^(\d+(?:\.\d*)?|\.\d+) ?(?:b|([kmgtp])(?:i?b)?)?$/i;
const POWERS = "kmgtp";

/** Bytes of a size as Docker writes it: `64m`, `1.5 GB`, `512KiB`; units are powers of 1024. Undefined if it is none, or beyond 2^53. */
export function parseByteSize(text: string): number | undefined {
  const match = text.length > 60 ? null : SIZE.exec(text);
  if (match === null) return undefined;
  const power = match[2] === undefined ? 0 : POWERS.indexOf(match[2].toLowerCase()) + 1;
  const bytes = Math.floor(Number(match[1]) * 1024 ** power);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}
