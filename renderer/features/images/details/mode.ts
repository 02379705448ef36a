/** `rw-r--r--`, with the letters of the special bits. */
export function modeText(mode: number): string {
  const letters = [6, 3, 0].map((shift) => `${mode & (4 << shift) ? "r" : "-"}${mode & (2 << shift) ? "w" : "-"}${mode & (1 << shift) ? "x" : "-"}`);
  const special = [[0o4000, "s", "S"], [0o2000, "s", "S"], [0o1000, "t", "T"]] as const;
  return letters.map((part, at) => {
    const [bit, on, off] = special[at] ?? [0, "", ""];
    return mode & bit ? `${part.slice(0, 2)}${part.endsWith("x") ? on : off}` : part;
  }).join("");
}
