import type { ArchiveTask } from "../../../stores/archives.ts";
import { rate, size } from "../../../lib/size.ts";
import { duration } from "../../../lib/time.ts";
import { Bar } from "../../../ui/display/Bar.tsx";
import css from "./Archives.module.css";

/** How far a file is: bytes, rate, time left where the whole is known. */
export function Progress({ task, label }: { readonly task: ArchiveTask; readonly label: string }) {
  const { bytes, totalBytes, bytesPerSecond } = task;
  const left = totalBytes !== null && bytesPerSecond > 0 ? ((totalBytes - bytes) / bytesPerSecond) * 1000 : undefined;
  const working = totalBytes !== null && bytes >= totalBytes;
  return (
    <div className={css["progress"]}>
      {totalBytes !== null && <Bar value={totalBytes > 0 ? bytes / totalBytes : undefined} label={label} />}
      <p role="status" className="num quiet">
        {working ? "All bytes are there; the engine unpacks." : <>{size(bytes)}{totalBytes !== null && ` of ${size(totalBytes)}`}{bytesPerSecond > 0 && `, ${rate(bytesPerSecond)}`}{left !== undefined && left > 1000 && `, ${duration(left)} left`}</>}
      </p>
    </div>
  );
}
