import { Skeleton } from "../display/Bar.tsx";
import css from "./Table.module.css";

const widths = [42, 58, 36, 64, 48, 52, 40, 60];

/** A list that is on its way. */
export function TableSkeleton({ label }: { readonly label: string }) {
  return (
    <div className={css["skeletons"]} role="status" aria-label={label}>
      {widths.map((width, index) => (
        <div key={index} className={css["skeletonRow"]}>
          <Skeleton width={12} />
          <Skeleton width={`${width}%`} />
          <Skeleton width={`${90 - width}%`} />
          <Skeleton width={72} />
        </div>
      ))}
    </div>
  );
}
