import { cx } from "../../../lib/cx.ts";
import type { PublishedPort } from "../../../stores/container-row.ts";
import { openExternal } from "../../../stores/app.ts";
import { Tip } from "../../../ui/overlay/Tip.tsx";
import css from "./List.module.css";

/** Published ports as links that open in the browser. */
export function Ports({ ports, most = Infinity }: { readonly ports: readonly PublishedPort[]; readonly most?: number }) {
  return (
    <span className={css["ports"]}>
      {ports.slice(0, most).map((port) => <PortLink key={keyOf(port)} port={port} />)}
      {ports.length > most && <Others ports={ports.slice(most)} />}
    </span>
  );
}

/** The first one in a narrow window, two in a wide one, and the number of the others. */
export function ShortPorts({ ports }: { readonly ports: readonly PublishedPort[] }) {
  return (
    <span className={css["ports"]}>
      {ports.slice(0, 2).map((port, index) => <PortLink key={keyOf(port)} port={port} className={index > 0 ? css["wide"] : undefined} />)}
      {ports.length > 1 && <Others ports={ports.slice(1)} className={css["narrow"]} />}
      {ports.length > 2 && <Others ports={ports.slice(2)} className={css["wide"]} />}
    </span>
  );
}

function Others({ ports, className }: { readonly ports: readonly PublishedPort[]; readonly className?: string | undefined }) {
  return <Tip text={() => ports.map(portText).join(", ")}><span className={cx(css["more"], className)}>+{ports.length}</span></Tip>;
}

function keyOf({ hostIp, hostPort, containerPort, protocol }: PublishedPort): string {
  return `${hostIp}${hostPort}${containerPort}${protocol}`;
}

/** `8080:80`, or `5353:53/udp`, with the address where it is not every one. */
export function portText(port: PublishedPort): string {
  const suffix = port.protocol === "tcp" ? "" : `/${port.protocol}`;
  return `${port.hostIp ? `${port.hostIp.includes(":") ? `[${port.hostIp}]` : port.hostIp}:` : ""}${port.hostPort}:${port.containerPort}${suffix}`;
}

function PortLink({ port, className }: { readonly port: PublishedPort; readonly className?: string | undefined }) {
  const text = portText(port);
  if (!port.url) return <span className={cx("mono", className)}>{text}</span>;
  const { url } = port;
  return (
    <Tip text={`Open ${url}`}>
      <a className={cx(css["port"], "mono", className)} href={url} target="_blank" rel="noreferrer" onClick={(event) => { event.preventDefault(); openExternal(url); }}>{text}</a>
    </Tip>
  );
}
