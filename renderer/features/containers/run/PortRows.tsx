import { useEffect, useState } from "react";
import type { PortCheck } from "../../../../electron/ipc/contract/system.ts";
import { emptyPort } from "../../../lib/run/form.ts";
import { client } from "../../../stores/host.ts";
import { Button } from "../../../ui/button/Button.tsx";
import { Input, Select } from "../../../ui/field/Field.tsx";
import { Cell, Rows } from "../../../ui/field/Rows.tsx";
import type { FormApi } from "./form-api.ts";
import { checkKey, heldBy, usePortChecks } from "./usePortChecks.ts";
import css from "./Run.module.css";

const protocols = [{ value: "tcp", label: "TCP" }, { value: "udp", label: "UDP" }];

/** Published ports, with who holds one that is taken and the ports the image declares. */
export function PortRows({ form }: { readonly form: FormApi }) {
  const { text, wrong, type, active, image, self } = form;
  const checks = usePortChecks(text.ports, active);
  const declared = useDeclaredPorts(image, active).filter((port) => !text.ports.some((each) => `${each.container}/${each.protocol}` === port));
  return (
    <Rows
      label="Ports"
      noun="port"
      rows={text.ports}
      blank={emptyPort}
      onChange={(ports) => type({ ports }, "ports")}
      hint={declared.length > 0 && (
        <span className={css["declared"]}>
          The image listens on
          {declared.slice(0, 4).map((port) => {
            const [container = "", protocol = "tcp"] = port.split("/");
            return <button key={port} type="button" className={css["chip"]} aria-label={`Publish ${port}`} onClick={() => type({ ports: [...text.ports, { host: hostPortFor(container), container, protocol: protocol === "udp" ? "udp" : "tcp" }] }, "ports")}>{port}</button>;
          })}
        </span>
      )}
    >
      {(port, index, change) => {
        const check = checks.get(checkKey(port) ?? "");
        const taken = check !== undefined && !check.free && (self === undefined || check.owner?.containerId !== self) ? check : undefined;
        const error = wrong(`ports.${index}.host`);
        const inside = wrong(`ports.${index}.container`);
        return (
          <>
            <Cell width="first" error={error ?? (taken && <Taken check={taken} onUse={(free) => change({ host: port.host.trim().replace(/\d+$/, free) })} />)}>
              <Input mono aria-label={`Host port ${index + 1}`} placeholder="Host port, or any free one" title="A port, a range such as 8000-8010, or an address before it: 127.0.0.1:8080" value={port.host} aria-invalid={error !== undefined || taken !== undefined} onChange={(event) => { change({ host: event.target.value }); type({}, `ports.${index}.host`); }} />
            </Cell>
            <span className={css["between"]} aria-hidden="true">:</span>
            <Cell error={inside}>
              <Input mono aria-label={`Container port ${index + 1}`} placeholder="Container port" value={port.container} aria-invalid={inside !== undefined} onChange={(event) => { change({ container: event.target.value }); type({}, `ports.${index}.container`); }} onBlur={() => type({}, `ports.${index}.container`)} />
            </Cell>
            <Cell width="84px"><Select aria-label={`Protocol of port ${index + 1}`} options={protocols} value={port.protocol} onChange={(event) => change({ protocol: event.target.value === "udp" ? "udp" : "tcp" })} /></Cell>
          </>
        );
      }}
    </Rows>
  );
}

/** 80 becomes 8080 and 443 becomes 8443: ports below 1024 need root on the host. */
function hostPortFor(container: string): string {
  const port = Number(container);
  return String(port < 1024 ? port + 8000 : port);
}

function Taken({ check, onUse }: { readonly check: PortCheck; readonly onUse: (port: string) => void }) {
  const { suggestion } = check;
  return (
    <span className={css["taken"]}>
      {heldBy(check)}
      {suggestion !== undefined && <Button size="small" onClick={() => onUse(String(suggestion))}>Use {suggestion}</Button>}
    </span>
  );
}

function useDeclaredPorts(image: string, active: boolean): readonly string[] {
  const [ports, setPorts] = useState<readonly string[]>([]);
  useEffect(() => {
    setPorts([]);
    if (!image || !active) return;
    const cancel = new AbortController();
    client()
      .images.inspect({ id: image }, { signal: cancel.signal })
      .then((info) => setPorts(Object.keys(info.Config?.ExposedPorts ?? {})))
      .catch(() => setPorts([])); // Only a help: without it the ports are typed.
    return () => cancel.abort();
  }, [image, active]);
  return ports;
}
