import { Trash2 } from "lucide-react";
import type { NetworkInfo } from "../../../electron/ipc/contract/networks.ts";
import { parseSubnet } from "../../lib/cidr.ts";
import { IconButton } from "../../ui/button/Button.tsx";
import { Badge } from "../../ui/display/Badge.tsx";
import { Copyable } from "../../ui/display/Copy.tsx";
import { Users } from "../../ui/display/ObjectLink.tsx";
import { Time } from "../../ui/display/Time.tsx";
import type { Column } from "../../ui/table/columns.ts";
import { askRemoveNetworks } from "./remove.tsx";
import type { UsedNetwork } from "./users.ts";
import css from "./Networks.module.css";

const names = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/** The columns of the list of networks. */
export const networkColumns: readonly Column<UsedNetwork>[] = [
  {
    id: "name",
    header: "Name",
    track: "minmax(170px, 2.4fr)",
    compare: (a, b) => names.compare(a.row.name, b.row.name),
    cell: ({ row }) => (
      <span className={css["name"]}>
        <span className={`${css["nameText"]} cut`} title={row.name.length > 28 ? row.name : undefined}>{row.name}</span>
        <Marks row={row} />
      </span>
    ),
  },
  { id: "users", header: "Containers", track: "minmax(110px, 1.5fr)", downFirst: true, compare: (a, b) => a.users.length - b.users.length, cell: ({ row, users }) => (users.length > 0 ? <Users names={users.map((user) => user.name)} /> : row.predefined ? null : <Badge>Unused</Badge>) },
  { id: "driver", header: "Driver", track: "minmax(64px, 0.6fr)", compare: (a, b) => names.compare(a.row.driver, b.row.driver), cell: ({ row }) => <span className="quiet cut">{row.driver}</span> },
  {
    id: "subnet",
    header: "Subnet",
    track: "minmax(128px, 1.3fr)",
    compare: (a, b) => compareSubnets(a.row, b.row),
    cell: ({ row: { subnets: [first, ...rest] } }) => first && <span className="mono" title={[first, ...rest].map((each) => each.subnet).join(", ")}>{first.subnet}{rest.length > 0 && <span className="quiet"> +{rest.length}</span>}</span>,
  },
  { id: "gateway", header: "Gateway", track: "minmax(96px, 1fr)", from: 860, cell: ({ row }) => row.subnets[0]?.gateway && <span className="mono">{row.subnets[0].gateway}</span> },
  { id: "id", header: "ID", track: "140px", from: 1180, cell: ({ row }) => <Copyable text={row.id} what="network ID">{row.id.slice(0, 12)}</Copyable> },
  { id: "created", header: "Created", track: "110px", align: "end", downFirst: true, compare: (a, b) => (a.row.created ?? 0) - (b.row.created ?? 0), cell: ({ row }) => row.created !== null && <span className="quiet"><Time at={row.created} /></span> },
  { id: "actions", header: "Actions", track: "56px", late: true, cell: (network) => <IconButton label={`Remove ${network.row.name}`} tip={network.row.predefined ? "Came with the engine: stays" : "Remove"} danger disabled={network.row.predefined} onClick={() => askRemoveNetworks([network])}><Trash2 /></IconButton> },
];

/** What is special about a network. */
export function Marks({ row }: { readonly row: NetworkInfo }) {
  if (!row.predefined && !row.internal) return null;
  return (
    <span className={css["marks"]}>
      {row.predefined && <Badge>built in</Badge>}
      {row.internal && <Badge tone="info">internal</Badge>}
    </span>
  );
}

function compareSubnets(a: NetworkInfo, b: NetworkInfo): number {
  const first = (row: NetworkInfo) => parseSubnet(row.subnets[0]?.subnet ?? "")?.first ?? -1n;
  const difference = first(a) - first(b);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}
