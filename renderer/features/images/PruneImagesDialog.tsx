import { Trash2 } from "lucide-react";
import { useEffect, useState } from "react";
import { useStore } from "zustand";
import type { RemovalPreview } from "../../../electron/ipc/contract/image-contents.ts";
import { toIpcErrorInfo, type IpcErrorInfo } from "../../../electron/ipc/errors.ts";
import { size } from "../../lib/size.ts";
import { plural } from "../../lib/time.ts";
import { binStore, entryName } from "../../stores/bin.ts";
import { client } from "../../stores/host.ts";
import { imagesStore, readImages } from "../../stores/images.ts";
import { notice } from "../../stores/notices.ts";
import { closeDialog, routeStore } from "../../stores/route.ts";
import { Button } from "../../ui/button/Button.tsx";
import { Skeleton } from "../../ui/display/Bar.tsx";
import { CommandLine } from "../../ui/display/Copy.tsx";
import { Problem } from "../../ui/feedback/Problem.tsx";
import { Segments } from "../../ui/field/Segments.tsx";
import { Dialog } from "../../ui/overlay/Dialog.tsx";
import { RemovalWords } from "./remove.tsx";
import css from "./Images.module.css";

/** Removes images that no container uses, after it has said which they are and what that frees, to the byte where the engine can. */
export function PruneImagesDialog() {
  const open = useStore(routeStore, (route) => route.dialog?.kind === "prune-images");
  const entries = useStore(imagesStore, (state) => state.entries);
  const [wanted, setWanted] = useState<"dangling" | "unused">("dangling");
  const [answer, setAnswer] = useState<{ preview?: RemovalPreview; error?: IpcErrorInfo }>({});
  const [busy, setBusy] = useState(false);
  const dangling = wanted === "dangling";

  useEffect(() => {
    if (!open || busy) return;
    const cancel = new AbortController();
    setAnswer({});
    client().imageContents.previewPrune({ dangling }, { signal: cancel.signal })
      .then((preview) => setAnswer({ preview }))
      .catch((error: unknown) => {
        if (!cancel.signal.aborted) setAnswer({ error: toIpcErrorInfo(error) });
      });
    return () => cancel.abort();
  }, [open, dangling, entries, busy]);

  const { preview, error } = answer;
  const kept = useStore(binStore, (state) => state.entries).filter(({ kind }) => kind === "image" || kind === "container");
  const count = preview?.deleted.length ?? 0;

  async function prune() {
    setBusy(true);
    try {
      const { deleted, freedBytes } = await client().imageContents.prune({ dangling });
      closeDialog();
      notice({ kind: "done", title: `${plural(count, "image")} removed, ${size(freedBytes)} freed.` });
      if (deleted.length > 0) await readImages();
    } catch (problem) {
      setAnswer({ error: toIpcErrorInfo(problem) });
    } finally {
      setBusy(false);
    }
  }

  return (
    <Dialog
      open={open}
      onClose={closeDialog}
      title="Prune images"
      description={<p>Removes images that no container uses, running or not. Those that came from a registry can be pulled again.</p>}
      pinned={<CommandLine command={dangling ? "docker image prune" : "docker image prune --all"} />}
      footer={
        <>
          <Button onClick={closeDialog}>Cancel</Button>
          <Button variant="danger" icon={<Trash2 />} disabled={busy || count === 0} onClick={() => void prune()}>{busy ? "Removing" : count === 0 ? "Remove" : `Remove ${plural(count, "image")}`}</Button>
        </>
      }
    >
      <div className={css["prune"]}>
        <Segments label="Which images" value={wanted} options={[{ value: "dangling", label: "Dangling" }, { value: "unused", label: "All unused" }]} onChange={setWanted} />
        <p className="quiet">{dangling ? "Images that lost their last tag, mostly to a newer build or pull." : "Every image without a container, tagged or not."}</p>
        {!dangling && kept.length > 0 && <p>Images and containers that were removed recently go for good, too: {kept.slice(0, 5).map(entryName).join(", ")}{kept.length > 5 && ` and ${kept.length - 5} more`}.</p>}
        {error ? <Problem title="What goes could not be worked out." cause={error.message} raw={error.cause} />
        : !preview ? <div role="status" aria-label="Working out what goes" className={css["removal"]}><Skeleton width="62%" height={16} /></div>
        : count === 0 && preview.freedBytes === 0 ? <p role="status">{dangling ? "No image is dangling: nothing to remove." : "Containers use every image: nothing to remove."}</p>
        : count === 0 ? <p role="status" className="num">No image goes. Leftovers of ended pulls{!dangling && kept.length > 0 && " and of removed images"} take {preview.freedBytes.toLocaleString("en")} bytes ({size(preview.freedBytes)}); the next prune with an image frees them.</p>
        : <div className={css["removal"]}><RemovalWords preview={preview} /></div>}
      </div>
    </Dialog>
  );
}
