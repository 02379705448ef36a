import css from "./Display.module.css";

const mac = navigator.platform.startsWith("Mac");

/** A key combination, such as `Mod+K`; Mod is Ctrl, or Command on a Mac. */
export function Keys({ combo }: { readonly combo: string }) {
  return (
    <span className={css["keys"]}>
      {combo.split("+").map((key) => (
        <kbd key={key} className={css["key"]}>{key === "Mod" ? (mac ? "⌘" : "Ctrl") : key}</kbd>
      ))}
    </span>
  );
}
