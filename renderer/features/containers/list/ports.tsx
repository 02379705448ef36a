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
