/** A tool's words as a sentence: without the prefix that clients print, with a capital and a full stop. Names and addresses at the beginning keep their case. */
export function sentence(text: string): string {
  const bare = text.replace(/^Error response from daemon: /, "").trim();
  if (bare === "") return "";
  const first = bare.split(/\s/, 1)[0] ?? "";
  return `${/^[a-z]+[,:]?$/.test(first) ? bare.charAt(0).toUpperCase() : bare.charAt(0)}${bare.slice(1)}${/[.!?]$/.test(bare) ? "" : "."}`;
}
