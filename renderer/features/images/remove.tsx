import { useEffect, useRef, useState } from "react";
import { useStore } from "zustand";
import type { BinEntry } from "../../../electron/ipc/contract/bin.ts";
import type { RemovalPreview } from "../../../electron/ipc/contract/image-contents.ts";
import { toIpcErrorInfo } from "../../../electron/ipc/errors.ts";
import { size } from "../../lib/size.ts";
import { plural } from "../../lib/time.ts";
import { comesBack, keepHours, offerUndo } from "../../stores/bin.ts";
import { containersStore } from "../../stores/containers.ts";
import { shortIdOf } from "../../stores/image-row.ts";
import { previewRemoval, removeImages, type ImageEntry } from "../../stores/images.ts";
import { notice } from "../../stores/notices.ts";
import { Skeleton } from "../../ui/display/Bar.tsx";
import { Check } from "../../ui/field/Field.tsx";
import { allowConfirm, confirm } from "../../ui/overlay/confirms.ts";
import { namesOf } from "./users.ts";
import css from "./Images.module.css";

/** Asks once, saying to the byte what goes and what stays, then removes. */
export function askRemoveImages(images: readonly ImageEntry[], after?: () => void): void {
  const [first] = images;
  if (!first) return;
  askRemoveNames(images.flatMap(namesOf), images.length === 1 ? first.reference : plural(images.length, "image"), after);
}

/** The same for names or ids. @param what what they are called together */
export function askRemoveNames(names: readonly string[], what: string, after?: () => void): void {
  let force = false;
  let shown: RemovalPreview | undefined;
  confirm({
    title: `Remove ${what}`,
    body: <Removal names={names} onForce={(next) => (force = next)} onPreview={(next) => (shown = next)} />,
    action: `Remove ${what}`,
    run: async () => {
      const refused = new Set(shown?.refused.map(({ name }) => name));
      const kept: BinEntry[] = [];
      const { untagged, deleted } = await removeImages(names.length === 1 ? names : names.filter((name) => !refused.has(name)), force, (entry) => kept.push(entry));
      offerUndo(kept, kept.length === names.length ? what : plural(kept.length, "tag"));
      const images = shown?.deleted.filter(({ id }) => deleted.includes(id)).length ?? 0;
      if (untagged.length + deleted.length > 0) notice({ kind: "done", title: images > 0 ? `${plural(images, "image")} removed, ${shown?.isExact === false ? "about " : ""}${size(shown?.freedBytes ?? 0)} freed.` : `${plural(untagged.length, "tag")} removed.` });
      after?.();
    },
  });
}

interface RemovalProps {
  readonly names: readonly string[];
  readonly onForce: (force: boolean) => void;
  readonly onPreview: (preview: RemovalPreview) => void;
}

/** What a removal would do; told to the one who asks, too. */
function Removal({ names, onForce, onPreview }: RemovalProps) {
  const tell = useRef(onPreview);
  const [force, setForce] = useState(false);
  const [preview, setPreview] = useState<RemovalPreview>();
  const [forcible, setForcible] = useState(false);
  const [error, setError] = useState<string>();
  const hours = keepHours();
  useEffect(() => {
    const cancel = new AbortController();
    void (async () => {
      try {
        const next = await previewRemoval(names, force, cancel.signal);
        tell.current(next);
        allowConfirm(next.untagged.length + next.deleted.length > 0);
        setPreview(next);
        setError(undefined);
        if (next.refused.some(({ canForce }) => canForce)) setForcible(true);
      } catch (problem) {
        if (!cancel.signal.aborted) setError(toIpcErrorInfo(problem).message);
      }
    })();
    return () => cancel.abort();
  }, [names, force]);
  if (error !== undefined) return <p>What goes could not be worked out: {error}</p>;
  if (!preview) return <div role="status" aria-label="Working out what goes" className={css["removal"]}><Skeleton width="70%" height={14} /><Skeleton width="52%" height={14} /></div>;
  return (
    <div className={css["removal"]}>
      <RemovalWords preview={preview} later={hours > 0} />
      {hours > 0 && preview.untagged.length + preview.deleted.length > 0 && <p>{comesBack(hours, names.length)}</p>}
      {(forcible || force) && (
        <Check
          label="Also where a stopped container uses it"
          hint="The container stays, but cannot be made again."
          checked={force}
          onChange={(event) => {
            onForce(event.target.checked);
            setForce(event.target.checked);
          }}
        />
      )}
    </div>
  );
}

/**
 * Tags, images and bytes that go, and what stays with its reason.
 * @param later the bytes are free only when it can no longer be brought back
 */
export function RemovalWords({ preview, later = false }: { readonly preview: RemovalPreview; readonly later?: boolean }) {
  const { untagged, deleted, refused, layers, freedBytes, isExact } = preview;
  const tags = untagged.filter((name) => !name.includes("@"));
  return (
    <>
      <p role="status" className="num">
        {deleted.length === 0 && tags.length === 0 ? "Nothing goes."
        : deleted.length === 0 ? <>{tags.length === 1 ? "The tag goes" : `${plural(tags.length, "tag")} go`}; the image stays under its other names. Nothing is freed.</>
        : <>{later ? "In the end this frees " : isExact ? "This frees " : "This frees about "}<strong>{freedBytes.toLocaleString("en")} bytes</strong>{freedBytes >= 1000 && ` (${size(freedBytes)})`}: {plural(deleted.length, "image")}{tags.length > 0 && `, ${plural(tags.length, "tag")}`}{layers !== null && `, ${plural(layers, "layer")} that nothing else needs`}.</>}
      </p>
      {!isExact && deleted.length > 0 && <p>An estimate: this engine tells only what each image shares with no other.</p>}
      {tags.length > 0 && <Names label="What goes" names={[...tags, ...deleted.filter((image) => image.names.length === 0).map(({ id }) => shortIdOf(id))]} />}
      {tags.length === 0 && deleted.length > 1 && <Names label="What goes" names={deleted.map(({ id }) => shortIdOf(id))} />}
      {refused.length > 0 && (
        <div className={css["refused"]}>
          <p>{refused.length === 1 ? "This stays:" : `${refused.length} stay:`}</p>
          <ul aria-label="What stays">{refused.slice(0, 20).map(({ name, message }) => <li key={name}><code className="mono">{shortName(name)}</code><Reason message={message} /></li>)}</ul>
          {refused.length > 20 && <p>and {refused.length - 20} more</p>}
        </div>
      )}
    </>
  );
}

/** A list of names that scrolls where it is long. */
export function Names({ label, names }: { readonly label: string; readonly names: readonly string[] }) {
  const shown = names.slice(0, 200);
  return (
    <ul className={css["names"]} aria-label={label} tabIndex={0}>
      {shown.map((name) => <li key={name} className="mono cut" title={name.length > 44 ? name : undefined}>{name}</li>)}
      {names.length > shown.length && <li className="quiet">and {(names.length - shown.length).toLocaleString("en")} more</li>}
    </ul>
  );
}

function shortName(name: string): string {
  return /^sha256:[0-9a-f]{64}$/.test(name) ? shortIdOf(name) : name;
}

/** Why an image stays: the container that needs it by its name, or the daemon's reason without its preamble. */
function Reason({ message }: { readonly message: string }) {
  const id = /container ([0-9a-f]{12,64})/.exec(message)?.[1];
  const user = useStore(containersStore, (state) => (id === undefined ? undefined : state.rows.find((row) => row.id.startsWith(id))));
  if (user) return <span>The container {user.name} uses it ({user.words.toLowerCase()}){user.state === "running" || user.state === "paused" ? ": stop it first." : "."}</span>;
  const reason = message.split(" - ").at(-1) ?? message;
  return <span>{reason.charAt(0).toUpperCase()}{reason.slice(1)}{reason.endsWith(".") ? "" : "."}</span>;
}
