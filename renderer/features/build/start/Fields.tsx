import { useMemo } from "react";
import type { DockerfileDescription, FolderListing } from "../../../../electron/ipc/contract/builds.ts";
import { Check, Field, Input, Select } from "../../../ui/field/Field.tsx";
import { Cell, Rows } from "../../../ui/field/Rows.tsx";
import { type } from "./build-store.ts";
import { privateMounts, type BuildText } from "./build-form.ts";
import { MoreFields } from "./MoreFields.tsx";
import { SecretRows } from "./SecretRows.tsx";
import css from "../Build.module.css";

export interface FieldsProps {
  readonly text: BuildText;
  readonly wrong: (path: string) => string | undefined;
  readonly tried: boolean;
  readonly folderError: string | undefined;
  readonly dockerfileError: string | undefined;
  readonly suggestions: readonly string[];
  readonly listing: FolderListing | undefined;
  readonly description: DockerfileDescription | undefined;
  /** Whether the builder is one that has neither secrets nor SSH agents. */
  readonly classic: boolean;
}

/** What a build is made of. */
export function Fields({ text, wrong, tried, folderError, dockerfileError, suggestions, listing, description, classic }: FieldsProps) {
  const dockerfiles = listing?.entries.filter((entry) => !entry.directory && /dockerfile|containerfile/i.test(entry.name) && !entry.name.endsWith(".dockerignore")).map((entry) => entry.name) ?? [];
  const wanted = useMemo(() => privateMounts(description?.nodes ?? []), [description]);
  return (
    <>
      <Field label="Folder" error={folderError ?? wrong("folder")} hint={listing && listing.path !== text.folder.trim() ? listing.path : "COPY and ADD read from here."}>
        {(props) => <Input {...props} mono autoFocus list="build-folders" placeholder="~/projects/app" value={text.folder} onChange={(event) => type({ folder: event.target.value }, "folder")} />}
      </Field>
      <datalist id="build-folders">{suggestions.map((path) => <option key={path} value={path} />)}</datalist>
      <div className={css["two"]}>
        <Field label="Dockerfile" error={dockerfileError}>
          {(props) => <Input {...props} mono list="build-dockerfiles" placeholder="Dockerfile" value={text.dockerfile} onChange={(event) => type({ dockerfile: event.target.value }, "dockerfile")} />}
        </Field>
        <datalist id="build-dockerfiles">{dockerfiles.map((name) => <option key={name} value={name} />)}</datalist>
        <Field label="Target">
          {(props) => <Select {...props} options={targets(text.target, description)} value={text.target} onChange={(event) => type({ target: event.target.value }, "target")} />}
        </Field>
      </div>
      <Rows label="Tags" noun="tag" rows={text.tags} blank={{ tag: "" }} onChange={(tags) => type({ tags }, "tags")} hint="What the image is called.">
        {(row, index, change) => (
          <Cell error={wrong(`tags.${index}`)}>
            <span data-row-first><Input mono aria-label={`Tag ${index + 1}`} aria-invalid={wrong(`tags.${index}`) !== undefined} placeholder="my-app:latest" value={row.tag} onChange={(event) => change({ tag: event.target.value })} /></span>
          </Cell>
        )}
      </Rows>
      <Rows label="Arguments" noun="argument" rows={text.args} blank={{ name: "", value: "" }} onChange={(args) => type({ args }, "args")} hint={hintOf(text, description)}>
        {(row, index, change) => (
          <>
            <Cell error={wrong(`args.${index}`)}>
              <span data-row-first><Input mono list="build-args" aria-label={`Argument name ${index + 1}`} aria-invalid={wrong(`args.${index}`) !== undefined} placeholder="NAME" value={row.name} onChange={(event) => change({ name: event.target.value })} /></span>
            </Cell>
            <Cell><Input mono aria-label={`Argument value ${index + 1}`} placeholder={description?.args.find((arg) => arg.name === row.name.trim())?.value ?? "value"} value={row.value} onChange={(event) => change({ value: event.target.value })} /></Cell>
          </>
        )}
      </Rows>
      <datalist id="build-args">{description?.args.map((arg) => <option key={arg.name} value={arg.name} />)}</datalist>
      {!classic && <SecretRows rows={text.secrets} wrong={wrong} tried={tried} wanted={wanted.secrets} />}
      <div className={css["checks"]}>
        <Check label="Run every step, without the cache" checked={text.noCache} onChange={(event) => type({ noCache: event.target.checked }, "noCache")} />
        <Check label="Ask the registry for newer base images" checked={text.pull} onChange={(event) => type({ pull: event.target.checked }, "pull")} />
      </div>
      <MoreFields text={text} wrong={wrong} ssh={classic ? undefined : wanted.ssh} />
    </>
  );
}

function targets(chosen: string, description: DockerfileDescription | undefined): { value: string; label: string }[] {
  const stages = description?.stages ?? [];
  const last = stages.at(-1);
  const named = stages.map((stage) => ({ value: stage.name ?? String(stage.index), label: stage.name ?? `Stage ${stage.index}, from ${stage.image}` }));
  const options = [{ value: "", label: last === undefined ? "Last stage" : `Last stage${last.name === null ? "" : ` (${last.name})`}` }, ...named];
  return options.some((option) => option.value === chosen) ? options : [...options, { value: chosen, label: `${chosen} (not in the Dockerfile)` }];
}

function hintOf(text: BuildText, description: DockerfileDescription | undefined): string | undefined {
  const left = (description?.args ?? []).filter((arg) => !text.args.some((row) => row.name.trim() === arg.name)).map((arg) => arg.name);
  if (left.length === 0) return undefined;
  return `The Dockerfile asks for ${left.slice(0, 3).join(", ")}${left.length > 3 ? ` and ${left.length - 3} more` : ""}.`;
}
