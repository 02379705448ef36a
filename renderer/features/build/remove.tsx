import type { BuildSummary } from "../../../electron/ipc/contract/builds.ts";
import { plural } from "../../lib/time.ts";
import { removeBuilds } from "../../stores/builds.ts";
import { confirm } from "../../ui/overlay/confirms.ts";

/** Asks once, then takes ended builds out of the history. */
export function askRemoveBuilds(builds: readonly BuildSummary[], after?: () => void): void {
  const ended = builds.filter((build) => build.status !== "running");
  const [first] = ended;
  if (!first) return;
  const what = ended.length === 1 ? first.title : plural(ended.length, "build");
  confirm({
    title: `Remove ${what} from the history`,
    body: (
      <>
        <p>{ended.length === 1 ? "The record goes, with its log" : "The records go, with their logs"}. Images and the build cache stay.</p>
        {ended.some((build) => build.failedStep !== null) && <p>{ended.length === 1 ? "Its failed step is given up" : "Failed steps that are kept are given up"} too: no shell can be opened in it any more.</p>}
      </>
    ),
    action: `Remove ${what}`,
    run: async () => {
      await removeBuilds(ended);
      after?.();
    },
  });
}
