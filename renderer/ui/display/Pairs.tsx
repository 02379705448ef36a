import { Copyable } from "./Copy.tsx";
import css from "./Pairs.module.css";

/** Names with values to copy: environment variables, labels. */
export function Pairs({ pairs }: { readonly pairs: readonly (readonly [name: string, value: string])[] }) {
  return (
    <dl className={css["pairs"]}>
      {pairs.map(([name, value]) => (
        <div key={name}><dt className="mono cut" title={name}>{name}</dt><dd>{value === "" ? <span className="quiet">empty</span> : <Copyable text={value} what={name} />}</dd></div>
      ))}
    </dl>
  );
}
