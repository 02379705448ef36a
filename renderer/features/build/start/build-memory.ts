/** How each folder was built last. Of secrets it is where their values are, never the values: those are not in the form. */
import { prefsStore } from "../../../stores/prefs.ts";
import { emptyText, type BuildText } from "./build-form.ts";

const most = 50;

/** @param folder as an absolute path, or an address */
export function remember(folder: string, text: BuildText): void {
  const others = prefsStore.getState().builtFolders.filter((built) => built.folder !== folder);
  prefsStore.setState({ builtFolders: [...others, { folder, form: text }].slice(-most) });
}

/** How a folder was built last; undefined for one that was not. */
export function recall(folder: string): BuildText | undefined {
  const found = prefsStore.getState().builtFolders.find((built) => built.folder === folder);
  return found && { ...emptyText, ...found.form };
}
