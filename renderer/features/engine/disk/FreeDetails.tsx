import type { FreePreview } from "../../../../electron/ipc/contract/disk.ts";
import { plural } from "../../../lib/time.ts";
import { countsOf, kindName, kinds } from "./words.ts";
import css from "./Disk.module.css";

/** Lines that are listed; the rest is counted. */
const most = 200;

/** What goes and what that frees, for the question before it is done. */
export function FreeDetails({ preview: { items, freedBytes, layers, refused, isExact } }: { readonly preview: FreePreview }) {
  const order = kinds.map(({ kind }) => kind);
  const list = items.toSorted((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
  const logs = items.filter(({ kind }) => kind === "log").length;
  const volumes = items.filter(({ kind }) => kind === "volume").length;
  return (
    <div className={css["details"]}>
      <p className="num">
        {isExact ? "This frees " : "This frees at least "}<strong>{freedBytes.toLocaleString("en")} bytes</strong>: {countsOf(items)}{layers !== null && layers > 0 && `, with ${plural(layers, "layer")} that nothing else needs`}.
      </p>
      {!isExact && <p>This engine tells only what each image shares with all others: layers that the selected ones share are not counted.</p>}
      {volumes > 0 && <p>The files in {volumes === 1 ? "the volume" : `the ${volumes} volumes`} cannot be brought back.</p>}
      {logs > 0 && <p>{logs === 1 ? "The log is emptied; its container stays and goes on writing." : `${logs} logs are emptied; their containers stay and go on writing.`}</p>}
      <ul className={css["going"]} aria-label="What goes" tabIndex={0}>
        {list.slice(0, most).map(({ kind, id, name }) => <li key={`${kind} ${id}`}><span className="quiet">{kindName(kind)}</span><span className="cut" title={name.length > 40 ? name : undefined}>{name}</span></li>)}
        {list.length > most && <li className="quiet">and {(list.length - most).toLocaleString("en")} more</li>}
      </ul>
      {refused.length > 0 && <ul className={css["staying"]} aria-label="What stays">{refused.slice(0, 20).map(({ kind, id, name, message }) => <li key={`${kind} ${id}`}>{name} stays. {message}</li>)}</ul>}
    </div>
  );
}
