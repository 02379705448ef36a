import { ChevronRight, CornerLeftUp } from "lucide-react";
import { IconButton } from "../../ui/button/Button.tsx";
import { CopyButton } from "../../ui/display/Copy.tsx";
import { parentOf, shownName, trail } from "./paths.ts";
import css from "./Files.module.css";

/** Folders that are named before the middle of a deep path is left out. */
const most = 5;

/** Where one is, each folder above a link. */
export function Breadcrumb({ path, addressOf, onUp }: { readonly path: string; readonly addressOf: (path: string) => string; readonly onUp: () => void }) {
  const all = trail(path);
  const shown = all.length <= most ? all : [all[0]!, ...all.slice(1 - most)];
  return (
    <nav className={css["crumbs"]} aria-label="Path">
      <IconButton label="Up" tip={path === "/" ? "Up" : `Up to ${shownName(parentOf(path))}`} shortcut="Backspace" disabled={path === "/"} onClick={onUp}><CornerLeftUp /></IconButton>
      <ol>
        {shown.map((part, index) => (
          <li key={part.path}>
            {index > 0 && <ChevronRight aria-hidden="true" />}
            {index === 1 && all.length > most && <><span title={shownName(parentOf(part.path))}>…</span><ChevronRight aria-hidden="true" /></>}
            {part.path === path ? <span className="mono cut" aria-current="location" title={shownName(path)}>{shownName(part.name)}</span> : <a className="mono cut" href={addressOf(part.path)}>{shownName(part.name)}</a>}
          </li>
        ))}
      </ol>
      <CopyButton text={path} label="Copy path" always />
    </nav>
  );
}
