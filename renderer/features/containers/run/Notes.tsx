import { X } from "lucide-react";
import { IconButton } from "../../../ui/button/Button.tsx";
import css from "./Run.module.css";

/** What of a pasted line is not in the form. */
export function Notes({ notes, onClose }: { readonly notes: readonly string[]; readonly onClose: () => void }) {
  if (notes.length === 0) return null;
  return (
    <div className={css["notes"]} role="status">
      <div>
        <p>{notes.length === 1 ? "One thing of the line is not in the form:" : `${notes.length} things of the line are not in the form:`}</p>
        <ul>{notes.map((note) => <li key={note}>{note}</li>)}</ul>
      </div>
      <IconButton label="Close" onClick={onClose}><X /></IconButton>
    </div>
  );
}
