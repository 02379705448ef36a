import type { PublishedPort } from "../../../stores/container-row.ts";
import { openExternal } from "../../../stores/app.ts";
import { Tip } from "../../../ui/overlay/Tip.tsx";
import css from "./List.module.css";

/** Published ports as links that open in the browser. */
export function Ports({ ports, most = Infinity }: { readonly ports: readonly PublishedPort[]; readonly most?: number }) {
  const shown = ports.slice(0, most);
  const rest = ports.slice(most);
  return (
    <span className={css["ports"]}>
      {shown.map((port) => <PortLink key={`${port.hostIp}${port.hostPort}${port.containerPort}${port.protocol}`} port={port} />)}
      {rest.length > 0 && <Tip text={rest.map(portText).join(", ")}><span className={css["more"]}>+{rest.length}</span></Tip>}
    </span>
  );
}

/** The first one in a narrow window, two in a wide one, and the number of the others. */
export function ShortPorts({ ports }: { readonly ports: readonly PublishedPort[] }) {
  if (ports.length === 1) return <Ports ports={ports} />;
  return (
    <>
      <span className={css["narrow"]}><Ports ports={ports} most={1} /></span>
      <span className={css["wide"]}><Ports ports={ports} most={2} /></span>
    </>
  );
}

/** `8080:80`, or `5353:53/udp`, with the address where it is not every one. */
export function portText(port: PublishedPort): string {
  const suffix = port.protocol === "tcp" ? "" : `/${port.protocol}`;
  return `${port.hostIp ? `${port.hostIp.includes(":") ? `[${port.hostIp}]` : port.hostIp}:` : ""}${port.hostPort}:${port.containerPort}${suffix}`;
}

function PortLink({ port }: { readonly port: PublishedPort }) {
  const text = portText(port);
  if (!port.url) return <span className="mono">{text}</span>;
  const { url } = port;
  return (
    <Tip text={`Open ${url}`}>
      <a className={`${css["port"]} mono`} href={url} target="_blank" rel="noreferrer" onClick={(event) => { event.preventDefault(); openExternal(url); }}>{text}</a>
    </Tip>
  );
}
