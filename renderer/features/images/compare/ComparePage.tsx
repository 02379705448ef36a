import type { ImageInspectInfo } from "dockerode";
import { ArrowLeftRight, ChevronLeft } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import { useStore } from "zustand";
import type { ImageComparison } from "../../../../electron/ipc/contract/image-contents.ts";
import { toIpcErrorInfo, type IpcErrorInfo } from "../../../../electron/ipc/errors.ts";
import { size } from "../../../lib/size.ts";
import { plural } from "../../../lib/time.ts";
import { client } from "../../../stores/host.ts";
import { imagesStore } from "../../../stores/images.ts";
import { href, navigate } from "../../../stores/route.ts";
import { Button, IconButton } from "../../../ui/button/Button.tsx";
import { Card } from "../../../ui/display/Facts.tsx";
import { Skeleton } from "../../../ui/display/Bar.tsx";
import { Problem } from "../../../ui/feedback/Problem.tsx";
import { Select } from "../../../ui/field/Field.tsx";
import { DetailBody } from "../../../ui/layout/DetailPage.tsx";
import { Screen } from "../../../ui/layout/Screen.tsx";
import { useHasFiles } from "../useHasFiles.ts";
import { commonLayers, compareConfigs, type ConfigRow } from "./config.ts";
import { Differences } from "./Differences.tsx";
import css from "./Compare.module.css";

/** Two images side by side: layers they share, settings and files that differ. */
export function ComparePage({ before, after }: { readonly before: string; readonly after: string }) {
  const rows = useStore(imagesStore, (state) => state.rows);
  const options = useMemo(() => rows.map((row) => row.reference).toSorted((a, b) => a.localeCompare(b, "en", { numeric: true })), [rows]);
  const go = (left: string, right: string) => navigate(href.compareImages(left, right));
  const list = (chosen: string, word: string) => [...(chosen === "" || !options.includes(chosen) ? [{ value: chosen, label: chosen === "" ? word : chosen }] : []), ...options.map((value) => ({ value, label: value }))];
  return (
    <Screen
      title="Compare images"
      tools={
        <div className={css["choice"]}>
          <Select aria-label="First image" options={list(before, "Choose an image")} value={before} onChange={(event) => go(event.target.value, after)} />
          <IconButton label="Swap the images" disabled={after === ""} onClick={() => go(after, before)}><ArrowLeftRight /></IconButton>
          <Select aria-label="Second image" options={list(after, "Choose an image")} value={after} onChange={(event) => go(before, event.target.value)} />
        </div>
      }
      action={<Button icon={<ChevronLeft />} onClick={() => navigate(href.images())}>All images</Button>}
    >
      {after === "" ? <p className={css["hint"]}>Choose the image to compare {before} with.</p>
      : before === after ? <p className={css["hint"]}>These are the same image. Choose another one.</p>
      : <Comparison before={before} after={after} />}
    </Screen>
  );
}

interface Answer {
  readonly infos?: readonly [ImageInspectInfo, ImageInspectInfo];
  readonly files?: ImageComparison;
  readonly error?: IpcErrorInfo;
  readonly filesError?: IpcErrorInfo;
}

function Comparison({ before, after }: { readonly before: string; readonly after: string }) {
  const hasFiles = useHasFiles();
  const [answer, setAnswer] = useState<Answer>({});
  const [round, setRound] = useState(0);
  useEffect(() => {
    const cancel = new AbortController();
    const { signal } = cancel;
    const note = (part: Answer) => {
      if (!signal.aborted) setAnswer((known) => ({ ...known, ...part }));
    };
    setAnswer({});
    const { images, imageContents } = client();
    Promise.all([images.inspect({ id: before }, { signal }), images.inspect({ id: after }, { signal })]).then((infos) => note({ infos }), (error: unknown) => note({ error: toIpcErrorInfo(error) }));
    if (hasFiles) imageContents.compare({ before, after }, { signal }).then((files) => note({ files }), (error: unknown) => note({ filesError: toIpcErrorInfo(error) }));
    return () => cancel.abort();
  }, [before, after, hasFiles, round]);
  const { infos, files, error, filesError } = answer;
  if (error) return <Problem fill title="The images could not be read." cause={error.message} raw={error.cause} actions={<Button onClick={() => setRound(round + 1)}>Try again</Button>} />;
  if (!infos) return <div className={css["waiting"]} role="status" aria-label="Reading the images"><Skeleton width="40%" /><Skeleton width="55%" /></div>;
  return (
    <DetailBody>
      <Layers infos={infos} />
      <Settings rows={compareConfigs(infos[0], infos[1])} before={before} after={after} />
      {hasFiles && (
        filesError ? <Problem title="The files could not be compared." cause={filesError.message} raw={filesError.cause} actions={<Button size="small" onClick={() => setRound(round + 1)}>Try again</Button>} />
        : files ? <Differences comparison={files} />
        : <Card title="Files"><div className={css["comparing"]} role="status" aria-label="Comparing files"><Skeleton width="48%" /><Skeleton width="62%" /><Skeleton width="37%" /></div></Card>
      )}
    </DetailBody>
  );
}

function Layers({ infos: [before, after] }: { readonly infos: readonly [ImageInspectInfo, ImageInspectInfo] }) {
  const [left, right] = [before.RootFS.Layers ?? [], after.RootFS.Layers ?? []];
  const common = commonLayers(left, right);
  const change = after.Size - before.Size;
  return (
    <Card title="Layers">
      <p className={css["line"]}>
        {common === 0 ? "They have no layer in common." : common === left.length && common === right.length ? `All ${plural(common, "layer")} are the same.` : `The first ${plural(common, "layer")} are the same${common === left.length ? `; the second image is built on the first, with ${plural(right.length - common, "layer")} more` : common === right.length ? `; the first image is built on the second, with ${plural(left.length - common, "layer")} more` : `; then come ${left.length - common} and ${right.length - common} others`}.`}
        {" "}<span className="num">{size(before.Size)} and {size(after.Size)}{change !== 0 && `: the second is ${size(Math.abs(change))} ${change > 0 ? "larger" : "smaller"}`}.</span>
      </p>
    </Card>
  );
}

function Settings({ rows, before, after }: { readonly rows: readonly ConfigRow[]; readonly before: string; readonly after: string }) {
  return (
    <Card title="Configuration">
      {rows.length === 0 ? <p className={css["line"]}>The configuration is the same.</p> : (
        <table className={css["settings"]} aria-label="Settings that differ">
          <thead><tr><th>Setting</th><th>{before}</th><th>{after}</th></tr></thead>
          <tbody>
            {rows.map((row) => (
              <tr key={`${row.group} ${row.name}`}>
                <th scope="row"><span className="quiet">{row.group}</span> {row.name}</th>
                <td>{row.before === undefined ? <span className="quiet">none</span> : <code className="mono">{row.before}</code>}</td>
                <td>{row.after === undefined ? <span className="quiet">none</span> : <code className="mono">{row.after}</code>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Card>
  );
}
