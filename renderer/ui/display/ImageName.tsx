import css from "./Display.module.css";

/** An image's name in any width: the registry and folders give way first, the last part and the tag stay. */
export function ImageName({ name }: { readonly name: string }) {
  const slash = name.lastIndexOf("/") + 1;
  return (
    <span className={css["imageName"]} title={name.length > 28 ? name : undefined}>
      {slash > 0 && <span className={css["imagePath"]}>{name.slice(0, slash)}</span>}
      <span className={css["imageLast"]}>{name.slice(slash)}</span>
    </span>
  );
}
