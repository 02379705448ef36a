export interface LabelGroup {
  readonly title: string;
  readonly labels: readonly (readonly [name: string, value: string])[];
}

const known: readonly (readonly [prefix: string, title: string])[] = [
  ["com.docker.compose.", "Compose"],
  ["org.opencontainers.image.", "Image"],
  ["com.docker.", "Docker"],
  ["traefik.", "Traefik"],
  ["devcontainer.", "Dev container"],
  ["org.testcontainers", "Testcontainers"],
];

/** Labels by who put them there; what nobody is known for comes first. Names keep their prefix only where it says something. */
export function groupLabels(labels: Readonly<Record<string, string>>): readonly LabelGroup[] {
  const groups = new Map<string, (readonly [string, string])[]>();
  for (const [name, value] of Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const match = known.find(([prefix]) => name.startsWith(prefix));
    const title = match?.[1] ?? "";
    groups.set(title, [...(groups.get(title) ?? []), [match?.[0].endsWith(".") ? name.slice(match[0].length) : name, value]]);
  }
  return ["", ...known.map(([, title]) => title)].flatMap((title) => {
    const list = groups.get(title);
    return list ? [{ title, labels: list }] : [];
  });
}
