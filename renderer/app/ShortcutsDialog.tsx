import { useStore } from "zustand";
import { Keys } from "../ui/display/Keys.tsx";
import { Dialog } from "../ui/overlay/Dialog.tsx";
import { shortcutGroups } from "./shortcuts.ts";
import { windowStore } from "./window-store.ts";
import css from "./App.module.css";

/** All keys at a glance. */
export function ShortcutsDialog() {
  const open = useStore(windowStore, (state) => state.shortcuts);
  return (
    <Dialog open={open} onClose={() => windowStore.setState({ shortcuts: false })} reading title="Keyboard shortcuts">
      <div className={css["shortcuts"]}>
        {shortcutGroups.map((group) => (
          <section key={group.title} aria-label={group.title}>
            <h3>{group.title}</h3>
            <ul>{group.shortcuts.map((shortcut) => <li key={shortcut.keys}>{shortcut.does}<Keys combo={shortcut.keys} /></li>)}</ul>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
