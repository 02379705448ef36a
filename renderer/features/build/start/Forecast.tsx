import { RotateCw } from "lucide-react";
import type { ReactNode } from "react";
import type { BuildForecast, ForecastStep } from "../../../../electron/ipc/contract/builds.ts";
import type { GlyphState } from "../../../lib/glyph.ts";
import { plural } from "../../../lib/time.ts";
import { Button } from "../../../ui/button/Button.tsx";
import { Skeleton } from "../../../ui/display/Bar.tsx";
import { StateGlyph } from "../../../ui/display/StateGlyph.tsx";
import { Problem } from "../../../ui/feedback/Problem.tsx";
import { reasonDetails, reasonWords, splitStep } from "../words.ts";
import type { ForecastState } from "./useForecast.ts";
import css from "../Build.module.css";

const glyphs: Record<ForecastStep["forecast"], GlyphState> = { hit: "exited", miss: "running", unknown: "created" };
const words: Record<ForecastStep["forecast"], string> = { hit: "Cached", miss: "Runs", unknown: "Known when the step before it has run" };

/** Which steps the cache has, and why the others run. */
export function Forecast({ state, blank }: { readonly state: ForecastState; readonly blank: ReactNode }) {
  const { phase, forecast, error, again } = state;
  if (error) return <div className={css["forecast"]}><Problem title="What would run cannot be told." cause={error.message} raw={error.cause} actions={<Button size="small" onClick={again}>Try again</Button>} /></div>;
  if (!forecast) {
    return (
      <div className={css["forecast"]} role={phase === "asking" ? "status" : undefined} aria-label={phase === "asking" ? "Looking into the cache" : undefined}>
        {phase === "asking" ? [62, 48, 70, 40].map((width) => <Skeleton key={width} width={`${width}%`} />) : typeof blank === "string" ? <p className="quiet">{blank}</p> : blank}
      </div>
    );
  }
  const { title, cause } = forecastWords(forecast);
  return (
    <div className={css["forecast"]}>
      <div className={css["summary"]}>
        <p className={css["summaryText"]} role="status"><strong>{title}</strong>{cause && <><br /><span className="quiet">{cause}</span></>}</p>
        <Button size="small" icon={<RotateCw />} disabled={phase === "asking"} onClick={again}>Look again</Button>
      </div>
      <ol className={css["foreseen"]} aria-label="Steps">
        {forecast.steps.map((step) => {
          const { keyword, rest } = splitStep(step.text);
          const why = step.forecast === "hit" ? "" : step.reason ? reasonWords(step.reason) : step.forecast === "unknown" ? words.unknown : "";
          return (
            <li key={step.number}>
              <StateGlyph state={glyphs[step.forecast]} label={step.forecast === "unknown" ? "Not known yet" : words[step.forecast]} />
              <span className={css["number"]}>{step.number}</span>
              <span className={css["text"]} title={step.text.length > 60 ? step.text : undefined}><span className={css["keyword"]}>{keyword}</span> {rest}</span>
              {why && <span className={css["foreseenWhy"]}>{why}</span>}
              {step.reason?.type === "files" && reasonDetails(step.reason).slice(1).map((line) => <span key={line} className={css["foreseenWhy"]}>{line}</span>)}
            </li>
          );
        })}
      </ol>
    </div>
  );
}

/** A forecast in two sentences: how much the cache has, and what the first step that runs is about. */
export function forecastWords({ steps }: BuildForecast): { readonly title: string; readonly cause: string } {
  const own = steps.filter((step) => step.type !== "from");
  const hits = own.filter((step) => step.forecast === "hit").length;
  const first = steps.find((step) => step.forecast !== "hit");
  if (own.length === 0 || !first) return { title: own.length === 0 ? "Nothing has to run." : own.length === 1 ? "Its one step is cached." : `All ${own.length} steps cached.`, cause: "" };
  const title = hits === 0 ? `None of ${plural(own.length, "step")} cached.` : `${hits} of ${plural(own.length, "step")} cached.`;
  const short = first.text.length > 48 ? `${first.text.slice(0, 47)}…` : first.text;
  return { title, cause: `Step ${first.number}, ${short}, is the first to run${first.reason ? `: ${lower(reasonWords(first.reason))}` : ""}.` };
}

/** Words of the window begin small in the middle of a sentence; paths stay as they are. */
function lower(text: string): string {
  return /^(First|The|Its|Step) /.test(text) ? text.slice(0, 1).toLowerCase() + text.slice(1) : text;
}
