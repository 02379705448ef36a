import { Copy, ExternalLink, Pencil, TriangleAlert } from "lucide-react";
import { useStore } from "zustand";
import type { PortBinding } from "../../../electron/ipc/contract/ports.ts";
import { cx } from "../../lib/cx.ts";
import type { ContainerRow } from "../../stores/container-row.ts";
import { openExternal } from "../../stores/app.ts";
import { engineStore, isSlipway } from "../../stores/engine.ts";
import { href, openDialog } from "../../stores/route.ts";
import { IconButton } from "../../ui/button/Button.tsx";
import { copyText } from "../../ui/display/Copy.tsx";
import { ObjectLink } from "../../ui/display/ObjectLink.tsx";
import { Tip } from "../../ui/overlay/Tip.tsx";
import type { Column } from "../../ui/table/columns.ts";
import { bindingName, conflictWords, guessUrl, hostAddress, hostPortText, severity } from "./port-words.ts";
import css from "./Ports.module.css";

/** A binding with its container's row, where the list has it. */
export interface PortRow {
  readonly binding: PortBinding;
  readonly container: ContainerRow | undefined;
}

const names = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
const order = { blocked: 0, rivals: 1, none: 2 } as const;

/** The columns of the list of ports. */
export const portColumns: readonly Column<PortRow>[] = [
  {
    id: "port",
    header: "Host port",
    track: "104px",
    compare: (a, b) => (a.binding.hostPort ?? 65_536) - (b.binding.hostPort ?? 65_536) || names.compare(a.binding.containerName, b.binding.containerName),
    cell: ({ binding }) => <HostPort row={binding} />,
  },
  { id: "address", header: "Address", track: "minmax(96px, 0.9fr)", compare: (a, b) => names.compare(a.binding.hostIp, b.binding.hostIp), cell: ({ binding }) => (binding.hostIp === "" ? <span className="quiet">All</span> : <span className="mono cut" title={binding.hostIp}>{binding.hostIp}</span>) },
  { id: "inside", header: "Container port", track: "124px", compare: (a, b) => a.binding.containerPort - b.binding.containerPort, cell: ({ binding }) => <span className="mono">{binding.containerPort}<span className="quiet">/{binding.protocol}</span></span> },
  {
    id: "container",
    header: "Container",
    track: "minmax(118px, 1.5fr)",
    compare: (a, b) => names.compare(a.binding.containerName, b.binding.containerName) || (a.binding.hostPort ?? 0) - (b.binding.hostPort ?? 0),
    cell: ({ binding, container }) => <ObjectLink to={href.container(binding.containerId)} name={container?.name ?? binding.containerName} glyph={container?.glyph ?? (binding.live ? "running" : "exited")} words={container?.words ?? binding.state} />,
  },
  { id: "state", header: "State", track: "minmax(84px, 0.7fr)", from: 860, compare: (a, b) => Number(b.binding.live) - Number(a.binding.live), cell: ({ binding }) => (binding.live ? <span>Bound</span> : <Tip text="Will be bound when the container starts"><span className={css["idle"]}>Not bound</span></Tip>) },
  { id: "conflict", header: "Conflict", track: "minmax(160px, 3fr)", compare: (a, b) => order[severity(a.binding)] - order[severity(b.binding)], cell: ({ binding }) => <Conflict row={binding} /> },
  { id: "actions", header: "Actions", track: "112px", late: true, cell: ({ binding }) => <Actions row={binding} /> },
];

function HostPort({ row }: { readonly row: PortBinding }) {
  const url = guessUrl(row);
  const text = hostPortText(row);
  if (row.hostPort === null) return <Tip text="The engine picks a free port when the container starts"><span className="quiet">{text}</span></Tip>;
  if (!url) return <span className={cx("mono", !row.live && css["idle"])}>{text}</span>;
  return <Tip text={`Open ${url}`}><a className={`${css["link"]} mono`} href={url} target="_blank" rel="noreferrer" onClick={(event) => { event.preventDefault(); openExternal(url); }}>{text}</a></Tip>;
}

function Conflict({ row }: { readonly row: PortBinding }) {
  const words = conflictWords(row);
  if (words === "") return null;
  const { suggestion } = row;
  return (
    <span className={cx(css["conflict"], severity(row) === "blocked" && css["blocked"])}>
      <TriangleAlert aria-hidden="true" />
      <Tip text={row.live ? `${words}, which cannot start while this container runs` : suggestion === undefined ? words : `${words}. The next free port is ${suggestion}.`}><span className="cut">{words}</span></Tip>
      {suggestion !== undefined && !row.live && <Tip text={`Copy ${suggestion}, the next free port`}><button type="button" className={css["next"]} aria-label={`Copy ${suggestion}, the next free port`} onClick={() => void copyText(String(suggestion))}>{suggestion} is free</button></Tip>}
    </span>
  );
}

function Actions({ row }: { readonly row: PortBinding }) {
  const url = guessUrl(row);
  const address = hostAddress(row);
  const editable = useStore(engineStore, isSlipway);
  return (
    <>
      {editable && <IconButton label={`Change ${bindingName(row)}`} tip="Change" onClick={() => openDialog("edit", `${row.containerId}:ports`)}><Pencil /></IconButton>}
      {url && <IconButton label={`Open ${bindingName(row)}`} tip={`Open ${url}`} onClick={() => openExternal(url)}><ExternalLink /></IconButton>}
      <IconButton label={`Copy address of ${bindingName(row)}`} tip={address ? `Copy ${address}` : "It has no port yet"} disabled={address === ""} onClick={() => void copyText(address)}><Copy /></IconButton>
    </>
  );
}
