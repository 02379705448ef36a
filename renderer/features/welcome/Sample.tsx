import { ExternalLink, Play } from "lucide-react";
import { useStore } from "zustand";
import type { GlyphState } from "../../lib/glyph.ts";
import { duration } from "../../lib/time.ts";
import { openExternal } from "../../stores/app.ts";
import { containersStore } from "../../stores/containers.ts";
import { helpFor } from "../../stores/report.ts";
import { href, navigate } from "../../stores/route.ts";
import { sampleSteps, sampleStore, trySample, type SampleState, type SampleStep } from "../../stores/sample.ts";
import { Button } from "../../ui/button/Button.tsx";
import { CommandLine, Copyable } from "../../ui/display/Copy.tsx";
import { Card } from "../../ui/display/Facts.tsx";
import { StateGlyph } from "../../ui/display/StateGlyph.tsx";
import { Problem } from "../../ui/feedback/Problem.tsx";
import css from "./Welcome.module.css";

const words: Record<SampleStep, { readonly title: string; readonly about: string }> = {
  prepare: { title: "Write the project", about: "A Dockerfile, a web page, and a root file system made of this machine's own busybox." },
  build: { title: "Build the image", about: "Each line of the Dockerfile becomes a layer. Nothing is fetched." },
  run: { title: "Run a container", about: "The image starts as a process of its own, and port 8080 inside is published on this machine." },
};

/** A first container within a minute, without a registry: one button, every step in view, and the container with its port at the end. */
export function Sample({ ready }: { readonly ready: boolean }) {
  const state = useStore(sampleStore);
  const running = state.phase === "running";
  return (
    <Card title="A first container">
      <div className={css["sample"]}>
        <p className="quiet">A small web server, from its source to a running container. It needs no registry, no account and no network.</p>
        {state.phase !== "done" && <div className={css["actions"]}><Button variant="primary" icon={<Play />} disabled={running || !ready} onClick={() => void trySample()}>{running ? "Working" : "Build and run the sample"}</Button>{!ready && <span className="quiet">As soon as the engine answers.</span>}</div>}
        <ol aria-label="Steps">{sampleSteps.map((step) => <Step key={step} step={step} state={state} />)}</ol>
        {state.phase === "failed" && state.error && (
          <Problem title={state.error.message} raw={state.error.cause} actions={helpFor(state.error).map((help) => <Button key={help.label} size="small" onClick={help.run}>{help.label}</Button>)}>
            {typeof state.error.details["command"] === "string" && <CommandLine command={state.error.details["command"]} label="What puts it right" />}
          </Problem>
        )}
        {state.phase === "done" && <Result state={state} />}
      </div>
    </Card>
  );
}

function Step({ step, state }: { readonly step: SampleStep; readonly state: SampleState }) {
  const [glyph, word] = look(step, state);
  return (
    <li className={css["step"]} data-state={word}>
      <StateGlyph state={glyph} label={word} />
      <div>
        <p className={css["title"]}>{words[step].title}</p>
        <p className="quiet">{words[step].about}</p>
        {step === "prepare" && state.folder !== undefined && <Copyable text={state.folder} what="folder of the project" />}
        {step === "build" && state.buildId !== undefined && <a className={css["link"]} href={href.build(state.buildId)}>Show the build</a>}
      </div>
    </li>
  );
}

function look(step: SampleStep, { phase, step: at }: SampleState): [GlyphState, string] {
  const [own, current] = [sampleSteps.indexOf(step), sampleSteps.indexOf(at)];
  if (phase === "idle" || own > current) return ["created", "To do"];
  if (own < current || phase === "done") return ["running", "Done"];
  return phase === "failed" ? ["failed", "Failed"] : ["busy", "Working"];
}

/** The container as it is now, and its port to click. */
function Result({ state: { containerId = "", url = "", buildId, started, ended } }: { readonly state: SampleState }) {
  const row = useStore(containersStore, (containers) => containers.byId.get(containerId));
  return (
    <div className={css["result"]} role="status">
      <p className={css["container"]}>
        {row && <StateGlyph state={row.glyph} label={row.words} />}
        <a className={`${css["title"]} ${css["link"]}`} href={href.container(containerId)}>{row?.name ?? "The container"}</a>
        <span className="quiet">{row?.state === "running" ? `runs, ${duration((ended ?? started) - started)} after the click.` : row ? "does not run any more." : "is gone."}</span>
      </p>
      <div className={css["actions"]}>
        <Button variant="primary" icon={<ExternalLink />} disabled={row?.state !== "running"} onClick={() => openExternal(url)}>Open {url}</Button>
        <Button disabled={!row} onClick={() => navigate(href.container(containerId, "logs"))}>Show the container</Button>
        <Button onClick={() => navigate(href.newBuild(buildId))}>Change the project</Button>
        <Button variant="ghost" onClick={() => void trySample()}>Do it again</Button>
      </div>
    </div>
  );
}
