import { useEffect, useState, type ClipboardEvent } from "react";
import type { PortCheck } from "../../../../electron/ipc/contract/system.ts";
import { client } from "../../../stores/host.ts";
import { Button } from "../../../ui/button/Button.tsx";
import { Check, Input, Select } from "../../../ui/field/Field.tsx";
import { Cell, Rows } from "../../../ui/field/Rows.tsx";
import { emptyEnv, emptyPort, emptyVolume, parseEnvLines, type RunText } from "./run-form.ts";
import { type } from "./run-store.ts";
import { heldBy, usePortChecks } from "./usePortChecks.ts";
import css from "./Run.module.css";

interface RowsOfRun {
  readonly text: RunText;
  readonly wrong: (path: string) => string | undefined;
}

const protocols = [{ value: "tcp", label: "TCP" }, { value: "udp", label: "UDP" }];

/** Published ports, with who holds one that is taken and the ports the image declares. */
export function PortRows({ text, wrong, active, image }: RowsOfRun & { readonly active: boolean; readonly image: string }) {
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
        const check = checks.get(`${port.host}/${port.protocol}`);
        const error = wrong(`ports.${index}.host`);
        return (
          <>
            <Cell width="first" error={error ?? (check && !check.free && <Taken check={check} onUse={(host) => change({ host })} />)}>
              <Input mono aria-label={`Host port ${index + 1}`} placeholder="Host port, or any free one" value={port.host} aria-invalid={error !== undefined || check?.free === false} onChange={(event) => { change({ host: event.target.value }); type({}, `ports.${index}.host`); }} />
            </Cell>
            <span className={css["between"]} aria-hidden="true">:</span>
            <Cell error={wrong(`ports.${index}.container`)}>
              <Input mono aria-label={`Container port ${index + 1}`} placeholder="Container port" value={port.container} aria-invalid={wrong(`ports.${index}.container`) !== undefined} onChange={(event) => { change({ container: event.target.value }); type({}, `ports.${index}.container`); }} onBlur={() => type({}, `ports.${index}.container`)} />
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

/** Environment variables; a pasted env file becomes one row for each line. */
export function EnvRows({ text, wrong }: RowsOfRun) {
  function paste(event: ClipboardEvent, index: number) {
    const lines = parseEnvLines(event.clipboardData.getData("text"));
    if (lines.length === 0) return;
    event.preventDefault();
    type({ env: [...text.env.slice(0, index), ...lines, ...text.env.slice(index + 1)] }, "env");
  }
  return (
    <Rows label="Environment" noun="variable" rows={text.env} blank={emptyEnv} onChange={(env) => type({ env }, "env")} hint={text.env.length > 0 && "Paste an env file into a name to add all of it."}>
      {(env, index, change) => (
        <>
          <Cell width="first" error={wrong(`env.${index}.name`)}>
            <Input mono aria-label={`Variable name ${index + 1}`} placeholder="Name" value={env.name} aria-invalid={wrong(`env.${index}.name`) !== undefined} onPaste={(event) => paste(event, index)} onChange={(event) => { change({ name: event.target.value }); type({}, `env.${index}.name`); }} onBlur={() => type({}, `env.${index}.name`)} />
          </Cell>
          <span className={css["between"]} aria-hidden="true">=</span>
          <Cell><Input mono aria-label={`Variable value ${index + 1}`} placeholder="Value" value={env.value} onChange={(event) => change({ value: event.target.value })} /></Cell>
        </>
      )}
    </Rows>
  );
}

/** Folders of this machine and volumes. */
export function VolumeRows({ text, wrong }: RowsOfRun) {
  return (
    <Rows label="Volumes" noun="volume" rows={text.volumes} blank={emptyVolume} onChange={(volumes) => type({ volumes }, "volumes")} hint={text.volumes.length > 0 && "A source that begins with / is a folder, anything else a named volume."}>
      {(volume, index, change) => (
        <>
          <Cell width="first" error={wrong(`volumes.${index}.source`)}>
            <Input mono aria-label={`Source of volume ${index + 1}`} placeholder="/folder or volume name" value={volume.source} aria-invalid={wrong(`volumes.${index}.source`) !== undefined} onChange={(event) => { change({ source: event.target.value }); type({}, `volumes.${index}.source`); }} onBlur={() => type({}, `volumes.${index}.source`)} />
          </Cell>
          <span className={css["between"]} aria-hidden="true">:</span>
          <Cell error={wrong(`volumes.${index}.target`)}>
            <Input mono aria-label={`Path in the container of volume ${index + 1}`} placeholder="/path/in/container" value={volume.target} aria-invalid={wrong(`volumes.${index}.target`) !== undefined} onChange={(event) => { change({ target: event.target.value }); type({}, `volumes.${index}.target`); }} onBlur={() => type({}, `volumes.${index}.target`)} />
          </Cell>
          <Cell width="92px"><div className={css["readOnly"]}><Check label="Read-only" aria-label={`Volume ${index + 1} read-only`} checked={volume.readOnly} onChange={(event) => change({ readOnly: event.target.checked })} /></div></Cell>
        </>
      )}
    </Rows>
  );
}
