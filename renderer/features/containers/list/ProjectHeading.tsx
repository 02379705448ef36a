import type { ContainerRow, Deed } from "../../../stores/container-row.ts";
import { allows } from "../../../stores/containers.ts";
import { IconButton } from "../../../ui/button/Button.tsx";
import { askRemove, deedLooks, performAll } from "../deeds.tsx";
import css from "./List.module.css";

const deeds: readonly Deed[] = ["start", "stop", "restart", "remove"];

/** What a compose project is doing, and what can be done to all of it. */
export function ProjectHeading({ project, rows }: { readonly project: string; readonly rows: readonly ContainerRow[] }) {
  const running = rows.filter((row) => row.state === "running").length;
  const sick = rows.filter((row) => row.health === "unhealthy").length;
  return (
    <>
      <span className={css["groupFacts"]}>{running === rows.length ? `${rows.length} running` : running === 0 ? `${rows.length}, none running` : `${running} of ${rows.length} running`}{sick > 0 && `, ${sick} unhealthy`}</span>
      <span className={css["groupActions"]}>
        {deeds.map((deed) => {
          const { word, icon: Icon } = deedLooks[deed];
          return (
            <IconButton key={deed} label={`${word} all of ${project}`} tip={`${word} all`} danger={deed === "remove"} disabled={!rows.some((row) => allows(row, deed))} onClick={() => (deed === "remove" ? askRemove(rows, undefined, `project ${project}`) : performAll(deed, rows))}>
              <Icon />
            </IconButton>
          );
        })}
      </span>
    </>
  );
}
