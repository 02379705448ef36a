import { Check, CircleDashed, X } from "lucide-react";
import { cx } from "../../lib/cx.ts";
import { sentence } from "../../lib/sentence.ts";
import { duration } from "../../lib/time.ts";
import { testRegistry, type TestState } from "../../stores/registries.ts";
import { openLogin } from "../../stores/route.ts";
import { Button } from "../../ui/button/Button.tsx";
import { Problem } from "../../ui/feedback/Problem.tsx";
import { advice, stepNames, steps } from "./words.ts";
import css from "./Registries.module.css";

/** How far a test got: each step, and for the one that failed its cause and what to do. */
export function TestSteps({ host, state }: { readonly host: string; readonly state: TestState }) {
  if (state !== "running" && "error" in state) return <Problem title="The test could not be made." cause={state.error.message} raw={state.error.cause} actions={<Button size="small" onClick={() => void testRegistry(host)}>Try again</Button>} />;
  const failed = state === "running" || state.ok ? -1 : steps.indexOf(state.step === "done" ? "http" : state.step);
  return (
    <div className={css["tested"]}>
      <p role="status" className={state !== "running" && state.ok ? css["works"] : "quiet"}>{state === "running" ? `Testing ${host}` : state.ok ? `${host} works: it answered in ${duration(state.milliseconds)}.` : `The test of ${host} stopped after ${duration(state.milliseconds)} at “${stepNames[state.step]}”.`}</p>
      <ol className={css["steps"]} aria-label="Steps of the test">
        {steps.map((step, at) => {
          const outcome = state === "running" ? "open" : failed < 0 || at < failed ? "passed" : at === failed ? "failed" : "open";
          return (
            <li key={step} className={cx(css["step"], css[outcome])}>
              {outcome === "passed" ? <Check aria-hidden="true" /> : outcome === "failed" ? <X aria-hidden="true" /> : <CircleDashed aria-hidden="true" />}
              <span>{stepNames[step]}<span className="visually-hidden">{outcome === "passed" ? ": passed" : outcome === "failed" ? ": failed" : ": not reached"}</span></span>
            </li>
          );
        })}
      </ol>
      {state !== "running" && !state.ok && (
        <Problem
          title={sentence(state.message)}
          cause={advice(state.step, host)}
          actions={
            <>
              {state.step === "login" && <Button size="small" onClick={() => openLogin(host)}>Log in</Button>}
              <Button size="small" onClick={() => void testRegistry(host)}>Test again</Button>
            </>
          }
        />
      )}
    </div>
  );
}
