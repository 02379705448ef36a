/** A label, or another name with a value, as it is typed. */
export interface LabelText {
  readonly name: string;
  readonly value: string;
}

export const emptyLabel: LabelText = { name: "", value: "" };

/**
 * Reads typed labels; rows left empty are left out.
 * @param errors gets what is wrong under `labels.0.name`
 */
export function parseLabels(rows: readonly LabelText[], errors: Record<string, string>): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [index, { name, value }] of rows.entries()) {
    const trimmed = name.trim();
    if (trimmed === "" && value === "") continue;
    if (trimmed === "") errors[`labels.${index}.name`] = "A label needs a name.";
    else if (trimmed.includes("=")) errors[`labels.${index}.name`] = "The name must not contain =.";
    else if (Object.hasOwn(labels, trimmed)) errors[`labels.${index}.name`] = `The label ${trimmed} is there twice.`;
    else labels[trimmed] = value;
  }
  return labels;
}
