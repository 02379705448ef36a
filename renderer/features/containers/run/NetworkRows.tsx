import { useId } from "react";
import { useStore } from "zustand";
import { emptyNetwork } from "../../../lib/run/form.ts";
import { networksStore } from "../../../stores/networks.ts";
import { Input } from "../../../ui/field/Field.tsx";
import { Cell, Rows } from "../../../ui/field/Rows.tsx";
import type { FormApi } from "./form-api.ts";

/** The networks of the container, each with what it is called there. */
export function NetworkRows({ form }: { readonly form: FormApi }) {
  const { text, wrong, type } = form;
  const networks = useStore(networksStore, (state) => state.rows);
  const list = useId();
  return (
    <>
      <Rows label="Networks" noun="network" rows={text.networks} blank={emptyNetwork} onChange={(next) => type({ networks: next }, "networks")} hint={text.networks.length === 0 ? "None of its own: the container is on bridge." : undefined}>
        {(network, index, change) => {
          const path = `networks.${index}`;
          const name = wrong(`${path}.name`) ?? unknown(network.name.trim(), networks);
          const fields = [
            { key: "aliases", label: "Aliases", placeholder: "Aliases" },
            { key: "ip", label: "IP address", placeholder: "IP address" },
            { key: "mac", label: "MAC address", placeholder: "MAC address" },
          ] as const;
          return (
            <>
              <Cell width="first" error={name}>
                <Input mono aria-label={`Network ${index + 1}`} list={list} placeholder="Network" value={network.name} aria-invalid={name !== undefined} onChange={(event) => { change({ name: event.target.value }); type({}, `${path}.name`); }} onBlur={() => type({}, `${path}.name`)} />
              </Cell>
              {fields.map(({ key, label, placeholder }) => {
                const error = wrong(`${path}.${key}`);
                return (
                  <Cell key={key} error={error}>
                    <Input mono aria-label={`${label} on network ${index + 1}`} placeholder={placeholder} value={network[key]} aria-invalid={error !== undefined} onChange={(event) => { change({ [key]: event.target.value }); type({}, `${path}.${key}`); }} />
                  </Cell>
                );
              })}
            </>
          );
        }}
      </Rows>
      <datalist id={list}>{[...new Set([...networks.map(({ name }) => name), "host", "none"])].map((name) => <option key={name} value={name} />)}</datalist>
    </>
  );
}

function unknown(name: string, networks: readonly { readonly name: string; readonly id: string }[]): string | undefined {
  if (name === "" || networks.length === 0 || /^(host|none|bridge|default|container:.*)$/.test(name)) return undefined;
  return networks.some((network) => network.name === name || network.id.startsWith(name)) ? undefined : `There is no network ${name}.`;
}
