import { Input, Select } from "../../../ui/field/Field.tsx";
import { Rows } from "../../../ui/field/Rows.tsx";
import { emptySecret, type SecretText } from "./build-form.ts";
import { type } from "./build-store.ts";
import { useSecretProblems } from "./useSecretProblems.ts";
import css from "../Build.module.css";

const sources = [{ value: "file", label: "File" }, { value: "env", label: "Variable" }];

export interface SecretRowsProps {
  readonly rows: readonly SecretText[];
  readonly wrong: (path: string) => string | undefined;
  /** Whether what is missing is told, too. */
  readonly tried: boolean;
  /** Ids that the Dockerfile asks for. */
  readonly wanted: readonly string[];
}

/** Secrets of a build: which, and where the value is. The value itself is never here. */
export function SecretRows({ rows, wrong, tried, wanted }: SecretRowsProps) {
  const problems = useSecretProblems(rows);
  const left = wanted.filter((id) => !rows.some((row) => row.id.trim() === id));
  const hint = left.length === 0 ? (rows.length > 0 ? "Values are kept nowhere." : undefined) : `The Dockerfile asks for ${left.slice(0, 3).join(", ")}${left.length > 3 ? ` and ${left.length - 3} more` : ""}.`;
  return (
    <>
      <Rows label="Secrets" noun="secret" rows={rows} blank={{ ...emptySecret, id: left[0] ?? "" }} onChange={(secrets) => type({ secrets }, "secrets")} hint={hint}>
        {(row, index, change) => {
          const badId = wrong(`secrets.${index}.id`);
          const badSource = row.source.trim() === "" && !tried ? undefined : (wrong(`secrets.${index}.source`) ?? problems[index]);
          return (
            <div className={css["secret"]}>
              <span data-row-first><Input mono list="build-secrets" aria-label={`Secret id ${index + 1}`} aria-invalid={badId !== undefined} placeholder="id" value={row.id} onChange={(event) => change({ id: event.target.value })} /></span>
              <Select aria-label={`Source of secret ${index + 1}`} options={sources} value={row.from} onChange={(event) => change({ from: event.target.value === "env" ? "env" : "file" })} />
              <Input mono aria-label={`${row.from === "file" ? "File" : "Variable"} of secret ${index + 1}`} aria-invalid={badSource !== undefined} placeholder={row.from === "file" ? "~/.npmrc" : "NPM_TOKEN"} value={row.source} onChange={(event) => change({ source: event.target.value })} />
              {(badId ?? badSource) !== undefined && <p className={css["secretWrong"]}>{badId ?? badSource}</p>}
            </div>
          );
        }}
      </Rows>
      <datalist id="build-secrets">{wanted.map((id) => <option key={id} value={id} />)}</datalist>
    </>
  );
}
