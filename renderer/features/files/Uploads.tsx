import { X } from "lucide-react";
import { useStore } from "zustand";
import type { FilesOwner } from "../../../electron/ipc/contract/files.ts";
import { size } from "../../lib/size.ts";
import { IconButton } from "../../ui/button/Button.tsx";
import { Bar } from "../../ui/display/Bar.tsx";
import { shownName } from "./paths.ts";
import { uploadsStore } from "./uploads.ts";
import css from "./Files.module.css";

/** What is on its way into this container or volume. */
export function Uploads({ owner }: { readonly owner: FilesOwner }) {
  const uploads = useStore(uploadsStore, (state) => state.uploads);
  const own = uploads.filter((each) => each.owner.kind === owner.kind && each.owner.id === owner.id);
  if (own.length === 0) return null;
  return (
    <ul className={css["uploads"]} aria-label="Uploads">
      {own.map((upload) => (
        <li key={upload.id}>
          <span className="cut">{shownName(upload.name)}</span>
          <Bar value={upload.total === 0 ? 1 : upload.sent / upload.total} label={`Upload of ${shownName(upload.name)}`} />
          <span className="num">{size(upload.sent)} of {size(upload.total)}</span>
          <IconButton label={`Cancel the upload of ${shownName(upload.name)}`} tip="Cancel" onClick={upload.cancel}><X /></IconButton>
        </li>
      ))}
    </ul>
  );
}
