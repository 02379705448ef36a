import { Tag } from "lucide-react";
import { useEffect, useState } from "react";
import { useStore } from "zustand";
import { toIpcErrorInfo, type IpcErrorInfo } from "../../../electron/ipc/errors.ts";
import { parseReference } from "../../lib/reference.ts";
import { quoteWord } from "../../lib/shell.ts";
import { shortIdOf } from "../../stores/image-row.ts";
import { imagesStore, tagImage } from "../../stores/images.ts";
import { notice } from "../../stores/notices.ts";
import { closeDialog, routeStore } from "../../stores/route.ts";
import { CommandLine } from "../../ui/display/Copy.tsx";
import { Problem } from "../../ui/feedback/Problem.tsx";
import { Field, Input } from "../../ui/field/Field.tsx";
import { FormDialog } from "../../ui/overlay/FormDialog.tsx";

/** Gives an image one more name, after saying whether another image loses it. */
export function TagDialog() {
  const dialog = useStore(routeStore, (route) => route.dialog);
  const open = dialog?.kind === "tag-image";
  const source = open ? dialog.image : "";
  const [kept, setKept] = useState("");
  const [text, setText] = useState("");
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<IpcErrorInfo>();
  useEffect(() => {
    if (!open || source === kept) return;
    setKept(source);
    setText(/^[0-9a-f]{12,64}$|^sha256:/.test(source) ? "" : source.replace(/:[^/:]*$/, ":"));
    setTried(false);
    setError(undefined);
  }, [open, source, kept]);
  const rows = useStore(imagesStore, (state) => state.rows);
  const wanted = text.trim();
  const parsed = parseReference(wanted);
  const target = parsed.ok ? parsed.reference.familiar : undefined;
  const owner = target === undefined ? undefined : rows.find((row) => row.reference === target);
  const own = rows.find((row) => row.reference === kept || row.id === kept || row.shortId === kept);
  const wrong = !parsed.ok ? parsed.message : parsed.reference.digest !== undefined ? "A digest cannot be given: it is the image's own." : owner && owner.id === own?.id ? `The image has the tag ${target} already.` : undefined;

  async function tag() {
    setTried(true);
    if (wrong !== undefined || target === undefined || busy) return;
    setBusy(true);
    setError(undefined);
    try {
      await tagImage(own?.id ?? kept, target);
      closeDialog();
      notice({ kind: "done", title: owner ? `${target} moved here from ${owner.shortId}.` : `Tagged ${target}` });
    } catch (problem) {
      setError(toIpcErrorInfo(problem));
    } finally {
      setBusy(false);
    }
  }

  return (
    <FormDialog
      open={open}
      onClose={closeDialog}
      title={`Tag ${/^sha256:/.test(kept) ? shortIdOf(kept) : kept}`}
      pinned={<CommandLine command={`docker tag ${quoteWord(kept)} ${quoteWord(target ?? (wanted || "NAME:TAG"))}`} />}
      submit={{ label: owner && wrong === undefined ? "Move tag" : "Tag", icon: <Tag />, disabled: busy || (tried && wrong !== undefined) }}
      onSubmit={() => void tag()}
    >
      <Field label="Name and tag" error={(tried || wanted !== "") && !(wanted.endsWith(":") && !tried) ? wrong : undefined} hint={target === undefined || wrong !== undefined ? "Such as team/app:1.2. Without a tag it is latest." : owner ? undefined : `The image is then also called ${target}.`}>
        {(props) => <Input {...props} mono autoFocus placeholder="team/app:1.2" value={text} onChange={(event) => { setText(event.target.value); setError(undefined); }} />}
      </Field>
      {owner && wrong === undefined && <Problem calm title={`${target} points to ${owner.shortId} now.`} cause={tagsLeft(rows, owner.id) > 1 ? "The tag moves to this image; the other one keeps its other tags." : "The tag moves to this image; the other one has no tag then, and goes with the next prune unless a container uses it."} />}
      {error && <Problem title={error.message} raw={error.cause} />}
    </FormDialog>
  );
}

function tagsLeft(rows: readonly { readonly id: string; readonly tag: string }[], id: string): number {
  return rows.reduce((sum, row) => sum + (row.id === id && row.tag !== "" ? 1 : 0), 0);
}
