import type { GlyphState } from "../../lib/glyph.ts";
import css from "./Display.module.css";

const words: Record<GlyphState, string> = {
  running: "Running",
  paused: "Paused",
  exited: "Exited",
  failed: "Exited with an error",
  created: "Created",
  busy: "Working",
  unhealthy: "Unhealthy",
  dead: "Dead",
};

/** `label` is empty where the words stand beside it. A shape for each state, so that it reads without colour: dot, bars, ring, crossed ring, dashes, triangle. */
export function StateGlyph({ state, label = words[state] }: { readonly state: GlyphState; readonly label?: string }) {
  return (
    <svg className={css["glyph"]} role={label ? "img" : undefined} aria-label={label || undefined} aria-hidden={label ? undefined : true} fill="none">
      {shape(state)}
    </svg>
  );
}

function shape(state: GlyphState) {
  switch (state) {
    case "running":
      return <circle cx="7" cy="7" r="4.5" fill="var(--success-solid)" />;
    case "paused":
      return <path d="M4.75 3v8M9.25 3v8" stroke="var(--warning-solid)" strokeWidth="2.5" />;
    case "failed":
      return <path d="M4.2 4.2l5.6 5.6m0-5.6l-5.6 5.6" stroke="var(--danger-solid)" strokeWidth="2" strokeLinecap="round" />;
    case "dead":
      return <path d="M3 7h8" stroke="var(--danger-solid)" strokeWidth="2.5" />;
    case "created":
      return <circle cx="7" cy="7" r="4" stroke="var(--n9)" strokeWidth="1.6" strokeDasharray="1.6 2.6" />;
    case "busy":
      return (
        <path d="M7 3a4 4 0 1 1-4 4" stroke="var(--info-solid)" strokeWidth="1.8" strokeLinecap="round">
          <animateTransform attributeName="transform" type="rotate" from="0 7 7" to="360 7 7" dur="1s" repeatCount="indefinite" />
        </path>
      );
    case "unhealthy":
      return <path d="M7 2.4L12.2 11.4H1.8z" fill="var(--danger-solid)" />;
    case "exited":
      return <circle cx="7" cy="7" r="4" stroke="var(--n9)" strokeWidth="1.6" />;
  }
}
