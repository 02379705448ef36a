import { ChevronRight } from "lucide-react";
import type { ReactNode } from "react";
import { cx } from "../../../lib/cx.ts";
import type { GlyphState } from "../../../lib/glyph.ts";
import { size } from "../../../lib/size.ts";
import { duration } from "../../../lib/time.ts";
import { StateGlyph } from "../../../ui/display/StateGlyph.tsx";
import { Time } from "../../../ui/display/Time.tsx";
import { Bar } from "../../../ui/display/Bar.tsx";
import { reasonDetails, reasonWords, splitStep } from "../words.ts";
import { hasMore, spanOf, type StepState } from "./build-state.ts";
import type { StepLog } from "./session.ts";
import { StepOutput } from "./StepOutput.tsx";
import css from "../Build.module.css";

const glyphs: Record<StepState["phase"], GlyphState> = { waiting: "created", running: "busy", cached: "exited", executed: "running", failed: "failed", cancelled: "dead" };
const words: Record<StepState["phase"], string> = { waiting: "Waiting", running: "Running", cached: "Cached", executed: "Executed", failed: "Failed", cancelled: "Cancelled" };

export interface StepRowProps {
  readonly step: StepState;
  readonly log: StepLog;
  readonly open: boolean;
  readonly onToggle: (number: number) => void;
  /** Of the whole build, in milliseconds since the epoch. */
  readonly startedAt: number;
  readonly endedAt: number;
}

/** One step: what it is, what became of it and why, and what it printed. */
export function StepRow({ step, log, open, onToggle, startedAt, endedAt }: StepRowProps) {
  const { info, phase, statistics } = step;
  const more = hasMore(step);
  const { keyword, rest } = splitStep(info.text);
  const span = spanOf(step, startedAt, endedAt);
  const cells = (
    <>
      {more ? <ChevronRight className={css["chevron"]} size={14} aria-hidden="true" /> : <span />}
      <StateGlyph state={glyphs[phase]} label={words[phase]} />
      <span className={css["number"]}>{info.number}</span>
      <span className={css["text"]} title={info.text.length > 60 ? info.text : undefined}><span className={css["keyword"]}>{keyword}</span> {rest}</span>
      <span className={css["why"]} title={step.reason ? reasonWords(step.reason) : undefined}>{why(step)}</span>
      <span className={css["size"]}>{statistics?.layerBytes ? size(statistics.layerBytes) : ""}</span>
      <span className={css["track"]} aria-hidden="true">{span && <span className={css["fill"]} data-phase={phase} style={{ left: `${span.from * 100}%`, width: `${Math.max(0, span.to - span.from) * 100}%` }} />}</span>
      <span className={css["time"]}>{statistics ? duration(statistics.durationMs) : phase === "running" && step.startedAt !== undefined ? <Time at={step.startedAt} as="length" /> : ""}</span>
    </>
  );
  return (
    <li className={cx(css["step"], open && more && css["open"])}>
      {more
        ? <button type="button" className={css["stepHead"]} aria-expanded={open} aria-label={label(step)} onClick={() => onToggle(info.number)}>{cells}</button>
        : <div className={css["stepHead"]} role="group" aria-label={label(step)}>{cells}</div>}
      {phase === "running" && step.progress && step.progress.total > 0 && <div className={css["more"]}><Bar label={step.status} value={step.progress.current / step.progress.total} /></div>}
      {more && open && (
        <div className={css["more"]}>
          {step.reason && reasonDetails(step.reason).length > 0 && <div className={css["reasons"]}>{reasonDetails(step.reason).map((line) => <p key={line} className={css["details"]}>{line}</p>)}</div>}
          {step.printed && <StepOutput log={log} name={`step ${info.number}`} live={phase === "running"} />}
        </div>
      )}
    </li>
  );
}

function label(step: StepState): string {
  return [`Step ${step.info.number}: ${step.info.text}`, words[step.phase], step.reason && step.phase !== "cached" ? reasonWords(step.reason) : ""].filter(Boolean).join(", ");
}

function why({ phase, reason, status, progress, info }: StepState): ReactNode {
  if (phase === "running" && status !== "") return `${status}${progress && progress.total > 0 ? `, ${size(progress.current)} of ${size(progress.total)}` : ""}`;
  if (phase === "cached") return info.type === "from" ? "" : <span className={css["cachedMark"]}>Cached</span>;
  if (phase === "failed") return <><span className={css["failedMark"]}>Failed</span>{reason && `. ${reasonWords(reason)}`}</>;
  if (phase === "cancelled") return "Cancelled";
  return reason ? reasonWords(reason) : "";
}
