import { Ellipsis, Layers, Link, Play, Trash2 } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import { useStore } from "zustand";
import type { ImageInspectInfo } from "dockerode";
import { toIpcErrorInfo, type IpcErrorInfo } from "../../../../electron/ipc/errors.ts";
import { size } from "../../../lib/size.ts";
import { plural } from "../../../lib/time.ts";
import { containersStore } from "../../../stores/containers.ts";
import { client } from "../../../stores/host.ts";
import { imageFactsStore, measureImages } from "../../../stores/image-facts.ts";
import { shortIdOf } from "../../../stores/image-row.ts";
import { imagesStore, type ImageEntry } from "../../../stores/images.ts";
import { href, imageTabs, navigate, openDialog, type ImageTab } from "../../../stores/route.ts";
import { Button, IconButton } from "../../../ui/button/Button.tsx";
import { Badge } from "../../../ui/display/Badge.tsx";
import { copyText, Copyable } from "../../../ui/display/Copy.tsx";
import { JsonView } from "../../../ui/display/JsonView.tsx";
import { Problem } from "../../../ui/feedback/Problem.tsx";
import { DetailPage } from "../../../ui/layout/DetailPage.tsx";
import { Screen } from "../../../ui/layout/Screen.tsx";
import { MenuButton } from "../../../ui/overlay/MenuButton.tsx";
import { TableSkeleton } from "../../../ui/table/TableSkeleton.tsx";
import { imageActions } from "../actions.tsx";
import { askRemoveNames } from "../remove.tsx";
import { useHasFiles } from "../useHasFiles.ts";
import { History } from "./History.tsx";
import { LayersTab } from "./LayersTab.tsx";
import { FilesTab } from "./FilesTab.tsx";
import { Overview } from "./Overview.tsx";

const tabNames: Record<ImageTab, string> = { overview: "Overview", layers: "Layers", files: "Files", history: "History", inspect: "Inspect" };

/** One image: what it is made for, its layers and their files, how it was made. @param id an id or a name */
export function ImagePage({ id, tab }: { readonly id: string; readonly tab: ImageTab }) {
  const { phase, entries } = useStore(imagesStore);
  const hasFiles = useHasFiles();
  const found = useMemo(() => entriesOf(entries, id), [entries, id]);
  const [entry] = found;
  const imageId = entry?.id ?? id;
  const inspected = useInspect(imageId, entry?.info);
  const containers = useStore(containersStore, (state) => state.rows);
  const users = useMemo(() => containers.filter((container) => container.imageId === imageId), [containers, imageId]);
  const shared = useStore(imageFactsStore, (facts) => facts.shared.get(imageId));
  useEffect(() => {
    if (entry) void measureImages();
  }, [entry]);
  if (!entry) {
    return (
      <Screen title="Image">
        {phase === "loading" ? <TableSkeleton label="Loading the image" /> : <Problem fill title={`There is no image ${/^sha256:/.test(id) ? shortIdOf(id) : id}.`} cause="It may have been removed, here or by another client." actions={<Button onClick={() => navigate(href.images())}>All images</Button>} />}
      </Screen>
    );
  }
  const name = entry.dangling ? entry.repository || entry.shortId : entry.reference;
  const names = found.flatMap(({ references }) => references);
  const { info, error, reload } = inspected;
  const tabs = imageTabs.filter((each) => each !== "files" || hasFiles);
  return (
    <DetailPage
      kind="Image"
      label={`Image ${name}`}
      name={name}
      icon={<Layers />}
      back="All images"
      onBack={() => navigate(href.images())}
      facts={
        <>
          {entry.dangling && <Badge tone="warning">dangling</Badge>}
          <span>{users.length === 0 ? "Unused" : `Used by ${plural(users.length, "container")}`}</span>
          <span className="num">{size(entry.size)}{shared !== undefined && `, ${size(Math.max(0, entry.size - shared))} in no other image`}</span>
          {info && <span>{[info.Os, info.Architecture, variantOf(info)].filter(Boolean).join("/")}</span>}
          <Copyable text={entry.id} what="image ID">{entry.shortId}</Copyable>
        </>
      }
      actions={
        <>
          <IconButton label="Copy link" onClick={() => void copyText(location.href)}><Link /></IconButton>
          <Button icon={<Trash2 />} onClick={() => askRemoveNames(names.length > 0 ? names : [entry.id], name, () => navigate(href.images()))}>Remove</Button>
          <Button variant="primary" icon={<Play />} onClick={() => openDialog("run", entry.reference)}>Run</Button>
          <MenuButton actions={imageActions(entry, hasFiles).filter(({ label }) => !["Open", "Run", "Remove"].includes(label))} trigger={<IconButton label={`More actions for ${name}`} tip="More"><Ellipsis /></IconButton>} />
        </>
      }
      tab={tab === "files" && !hasFiles ? "overview" : tab}
      tabs={tabs.map((value) => ({ value, label: tabNames[value] }))}
      onTab={(next) => navigate(href.image(id, next))}
    >
      {error && !info ? <Problem fill title="The image could not be read." cause={error.message} raw={error.cause} actions={<Button onClick={reload}>Try again</Button>} />
      : tab === "layers" ? <LayersTab key={imageId} id={imageId} imageSize={entry.size} />
      : tab === "files" && hasFiles ? <FilesTab key={imageId} id={imageId} />
      : tab === "history" ? <History id={imageId} name={name} />
      : !info ? <TableSkeleton label="Loading the image" />
      : tab === "inspect" ? <JsonView value={info} />
      : <Overview info={info} entry={entry} names={names} users={users} shared={shared} />}
    </DetailPage>
  );
}

/** The entries of the image that an id, part of one, or a name means; the one of that name first. */
function entriesOf(entries: readonly ImageEntry[], id: string): readonly ImageEntry[] {
  const named = entries.find((entry) => entry.references.includes(id) || entry.references.includes(`${id}:latest`));
  const imageId = named?.id ?? entries.find((entry) => entry.id === id || (/^[0-9a-f]{6,64}$/.test(id) && entry.id.startsWith(`sha256:${id}`)))?.id;
  const found = entries.filter((entry) => entry.id === imageId);
  return named ? [named, ...found.filter((entry) => entry !== named)] : found;
}

function variantOf(info: ImageInspectInfo): string {
  return (info as { Variant?: string }).Variant ?? "";
}

/** Everything the engine says about an image, read again when its list entry changes. */
function useInspect(id: string, trigger: unknown): { readonly info: ImageInspectInfo | undefined; readonly error: IpcErrorInfo | undefined; readonly reload: () => void } {
  const [answer, setAnswer] = useState<{ info?: ImageInspectInfo; error?: IpcErrorInfo }>({});
  const [round, setRound] = useState(0);
  useEffect(() => {
    if (trigger === undefined) return;
    const cancel = new AbortController();
    client().images.inspect({ id }, { signal: cancel.signal })
      .then((info) => setAnswer({ info }))
      .catch((error: unknown) => {
        if (!cancel.signal.aborted) setAnswer((before) => ({ ...before, error: toIpcErrorInfo(error) }));
      });
    return () => cancel.abort();
  }, [id, trigger, round]);
  return { info: answer.info, error: answer.error, reload: () => setRound(round + 1) };
}
