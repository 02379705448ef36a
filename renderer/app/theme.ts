import { prefsStore, type Theme } from "../stores/prefs.ts";
import { changeSettings } from "../stores/settings.ts";

/** Keeps the page in the chosen theme and density; the theme `system` leaves it to the browser's own preference. */
export function followTheme(): void {
  const apply = ({ theme, compactRows }: { readonly theme: Theme; readonly compactRows: boolean }) => {
    document.documentElement.toggleAttribute("data-compact", compactRows);
    if (theme === "system") delete document.documentElement.dataset["theme"];
    else document.documentElement.dataset["theme"] = theme;
  };
  apply(prefsStore.getState());
  prefsStore.subscribe(apply);
}

/** Chooses a theme for all windows and for the host's own parts. */
export function chooseTheme(theme: Theme): void {
  void changeSettings({ theme });
}
