import { useState } from "react";
import { size } from "../../../lib/size.ts";
import { plural } from "../../../lib/time.ts";
import { stagesOf, type StepState } from "./build-state.ts";
import type { BuildSession } from "./session.ts";
import { StepRow } from "./StepRow.tsx";
import css from "../Build.module.css";

/** The steps of a build by stage. What runs and what failed is unfolded, unless the reader chose otherwise. */
export function Steps({ session, now }: { readonly session: BuildSession; readonly now: number }) {
  const { state } = session;
  const [chosen, setChosen] = useState<ReadonlyMap<number, boolean>>(new Map());
  const isOpen = ({ info, phase }: StepState): boolean => chosen.get(info.number) ?? (phase === "running" || phase === "failed");
  const startedAt = state.startedAt ?? now;
  const endedAt = state.endedAt ?? now;
  return (
    <>
      {state.context && state.outcome === "running" && !state.context.done && state.steps.length === 0 && (
        <p className={css["note"]} role="status">Reading the context: {size(state.context.bytes)} in {plural(state.context.files, "file")}</p>
      )}
      {stagesOf(state.steps).map((stage) => (
        <section key={stage.index} className={css["stage"]} aria-label={`Stage ${stage.name}`}>
          <header className={css["stageHead"]}>
            <h2>{/^\d+$/.test(stage.name) ? `Stage ${stage.name}` : stage.name}</h2>
            <span className={css["stageEnd"]}>{stageWords(stage.steps)}</span>
          </header>
          <ol>
            {stage.steps.map((step) => (
              <StepRow
                key={step.info.number}
                step={step}
                log={session.log(step.info.number)}
                open={isOpen(step)}
                onToggle={(number) => setChosen(new Map(chosen).set(number, !isOpen(step)))}
                startedAt={startedAt}
                endedAt={endedAt}
              />
            ))}
          </ol>
        </section>
      ))}
      {state.exporting && <p className={css["note"]} role="status">Writing the image: layer {state.exporting.layer} of {state.exporting.of}</p>}
      {state.skippedStages.length > 0 && <p className={css["note"]}>Not needed, left out: {state.skippedStages.join(", ")}</p>}
    </>
  );
}

function stageWords(steps: readonly StepState[]): string {
  const own = steps.filter((step) => step.info.type !== "from");
  const cached = own.filter((step) => step.phase === "cached").length;
  if (own.length === 0) return "";
  if (own.every((step) => step.phase === "waiting")) return `${plural(own.length, "step")}, waiting`;
  return cached === own.length ? "All cached" : `${cached} of ${own.length} cached`;
}
