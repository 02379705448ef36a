import { client } from "../stores/host.ts";
import { prefsStore, type Theme } from "../stores/prefs.ts";

/** Keeps the page in the chosen theme; `system` leaves it to the browser's own preference. */
export function followTheme(): void {
  const apply = ({ theme }: { readonly theme: Theme }) => {
    if (theme === "system") delete document.documentElement.dataset["theme"];
    else document.documentElement.dataset["theme"] = theme;
  };
  apply(prefsStore.getState());
  prefsStore.subscribe(apply);
}

/** Chooses a theme, here and for the host's own parts. */
export function chooseTheme(theme: Theme): void {
  prefsStore.setState({ theme });
  try {
    client().app.setTheme({ theme }).catch(() => undefined); // The window has its theme; the host learns it next time.
  } catch {
    // Not connected: as above.
  }
}
