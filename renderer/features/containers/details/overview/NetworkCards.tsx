import type { ContainerInspectInfo } from "dockerode";
import type { NetworkInfo } from "../../../../../electron/ipc/contract/networks.ts";
import type { ContainerRow } from "../../../../stores/container-row.ts";
import { href } from "../../../../stores/route.ts";
import { Copyable } from "../../../../ui/display/Copy.tsx";
import { Card, Facts } from "../../../../ui/display/Facts.tsx";
import { Ports } from "../../list/ports.tsx";
import css from "./Overview.module.css";

/** Ports that are published, to open, and those that are not. */
export function PortsCard({ row }: { readonly row: ContainerRow }) {
  if (row.published.length === 0 && row.exposed.length === 0) return null;
  return (
    <Card title="Ports">
      <Facts rows={[["Published", row.published.length > 0 ? <Ports key="ports" ports={row.published} /> : "None"], ["Not published", row.exposed.length > 0 ? <span key="exposed" className="mono">{row.exposed.join(", ")}</span> : undefined]]} />
    </Card>
  );
}

interface Endpoint {
  readonly NetworkID?: string;
  readonly IPAddress?: string;
  readonly IPPrefixLen?: number;
  readonly GlobalIPv6Address?: string;
  readonly Gateway?: string;
  readonly MacAddress?: string;
  readonly Aliases?: readonly string[] | null;
  readonly DNSNames?: readonly string[] | null;
}

/** The networks a container is in, with its addresses and names there. */
export function NetworkCard({ info, networks }: { readonly info: ContainerInspectInfo; readonly networks: readonly NetworkInfo[] }) {
  const { Config: config, HostConfig: host } = info;
  const endpoints = Object.entries(info.NetworkSettings.Networks ?? {}) as [string, Endpoint][];
  const extra = host as { Dns?: string[] | null; ExtraHosts?: string[] | null };
  return (
    <Card title="Networks">
      {endpoints.length === 0 && <p className={css["none"]}>{host.NetworkMode === "host" ? "It uses the network of the host." : host.NetworkMode?.startsWith("container:") ? `It shares the network of container ${host.NetworkMode.slice(10, 22)}.` : "It is in no network."}</p>}
      {endpoints.map(([name, endpoint]) => {
        const known = networks.find((network) => network.id === endpoint.NetworkID || network.name === name);
        const aliases = [...new Set([...(endpoint.DNSNames ?? []), ...(endpoint.Aliases ?? [])])].filter((alias) => !info.Id.startsWith(alias));
        return (
          <div key={name} className={css["facts"]}>
            <Facts
              rows={[
                ["Network", known ? <a key="link" className={css["link"]} href={href.network(known.id)}>{name}</a> : name],
                ["Address", endpoint.IPAddress ? <Copyable key="address" text={endpoint.IPAddress} what="address">{endpoint.IPAddress}{endpoint.IPPrefixLen ? `/${endpoint.IPPrefixLen}` : ""}</Copyable> : "None while it does not run"],
                ["IPv6 address", endpoint.GlobalIPv6Address ? <Copyable key="v6" text={endpoint.GlobalIPv6Address} what="IPv6 address" /> : undefined],
                ["Gateway", endpoint.Gateway || undefined],
                ["MAC address", endpoint.MacAddress ? <Copyable key="mac" text={endpoint.MacAddress} what="MAC address" /> : undefined],
                ["Names", aliases.length > 0 ? <span key="names" className="mono">{aliases.join(", ")}</span> : undefined],
              ]}
            />
          </div>
        );
      })}
      <Facts
        rows={[
          ["Host name", config.Hostname ? <Copyable key="host" text={config.Hostname} what="host name" /> : undefined],
          ["Name servers", extra.Dns?.join(", ")],
          ["Extra hosts", extra.ExtraHosts?.join(", ")],
        ]}
      />
    </Card>
  );
}
