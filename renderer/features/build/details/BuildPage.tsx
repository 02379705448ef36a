import { ChevronLeft, CircleX, Ellipsis, Link, Play, RotateCw, Trash2 } from "lucide-react";
import { useEffect, useState, useSyncExternalStore, type ReactNode } from "react";
import { useStore } from "zustand";
import type { BuildSummary } from "../../../../electron/ipc/contract/builds.ts";
import { duration } from "../../../lib/time.ts";
import { buildsStore, cancelBuild } from "../../../stores/builds.ts";
import { href, navigate, openDialog, type BuildTab } from "../../../stores/route.ts";
import { Button, IconButton } from "../../../ui/button/Button.tsx";
import { Badge } from "../../../ui/display/Badge.tsx";
import { Copyable, copyText } from "../../../ui/display/Copy.tsx";
import { StateGlyph } from "../../../ui/display/StateGlyph.tsx";
import { TabPanel, Tabs } from "../../../ui/display/Tabs.tsx";
import { Time } from "../../../ui/display/Time.tsx";
import { Problem } from "../../../ui/feedback/Problem.tsx";
import { MenuButton } from "../../../ui/overlay/MenuButton.tsx";
import { askRemoveBuilds } from "../remove.tsx";
import { countWords, statusGlyphs, statusWords } from "../words.ts";
import { Failure } from "./Failure.tsx";
import { Warnings } from "./Findings.tsx";
import { BuildSession } from "./session.ts";
import { Steps } from "./Steps.tsx";
import css from "../Build.module.css";

export interface BuildPageProps {
  /** Id, or the beginning of it. */
  readonly id: string;
  readonly tab: BuildTab;
  /** A terminal in the failed step; belongs to another feature. */
  readonly shell: (build: BuildSummary) => ReactNode;
}

/** One build, live: its steps, why each ran, what they printed. */
export function BuildPage({ id, tab, shell }: BuildPageProps) {
  const build = useStore(buildsStore, (state) => state.byId.get(id) ?? (id.length >= 6 ? state.rows.find((row) => row.id.startsWith(id)) : undefined));
  const { phase, classic } = useStore(buildsStore);
  if (!build) {
    return (
      <main className={css["page"]} aria-label="Build">
        <h1 className="visually-hidden">Build {id.slice(0, 12)}</h1>
        {phase !== "loading" && (
          <Problem fill title={`There is no build ${id.slice(0, 12)}.`} cause={classic ? "This engine keeps no builds: those that begin here are kept until the application ends." : "It may have been removed from the history, which keeps the last 200."} actions={<Button onClick={() => navigate(href.builds())}>All builds</Button>} />
        )}
      </main>
    );
  }
  return <Page key={build.id} build={build} tab={tab} shell={shell} />;
}

function Page({ build, tab, shell }: { readonly build: BuildSummary; readonly tab: BuildTab; readonly shell: BuildPageProps["shell"] }) {
  const [session, setSession] = useState(() => new BuildSession(build.id));
  useSyncExternalStore(session.subscribe, session.getVersion);
  useEffect(() => {
    const next = new BuildSession(build.id);
    setSession(next);
    next.open();
    return () => next.dispose();
  }, [build.id]);
  const { state, phase, error } = session;
  const now = useTicks(build.status === "running");
  const kept = build.failedStep !== null;
  const tabs: { value: BuildTab; label: string }[] = [{ value: "steps", label: "Steps" }, { value: "shell", label: `Shell in step ${build.failedStep}` }];
  const open: BuildTab = kept ? tab : "steps";
  return (
    <main className={css["page"]} aria-label={`Build ${build.title}`}>
      <header className={css["header"]}>
        <IconButton label="All builds" onClick={() => navigate(href.builds())}><ChevronLeft /></IconButton>
        <div className={css["heading"]}>
          <h1 className={css["title"]}><StateGlyph state={statusGlyphs[build.status]} label={statusWords[build.status]} /><span className="cut" title={build.title}>{build.title}</span></h1>
          <div className={css["facts"]}>
            <span className="num" role="status">{statusWords[build.status]}{build.endedAt === null ? <> <Time at={build.startedAt} as="length" /></> : build.status === "interrupted" ? "" : ` in ${duration(Math.max(0, build.endedAt - build.startedAt))}`}{build.endedAt !== null && <>, <Time at={build.endedAt} /></>}</span>
            {build.steps > 0 && <span className="num">{countWords(build)}</span>}
            {build.target && <Badge>{build.target}</Badge>}
            {build.tags[0] !== undefined && build.tags[0] !== build.title && build.imageId !== null && <Copyable text={build.tags[0]} what="image" />}
            {build.imageId !== null && <Copyable text={build.imageId} what="image ID">{build.imageId.replace("sha256:", "").slice(0, 12)}</Copyable>}
            {build.contextPath !== null && <span className="mono cut" title={build.contextPath}>{build.contextPath}</span>}
          </div>
        </div>
        <Actions build={build} />
      </header>
      {kept && <Tabs label="Build" value={open} tabs={tabs} onChange={(next) => navigate(href.build(build.id, next))} />}
      {open === "shell"
        ? <TabPanel key="shell" value="shell">{shell(build)}</TabPanel>
        : <Panel tabbed={kept}>
            <div className={css["body"]}>
              {(build.status === "failed" || build.status === "interrupted") && <Failure build={build} state={state} />}
              {phase === "failed" && error && <Problem title="The steps of this build could not be read." cause={error.message} raw={error.cause} actions={<Button size="small" onClick={() => session.open()}>Try again</Button>} />}
              <Warnings warnings={state.warnings} />
              <Steps session={session} now={now} />
            </div>
          </Panel>}
    </main>
  );
}

/** The steps: a panel of tabs where there are any. */
function Panel({ tabbed, children }: { readonly tabbed: boolean; readonly children: ReactNode }) {
  return tabbed ? <TabPanel value="steps">{children}</TabPanel> : children;
}

function Actions({ build }: { readonly build: BuildSummary }) {
  const running = build.status === "running";
  return (
    <div className={css["actions"]}>
      {running && <Button icon={<CircleX />} onClick={() => void cancelBuild(build)}>Cancel</Button>}
      {!running && build.contextPath !== null && <Button icon={<RotateCw />} onClick={() => navigate(href.newBuild(build.id))}>Build again</Button>}
      {build.imageId !== null && <Button variant="primary" icon={<Play />} onClick={() => openDialog("run", build.tags[0] ?? build.imageId ?? "")}>Run</Button>}
      <MenuButton
        trigger={<IconButton label="More actions"><Ellipsis /></IconButton>}
        actions={[
          { label: "Copy link", icon: <Link />, run: () => void copyText(location.href) },
          { label: "Remove from the history", icon: <Trash2 />, danger: true, apart: true, disabled: running, run: () => askRemoveBuilds([build], () => navigate(href.builds())) },
        ]}
      />
    </div>
  );
}

const tickMs = 250;

/** The time now, moving on only while `running` and while the window is seen. */
function useTicks(running: boolean): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!running) return;
    let timer: ReturnType<typeof setInterval> | undefined;
    const follow = () => {
      clearInterval(timer);
      if (!document.hidden) timer = setInterval(() => setNow(Date.now()), tickMs);
    };
    follow();
    document.addEventListener("visibilitychange", follow);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", follow);
    };
  }, [running]);
  return now;
}
