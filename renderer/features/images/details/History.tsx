import { useEffect, useState } from "react";
import type { ImageHistoryLine } from "../../../../electron/ipc/contract/image-contents.ts";
import { toIpcErrorInfo, type IpcErrorInfo } from "../../../../electron/ipc/errors.ts";
import { size } from "../../../lib/size.ts";
import { client } from "../../../stores/host.ts";
import { shortIdOf } from "../../../stores/image-row.ts";
import { href } from "../../../stores/route.ts";
import { Button } from "../../../ui/button/Button.tsx";
import { CopyButton, Copyable } from "../../../ui/display/Copy.tsx";
import { Time } from "../../../ui/display/Time.tsx";
import { Problem } from "../../../ui/feedback/Problem.tsx";
import { TableSkeleton } from "../../../ui/table/TableSkeleton.tsx";
import css from "./Details.module.css";

/** How the image was made, newest step first, with each command in full. */
export function History({ id, name }: { readonly id: string; readonly name: string }) {
  const [answer, setAnswer] = useState<{ lines?: ImageHistoryLine[]; error?: IpcErrorInfo }>({});
  const [round, setRound] = useState(0);
  useEffect(() => {
    const cancel = new AbortController();
    client().imageContents.history({ id }, { signal: cancel.signal })
      .then((lines) => setAnswer({ lines }))
      .catch((error: unknown) => {
        if (!cancel.signal.aborted) setAnswer({ error: toIpcErrorInfo(error) });
      });
    return () => cancel.abort();
  }, [id, round]);
  const { lines, error } = answer;
  if (error) return <Problem fill title="The history could not be read." cause={error.message} raw={error.cause} actions={<Button onClick={() => setRound(round + 1)}>Try again</Button>} />;
  if (!lines) return <TableSkeleton label="Loading the history" />;
  if (lines.length === 0) return <p className={css["empty"]}>The image does not say how it was made.</p>;
  return (
    <div className={css["history"]}>
      <table aria-label={`History of ${name}`}>
        <thead><tr><th>Image</th><th>Created</th><th>Command</th><th className={css["number"]}>Size</th><th>Comment</th></tr></thead>
        <tbody>
          {lines.map((line, at) => (
            <tr key={at}>
              <td>{line.id ? <Copyable text={line.id} what="image ID"><a className={css["link"]} href={href.image(line.id)}>{shortIdOf(line.id)}</a></Copyable> : <span className="quiet">missing</span>}</td>
              <td className="quiet">{line.created === null ? "" : <Time at={line.created} />}</td>
              <td><div className={css["commandCell"]}><code className="mono">{line.createdBy || <span className="quiet">not said</span>}</code>{line.createdBy && <CopyButton text={line.createdBy} label="Copy command" always />}</div></td>
              <td className={css["number"]}>{size(line.size)}</td>
              <td className="quiet">{line.comment}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
