import { useEffect } from "react";
import { toggleTransfers } from "../features/transfers/panel.ts";
import { linkHere } from "../lib/link.ts";
import { notice } from "../stores/notices.ts";
import { report } from "../stores/report.ts";
import { href, navigate, openDialog } from "../stores/route.ts";
import { copyText } from "../ui/display/Copy.tsx";
import { windowStore } from "./window-store.ts";

export interface Shortcut {
  readonly keys: string;
  readonly does: string;
}

/** What the shortcuts dialog lists; the window's own keys are handled below, the rest by lists and logs. */
export const shortcutGroups: readonly { readonly title: string; readonly shortcuts: readonly Shortcut[] }[] = [
  {
    title: "Everywhere",
    shortcuts: [
      { keys: "Mod+K", does: "Commands and objects" },
      { keys: "/", does: "Search this screen" },
      { keys: "1", does: "Containers" },
      { keys: "2", does: "Images" },
      { keys: "3", does: "Engine" },
      { keys: "4", does: "Ports" },
      { keys: "5", does: "Volumes" },
      { keys: "6", does: "Networks" },
      { keys: "7", does: "Registries" },
      { keys: "T", does: "Transfers" },
      { keys: "L", does: "Logs" },
      { keys: "R", does: "Run a container" },
      { keys: "P", does: "Pull an image" },
      { keys: "B", does: "Build an image" },
      { keys: "Alt+←", does: "Back" },
      { keys: "Alt+→", does: "Forward" },
      { keys: "Y", does: "Copy a link to this page" },
      { keys: "?", does: "This list" },
    ],
  },
  {
    title: "In a list",
    shortcuts: [
      { keys: "↑+↓", does: "Move" },
      { keys: "Enter", does: "Open" },
      { keys: "Space", does: "Select" },
      { keys: "Shift+↓", does: "Select further" },
      { keys: "Mod+A", does: "Select all" },
      { keys: "Delete", does: "Remove" },
      { keys: "Menu", does: "Everything that can be done" },
      { keys: "←+→", does: "Close or open a group" },
      { keys: "Shift+→", does: "Wider, on a column's name" },
      { keys: "Esc", does: "Clear selection" },
    ],
  },
  {
    title: "Among files",
    shortcuts: [
      { keys: "Backspace", does: "Up" },
      { keys: "F2", does: "Rename" },
      { keys: "Mod+S", does: "Save the text" },
      { keys: "Esc", does: "Close the preview" },
    ],
  },
  {
    title: "In a terminal",
    shortcuts: [{ keys: "F6", does: "Leave it, to its tabs" }],
  },
  {
    title: "In a log",
    shortcuts: [
      { keys: "End", does: "Follow" },
      { keys: "Enter", does: "Next match" },
      { keys: "Shift+Enter", does: "Previous match" },
    ],
  },
];

const single: Record<string, () => void> = {
  "?": () => windowStore.setState({ shortcuts: true }),
  "/": focusSearch,
  "1": () => navigate(href.containers()),
  "2": () => navigate(href.images()),
  "3": () => navigate(href.engine()),
  "4": () => navigate(href.ports()),
  "5": () => navigate(href.volumes()),
  "6": () => navigate(href.networks()),
  "7": () => navigate(href.registries()),
  t: toggleTransfers,
  l: () => navigate(href.logs()),
  y: copyLink,
  r: () => openDialog("run"),
  p: () => openDialog("pull"),
  b: () => navigate(href.newBuild()),
};

/** Listens for the keys that work everywhere. Single letters are left to whatever takes text. */
export function useShortcuts(): void {
  useEffect(() => {
    function onKeyDown(event: KeyboardEvent) {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        windowStore.setState({ palette: !windowStore.getState().palette });
        return;
      }
      if (event.altKey && (event.key === "ArrowLeft" || event.key === "ArrowRight") && !takesText(event.target)) {
        event.preventDefault();
        if (event.key === "ArrowLeft") history.back();
        else history.forward();
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || takesText(event.target) || document.querySelector(":is([role=dialog], [role=alertdialog]):not([data-closed], [aria-modal=false])")) return;
      const run = single[event.key.length === 1 ? event.key.toLowerCase() : event.key];
      if (!run) return;
      event.preventDefault();
      run();
    }
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, []);
}

/** Copies the address of what is shown. */
export function copyLink(): void {
  copyText(linkHere()).then(
    () => notice({ kind: "done", title: "The link to this page was copied." }),
    (error: unknown) => report("The link was not copied.", error),
  );
}

function focusSearch(): void {
  const field = document.querySelector<HTMLInputElement>("[data-search]");
  field?.focus();
  field?.select();
}

function takesText(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) && (target as HTMLInputElement).type !== "checkbox");
}
