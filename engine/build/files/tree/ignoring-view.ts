import { compileIgnorePatterns } from "../../../dockerfile/patterns/matcher.ts";
import type { IgnoreMatcher } from "../../../dockerfile/patterns/matcher.ts";
import type { IgnoreRules } from "../files.ts";
import { joinPath } from "./entry.ts";
import type { Entry } from "./entry.ts";
import type { TreeView } from "./view.ts";

/** A tree without what `.dockerignore` leaves out. A directory that is left out shows when something below it is taken back in. */
export class IgnoringView implements TreeView {
  readonly #view: TreeView;
  readonly #matcher: IgnoreMatcher;
  readonly #showsSome = new Map<string, boolean>();

  /** @throws EngineError `invalidArgument` for a pattern that is not well formed */
  constructor(view: TreeView, rules: IgnoreRules) {
    this.#view = view;
    const matcher = compileIgnorePatterns(rules.patterns);
    const only = rules.only?.filter((path) => matcher.matches(path));
    this.#matcher = only === undefined ? matcher : { matches: (path) => only.includes(path), canSkipDirectory: () => false, isEmpty: only.length === 0 };
  }

  entry(path: string): Entry | undefined {
    if (!this.#matcher.matches(path)) return this.#view.entry(path);
    if (this.#matcher.canSkipDirectory(path)) return undefined;
    const entry = this.#view.entry(path);
    return entry?.type === "directory" && this.#showsSomethingIn(path) ? entry : undefined;
  }

  #showsSomethingIn(directory: string): boolean {
    let shows = this.#showsSome.get(directory);
    if (shows === undefined) {
      shows = this.#view.names(directory).some((name) => this.entry(joinPath(directory, name)) !== undefined);
      this.#showsSome.set(directory, shows);
    }
    return shows;
  }

  names(path: string): readonly string[] {
    return this.#view.names(path);
  }

  hashed(entry: Entry): Entry | undefined {
    return this.#view.hashed(entry);
  }

  read(entry: Entry): Uint8Array | undefined {
    return this.#view.read(entry);
  }

  isHidden(path: string): boolean {
    return this.entry(path) === undefined && this.#view.entry(path) !== undefined;
  }
}
