import { Link, Network, Plug, Trash2, Unplug } from "lucide-react";
import { useMemo, useState } from "react";
import { useStore } from "zustand";
import type { NetworkDetails } from "../../../electron/ipc/contract/networks.ts";
import { plural } from "../../lib/time.ts";
import { containersStore } from "../../stores/containers.ts";
import { disconnectContainer, networksStore } from "../../stores/networks.ts";
import { detailTabs, href, navigate, type DetailTab } from "../../stores/route.ts";
import { Button, IconButton } from "../../ui/button/Button.tsx";
import { copyText, Copyable } from "../../ui/display/Copy.tsx";
import { Card, Cards, Facts } from "../../ui/display/Facts.tsx";
import { JsonView } from "../../ui/display/JsonView.tsx";
import { ObjectLink } from "../../ui/display/ObjectLink.tsx";
import { Pairs } from "../../ui/display/Pairs.tsx";
import { SomeRows } from "../../ui/display/SomeRows.tsx";
import { Time } from "../../ui/display/Time.tsx";
import { Problem } from "../../ui/feedback/Problem.tsx";
import { DetailBody, DetailPage } from "../../ui/layout/DetailPage.tsx";
import { Screen } from "../../ui/layout/Screen.tsx";
import { TableSkeleton } from "../../ui/table/TableSkeleton.tsx";
import { Marks } from "./columns.tsx";
import { ConnectDialog } from "./ConnectDialog.tsx";
import { askRemoveNetworks } from "./remove.tsx";
import { useNetworkDetails } from "./useNetworkDetails.ts";
import { withNetworkUsers, type UsedNetwork } from "./users.ts";
import css from "./Networks.module.css";

const tabNames: Record<DetailTab, string> = { overview: "Overview", inspect: "Inspect" };
const noEndpoints: NetworkDetails["endpoints"] = [];

/** One network, found by its id or its name: what it is, who is in it with which address. */
export function NetworkPage({ id, tab }: { readonly id: string; readonly tab: DetailTab }) {
  const { phase, rows } = useStore(networksStore);
  const containers = useStore(containersStore, (state) => state.rows);
  const row = rows.find((each) => each.id === id) ?? rows.find((each) => each.name === id) ?? (/^[0-9a-f]{6,}$/.test(id) ? rows.find((each) => each.id.startsWith(id)) : undefined);
  const network = useMemo(() => (row ? withNetworkUsers([row], containers)[0] : undefined), [row, containers]);
  if (network) return <Found network={network} tab={tab} />;
  return (
    <Screen title="Network">
      {phase === "loading" ? <TableSkeleton label="Loading the network" /> : <Problem fill title={`There is no network ${id.slice(0, 40)}.`} cause="It may have been removed, here or by another client." actions={<Button onClick={() => navigate(href.networks())}>All networks</Button>} />}
    </Screen>
  );
}

function Found({ network, tab }: { readonly network: UsedNetwork; readonly tab: DetailTab }) {
  const { row, users } = network;
  const { details, error, reload } = useNetworkDetails(row);
  const containers = useStore(containersStore, (state) => state.rows);
  const [connecting, setConnecting] = useState(false);
  const candidates = useMemo(() => containers.filter((each) => !users.includes(each) && each.info.HostConfig?.NetworkMode !== "host").sort((a, b) => a.name.localeCompare(b.name)), [containers, users]);
  const joinable = row.name !== "host" && row.name !== "none";
  return (
    <DetailPage
      kind="Network"
      label={`Network ${row.name}`}
      name={row.name}
      icon={<Network />}
      back="All networks"
      onBack={() => navigate(href.networks())}
      facts={
        <>
          <span>{users.length === 0 ? "No containers" : plural(users.length, "container")}</span>
          <span>{row.driver}</span>
          <Marks row={row} />
          {row.subnets[0] && <Copyable text={row.subnets[0].subnet} what="subnet" />}
        </>
      }
      actions={
        <>
          <IconButton label="Copy link" onClick={() => void copyText(location.href)}><Link /></IconButton>
          <Button icon={<Plug />} disabled={!joinable} title={joinable ? undefined : "Only a container that is created for it can be in this network"} onClick={() => setConnecting(true)}>Connect</Button>
          <Button icon={<Trash2 />} disabled={row.predefined} title={row.predefined ? "It came with the engine" : undefined} onClick={() => askRemoveNetworks([network], () => navigate(href.networks()))}>Remove</Button>
        </>
      }
      tab={tab}
      tabs={detailTabs.map((value) => ({ value, label: tabNames[value] }))}
      onTab={(next) => navigate(href.network(row.id, next))}
    >
      {error && !details ? <Problem fill title={`${row.name} could not be inspected.`} cause={error.message} raw={error.cause} actions={<Button onClick={reload}>Try again</Button>} />
      : tab === "inspect" ? (details ? <JsonView value={details.raw} /> : null)
      : <Overview network={network} details={details} joinable={joinable} />}
      <ConnectDialog open={connecting} onClose={() => setConnecting(false)} network={row} endpoints={details?.endpoints ?? noEndpoints} candidates={candidates} />
    </DetailPage>
  );
}

function Overview({ network, details, joinable }: { readonly network: UsedNetwork; readonly details: NetworkDetails | undefined; readonly joinable: boolean }) {
  const { row, users } = network;
  const labels = Object.entries(row.labels);
  const options = Object.entries(row.options);
  const endpoints = new Map((details?.endpoints ?? []).map((one) => [one.containerId, one]));
  return (
    <DetailBody>
      <Cards>
        <Card title="Network">
          <Facts
            rows={[
              ["Name", <Copyable key="name" text={row.name} what="network name" />],
              ["ID", <Copyable key="id" text={row.id} what="network ID">{row.id.slice(0, 12)}</Copyable>],
              ["Driver", row.driver],
              ["Scope", row.scope],
              ...row.subnets.flatMap(({ subnet, gateway }, index): [string, React.ReactNode][] => [
                [row.subnets.length > 1 ? `Subnet ${index + 1}` : "Subnet", <Copyable key={subnet} text={subnet} what="subnet" />],
                [row.subnets.length > 1 ? `Gateway ${index + 1}` : "Gateway", gateway ? <Copyable key={gateway} text={gateway} what="gateway" /> : undefined],
              ]),
              ["Internal", row.internal ? "Yes: nothing outside can be reached" : "No"],
              ["IPv6", row.ipv6 ? "Yes" : "No"],
              ["Created", row.created === null ? undefined : <Time key="created" at={row.created} />],
            ]}
          />
        </Card>
        <Card title="Containers">
          {users.length === 0 ? <p className={css["none"]}>{joinable ? "No container is in this network. Connect one, or choose it when you run one." : "No container is in this network."}</p> : (
            <SomeRows rows={users} className={css["members"]}>
              {(user) => {
                const endpoint = endpoints.get(user.id);
                const address = (endpoint?.ipv4 || endpoint?.ipv6 || "").split("/")[0] ?? "";
                return (
                  <li key={user.id}>
                    <ObjectLink to={href.container(user.id)} name={user.name} glyph={user.glyph} words={user.words} />
                    {address ? <Copyable text={address} what={`address of ${user.name}`} /> : <span className="quiet">{endpoint ? "No address" : user.state === "running" ? "" : "No address while it does not run"}</span>}
                    {joinable ? <IconButton label={`Disconnect ${user.name}`} tip="Disconnect" onClick={() => void disconnectContainer(row, user)}><Unplug /></IconButton> : <span />}
                  </li>
                );
              }}
            </SomeRows>
          )}
        </Card>
        {labels.length > 0 && <Card title="Labels"><Pairs pairs={labels} /></Card>}
        {options.length > 0 && <Card title="Options of the driver"><Pairs pairs={options} /></Card>}
      </Cards>
    </DetailBody>
  );
}
