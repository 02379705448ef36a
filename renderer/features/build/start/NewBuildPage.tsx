import { ChevronLeft, Folder, Hammer } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import { useStore } from "zustand";
import { buildsStore } from "../../../stores/builds.ts";
import { href, navigate } from "../../../stores/route.ts";
import { Button, IconButton } from "../../../ui/button/Button.tsx";
import { CommandLine } from "../../../ui/display/Copy.tsx";
import { TabPanel, Tabs } from "../../../ui/display/Tabs.tsx";
import { Problem } from "../../../ui/feedback/Problem.tsx";
import { documentsStore, isDirty, openDocument, saveDocument } from "../editor/documents.ts";
import { EditorPanel } from "../editor/EditorPanel.tsx";
import { useDescription } from "../editor/useDescription.ts";
import { ClassicNote } from "../ClassicNote.tsx";
import { buildLine, dockerfilePath, forecastForm, isAddress, parseBuild, withoutPrivate } from "./build-form.ts";
import { beginAfresh, beginFrom, beginWith, buildFormStore, submit, type } from "./build-store.ts";
import { Fields } from "./Fields.tsx";
import { Forecast } from "./Forecast.tsx";
import { useFolder } from "./useFolder.ts";
import { useForecast } from "./useForecast.ts";
import css from "../Build.module.css";

const tabs = [{ value: "forecast", label: "Forecast" }, { value: "dockerfile", label: "Dockerfile" }] as const;

/** Starts a build: what it is made of on the left; beside it which steps would run, and the Dockerfile to edit. */
export function NewBuildPage({ from }: { readonly from: string | undefined }) {
  const { text, touched, tried, phase, error, recalled, from: filledFrom } = useStore(buildFormStore);
  const classic = useStore(buildsStore, (state) => state.classic);
  const source = useStore(buildsStore, (state) => (from === undefined ? undefined : state.byId.get(from)));
  const recent = useStore(buildsStore, (state) => state.rows);
  const [chosen, setTab] = useState<"forecast" | "dockerfile">(source?.status === "failed" ? "dockerfile" : "forecast");
  const tab = classic ? "dockerfile" : chosen;
  useEffect(() => { if (source) beginFrom(source); }, [source]);

  const folder = text.folder.trim();
  const { listing, error: folderError, suggestions } = useFolder(folder);
  const path = listing && dockerfilePath(listing.path, text.dockerfile);
  useEffect(() => { if (path !== undefined) void openDocument(path); }, [path]);
  const found = listing?.path;
  useEffect(() => { if (found !== undefined) beginWith(found); }, [found]);
  useEffect(() => {
    if (path === undefined) return;
    const back = () => void openDocument(path);
    window.addEventListener("focus", back);
    return () => window.removeEventListener("focus", back);
  }, [path]);
  const document = useStore(documentsStore, (documents) => (path === undefined ? undefined : documents.get(path)));
  const described = useDescription(document?.file === undefined ? undefined : document.text);
  const description = described?.description;

  const { form, errors } = useMemo(() => parseBuild(classic ? withoutPrivate(text) : text, listing?.path), [classic, text, listing?.path]);
  const version = isAddress(folder) ? undefined : (document?.file?.version ?? null);
  const asked = useMemo(() => forecastForm(text, listing?.path), [text, listing?.path]);
  const forecast = useForecast(!classic && (listing || isAddress(folder)) ? asked : undefined, version);
  const missing = document?.phase === "ready" && document.file?.version === null;
  const dirty = isDirty(document);
  const wrong = (name: string) => (tried || touched.has(name.split(".")[0] ?? name) ? errors[name] : undefined);
  const lastFolders = useMemo(() => [...new Set(recent.flatMap((build) => build.contextPath ?? []))].slice(0, 10), [recent]);

  async function build() {
    buildFormStore.setState({ tried: true });
    if (!form || phase !== "idle" || folderError) return;
    if (dirty && path !== undefined && !(await saveDocument(path))) return setTab("dockerfile");
    const id = await submit(form, text);
    if (id !== undefined) navigate(href.build(id));
  }

  return (
    <main className={css["page"]} aria-label="Build an image">
      <header className={css["header"]}>
        <IconButton label="All builds" onClick={() => navigate(href.builds())}><ChevronLeft /></IconButton>
        <div className={css["heading"]}><h1 className={css["title"]}>Build an image</h1></div>
        <Button variant="primary" icon={<Hammer />} disabled={phase !== "idle" || (tried && !form)} onClick={() => void build()}>{phase === "starting" ? "Starting" : dirty ? "Save and build" : "Build"}</Button>
      </header>
      <div className={css["columns"]}>
        <form className={css["form"]} aria-label="Build" onSubmit={(event) => { event.preventDefault(); void build(); }}>
          <div className={css["fields"]}>
            {classic && <p className="quiet"><ClassicNote what="form" /></p>}
            {error && <Problem title="The build did not start." cause={error.message} raw={error.cause} />}
            {from === undefined && filledFrom === undefined && recalled !== undefined && recalled === found && <p className={css["recalled"]} role="status">Filled in as this folder was built last. <Button size="small" variant="ghost" onClick={beginAfresh}>Start afresh</Button></p>}
            <Fields
              text={text}
              wrong={wrong}
              tried={tried}
              folderError={folder === "" ? undefined : folderError?.message}
              dockerfileError={missing && !dirty ? `There is no ${text.dockerfile.trim() || "Dockerfile"} in this folder. Write it beside, or choose another.` : undefined}
              suggestions={folder === "" ? lastFolders : suggestions}
              listing={listing}
              description={description}
              classic={classic}
            />
          </div>
          <div className={css["pinned"]}><CommandLine command={buildLine(classic ? withoutPrivate(text) : text)} copyLabel="Copy as docker build" /></div>
          <button type="submit" className="visually-hidden" tabIndex={-1} aria-hidden="true">Build</button>
        </form>
        <div className={css["side"]}>
          <Tabs label="Beside the form" value={tab} tabs={classic ? tabs.filter(({ value }) => value === "dockerfile") : tabs} onChange={setTab} />
          <TabPanel key={tab} value={tab}>
            {tab === "forecast" ? <Forecast state={forecast} blank={folder === "" && lastFolders.length > 0 ? <Recent folders={lastFolders} /> : blank(folder, missing, asked === undefined)} />
            : document ? <EditorPanel document={document} described={described} />
            : classic && folder === "" && lastFolders.length > 0 ? <div className={css["forecast"]}><Recent folders={lastFolders} classic /></div>
            : <div className={css["forecast"]}><p className="quiet">{isAddress(folder) ? "The Dockerfile of a repository is read when the build begins." : "Choose a folder to edit its Dockerfile."}</p></div>}
          </TabPanel>
        </div>
      </div>
    </main>
  );
}

/** Folders of earlier builds, to begin with one. */
function Recent({ folders, classic = false }: { readonly folders: readonly string[]; readonly classic?: boolean }) {
  return (
    <>
      <p className="quiet">{classic ? "Choose a folder to edit its Dockerfile." : blank("", false, true)}</p>
      <section className={css["recent"]} aria-label="Recent folders">
        <h2>Recent folders</h2>
        {folders.map((folder) => <Button key={folder} size="small" variant="ghost" icon={<Folder />} onClick={() => type({ folder }, "folder")}>{folder}</Button>)}
      </section>
    </>
  );
}

function blank(folder: string, missing: boolean, incomplete: boolean): string {
  if (folder === "") return "Choose a folder to see which steps the cache has, and why the others would run.";
  if (missing) return "There is no Dockerfile yet: write one in the tab beside.";
  return incomplete ? "Complete the form to see which steps would run." : "";
}
