/**
 * A health command as it is typed: a line for the container's shell, or words in the form of JSON that need none, as a Dockerfile has both.
 * @returns the words, or undefined for a line
 */
export function healthWords(text: string): string[] | undefined {
  if (!text.trim().startsWith("[")) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.length > 0 && value.every((word) => typeof word === "string") ? value : undefined;
  } catch {
    return undefined;
  }
}
