/** Which tags are behind their registry, found out on demand by HEAD requests. */
import { createStore } from "zustand/vanilla";
import type { Freshness } from "../../electron/ipc/contract/registries.ts";
import { plural } from "../lib/time.ts";
import { client } from "./host.ts";
import { imagesStore } from "./images.ts";
import { notice } from "./notices.ts";
import { report } from "./report.ts";
import { isUnderWay } from "./transfer.ts";
import { transfersStore } from "./transfers.ts";

export interface FreshnessState {
  readonly checking: boolean;
  /** By reference; null where it could not be found out. */
  readonly results: ReadonlyMap<string, Freshness | null>;
}

export const freshnessStore = createStore<FreshnessState>(() => ({ checking: false, results: new Map() }));

/** References asked for in one call. */
const batch = 20;

/** Asks the registries about every tag that is here, and says what came of it. */
export async function checkForNewer(): Promise<void> {
  if (freshnessStore.getState().checking) return;
  const references = [...new Set(imagesStore.getState().rows.filter((row) => row.tag !== "").map((row) => row.reference))];
  if (references.length === 0) return notice({ kind: "done", title: "There is no tag to check." });
  freshnessStore.setState({ checking: true, results: new Map() });
  try {
    for (let at = 0; at < references.length; at += batch) {
      const answer = await client().registries.behind({ references: references.slice(at, at + batch) });
      freshnessStore.setState(({ results }) => ({ results: new Map([...results, ...Object.entries(answer)]) }));
    }
    const states = [...freshnessStore.getState().results.values()];
    const behind = states.filter((state) => state === "behind").length;
    const unknown = states.filter((state) => state === null).length;
    notice({
      kind: "done",
      title: behind > 0 ? `${plural(behind, "tag")} ${behind === 1 ? "is" : "are"} behind ${behind === 1 ? "its" : "their"} registry.` : "No tag is behind its registry.",
      ...(unknown > 0 && { description: `${plural(unknown, "tag")} could not be checked.` }),
    });
  } catch (error) {
    report("Newer images were not looked for.", error);
  } finally {
    freshnessStore.setState({ checking: false });
  }
}

// What was pulled or pushed a moment ago is no longer behind.
transfersStore.subscribe(({ list }, before) => {
  const { results } = freshnessStore.getState();
  if (results.size === 0) return;
  const ended = list.filter((each) => each.phase === "done" && results.get(each.image) === "behind" && isUnderWay(before.list.find(({ id }) => id === each.id)));
  if (ended.length > 0) freshnessStore.setState({ results: new Map([...results, ...ended.map((each) => [each.image, "current"] as const)]) });
});
