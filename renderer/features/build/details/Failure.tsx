import { Pencil, RotateCw, SquareTerminal, X } from "lucide-react";
import type { BuildSummary } from "../../../../electron/ipc/contract/builds.ts";
import { client } from "../../../stores/host.ts";
import { dismissFailedStep, markBegun } from "../../../stores/builds.ts";
import { report } from "../../../stores/report.ts";
import { href, navigate } from "../../../stores/route.ts";
import { Button } from "../../../ui/button/Button.tsx";
import { Problem } from "../../../ui/feedback/Problem.tsx";
import type { BuildState } from "./build-state.ts";
import css from "../Build.module.css";

/** Why a build failed, and what helps: a shell in the failed step, another Dockerfile, or letting go of it. */
export function Failure({ build, state }: { readonly build: BuildSummary; readonly state: BuildState }) {
  const error = state.error?.message ?? build.error;
  if (error === null || error === undefined) return null;
  const details = state.error?.details ?? {};
  const frame = typeof details["frame"] === "string" ? details["frame"] : undefined;
  const failed = state.steps.find((step) => step.phase === "failed");
  const kept = build.failedStep !== null;
  const [first = "", ...rest] = error.split("\n");
  const code = typeof details["exitCode"] === "number" ? details["exitCode"] : undefined;
  const title = code !== undefined && failed ? `Step ${failed.info.number} failed: its command ended with code ${code}.` : sentence(first);
  return (
    <Problem
      title={title}
      cause={kept ? `What step ${build.failedStep} had made is kept as it was when it failed, until it is dismissed.` : undefined}
      raw={code !== undefined || (rest.length > 0 && frame === undefined) ? error : undefined}
      actions={
        <>
          {kept && <Button size="small" icon={<SquareTerminal />} onClick={() => navigate(href.build(build.id, "shell"))}>Open a shell in it</Button>}
          {build.contextPath !== null && <Button size="small" icon={<Pencil />} onClick={() => navigate(href.newBuild(build.id))}>Edit and build again</Button>}
          {kept && build.contextPath === null && <Button size="small" icon={<RotateCw />} onClick={() => void retry(build)}>Build again</Button>}
          {kept && <Button size="small" icon={<X />} onClick={() => void dismissFailedStep(build)}>Dismiss</Button>}
        </>
      }
    >
      {frame && <pre className={css["frame"]} tabIndex={0} aria-label="Where in the Dockerfile">{frame}</pre>}
    </Problem>
  );
}

/** For a build whose files were sent as an archive: the engine still has them. */
async function retry(build: BuildSummary): Promise<void> {
  try {
    const { id } = await client().builds.retry({ id: build.id });
    markBegun(id);
    navigate(href.build(id));
  } catch (error) {
    report(`${build.title} was not built again.`, error);
  }
}

function sentence(text: string): string {
  const capital = text.slice(0, 1).toUpperCase() + text.slice(1);
  return /[.:]$/.test(capital) ? capital : `${capital}.`;
}
