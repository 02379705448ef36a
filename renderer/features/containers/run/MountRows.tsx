import { useId } from "react";
import { useStore } from "zustand";
import { emptyMount, type MountText } from "../../../lib/run/form.ts";
import { volumesStore } from "../../../stores/volumes.ts";
import { Check, Input, Select } from "../../../ui/field/Field.tsx";
import { Cell, Rows } from "../../../ui/field/Rows.tsx";
import type { FormApi } from "./form-api.ts";
import { useFolders } from "./useFolders.ts";
import css from "./Run.module.css";

const types = [{ value: "volume", label: "Volume" }, { value: "bind", label: "Folder" }, { value: "tmpfs", label: "Memory" }];
const options: Record<MountText["type"], string> = { volume: "Options, such as nocopy", bind: "Options, such as rslave or z", tmpfs: "Options, such as size=64m" };

/** Volumes, folders of this machine, and file systems in memory. */
export function MountRows({ form }: { readonly form: FormApi }) {
  const { text, wrong, type, active } = form;
  const volumes = useStore(volumesStore, (state) => state.rows);
  const notes = useFolders(text.mounts, active);
  const list = useId();
  return (
    <>
      <Rows label="Mounts" noun="mount" rows={text.mounts} blank={emptyMount} onChange={(mounts) => type({ mounts }, "mounts")}>
        {(mount, index, change) => {
          const path = `mounts.${index}`;
          const note = mount.type === "bind" ? notes.get(mount.source.trim()) : undefined;
          const [source, target, option] = [wrong(`${path}.source`), wrong(`${path}.target`), wrong(`${path}.options`)];
          return (
            <>
              <Cell width="92px"><Select aria-label={`Kind of mount ${index + 1}`} options={types} value={mount.type} onChange={(event) => change({ type: event.target.value as MountText["type"], ...(event.target.value === "tmpfs" && { source: "" }) })} /></Cell>
              <Cell width="first" error={source ?? option ?? (note && <span className={css["calm"]}>{note}</span>)}>
                {mount.type === "tmpfs"
                  ? <Input mono aria-label={`Options of mount ${index + 1}`} placeholder={options.tmpfs} value={mount.options} aria-invalid={option !== undefined} onChange={(event) => { change({ options: event.target.value }); type({}, `${path}.options`); }} />
                  : <Input mono aria-label={`Source of mount ${index + 1}`} list={mount.type === "volume" ? list : undefined} placeholder={mount.type === "bind" ? "/folder of this machine" : "Volume, or a new one"} value={mount.source} aria-invalid={source !== undefined} onChange={(event) => { change({ source: event.target.value, ...kindOf(event.target.value, mount) }); type({}, `${path}.source`); }} onBlur={() => type({}, `${path}.source`)} />}
                {mount.options !== "" && mount.type !== "tmpfs" && <Input mono aria-label={`Options of mount ${index + 1}`} placeholder={options[mount.type]} value={mount.options} aria-invalid={option !== undefined} onChange={(event) => { change({ options: event.target.value }); type({}, `${path}.options`); }} />}
              </Cell>
              <span className={css["between"]} aria-hidden="true">:</span>
              <Cell error={target}>
                <Input mono aria-label={`Path in the container of mount ${index + 1}`} placeholder="/path/in/container" value={mount.target} aria-invalid={target !== undefined} onChange={(event) => { change({ target: event.target.value }); type({}, `${path}.target`); }} onBlur={() => type({}, `${path}.target`)} />
              </Cell>
              <Cell width="92px"><div className={css["readOnly"]}><Check label="Read-only" aria-label={`Mount ${index + 1} read-only`} checked={mount.readOnly} onChange={(event) => change({ readOnly: event.target.checked })} /></div></Cell>
            </>
          );
        }}
      </Rows>
      <datalist id={list}>{volumes.map(({ name }) => <option key={name} value={name} />)}</datalist>
    </>
  );
}

/** A path typed or pasted where a volume was expected means a folder. */
function kindOf(source: string, mount: MountText): Partial<MountText> {
  if (mount.type === "volume" && source.startsWith("/")) return { type: "bind" };
  return {};
}
