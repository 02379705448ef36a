import css from "./Display.module.css";

/** An image's name in any width: where it is too narrow the registry is left out first, then the folders, then the end of the name before its tag. */
export function ImageName({ name }: { readonly name: string }) {
  const { registry, path, last, tag } = parts(name);
  return (
    <span className={css["imageName"]} title={name.length > 16 ? name : undefined}>
      {registry && <span className={css["imagePath"]}>{registry}</span>}
      <span className={css["imageName"]}>
        {path && <span className={css["imagePath"]}>{path}</span>}
        <span className={css["imageLast"]}><span className={css["imageWord"]} data-long={last.length > 12 || undefined}>{last}</span>{tag && <span className={css["imageTag"]}>{tag}</span>}</span>
      </span>
    </span>
  );
}

/** As the name is written, so that its parts make it up again. */
function parts(name: string): { registry: string; path: string; last: string; tag: string } {
  const first = name.slice(0, name.indexOf("/") + 1);
  const registry = /[.:]|^localhost\/$/.test(first) ? first : "";
  const slash = name.lastIndexOf("/") + 1;
  const colon = name.indexOf(":", slash);
  const end = colon < 0 ? name.length : colon;
  return { registry, path: name.slice(registry.length, slash), last: name.slice(slash, end), tag: name.slice(end) };
}
