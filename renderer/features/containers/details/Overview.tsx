import type { ContainerInspectInfo } from "dockerode";
import type { ReactNode } from "react";
import { quoteWord } from "../../../lib/shell.ts";
import { size } from "../../../lib/size.ts";
import type { ContainerRow } from "../../../stores/container-row.ts";
import { href } from "../../../stores/route.ts";
import { Copyable } from "../../../ui/display/Copy.tsx";
import { Card, Cards, Facts } from "../../../ui/display/Facts.tsx";
import { Pairs } from "../../../ui/display/Pairs.tsx";
import { Time } from "../../../ui/display/Time.tsx";
import { Problem } from "../../../ui/feedback/Problem.tsx";
import { Ports } from "../list/ports.tsx";
import css from "./Details.module.css";

/** What a container is made of, in the order in which it is looked for. */
export function Overview({ row, info }: { readonly row: ContainerRow; readonly info: ContainerInspectInfo }) {
  const { State: state, Config: config, HostConfig: host, NetworkSettings: net } = info;
  const env = config.Env ?? [];
  const labels = Object.entries(config.Labels ?? {});
  const networks = Object.entries(net.Networks ?? {});
  return (
    <div className={css["overview"]}>
      {state.Error && <Problem title="The container did not start." cause={state.Error} />}
      {state.OOMKilled && <Problem title="The container was killed because its memory ran out." cause={host.Memory ? `Its limit is ${size(host.Memory)}.` : "It has no limit of its own: the machine's memory ran out."} />}
      <Cards>
        <Card title="State">
          <Facts
            rows={[
              ["State", row.words],
              ["Exit code", state.Running || row.state === "created" ? undefined : String(state.ExitCode)],
              ["Started", time(state.StartedAt)],
              ["Finished", state.Running ? undefined : time(state.FinishedAt)],
              ["Created", <Time key="created" at={Date.parse(info.Created)} />],
              ["Process", state.Pid ? <Copyable key="pid" text={String(state.Pid)} what="process ID" /> : undefined],
              ["Restarts", info.RestartCount > 0 ? String(info.RestartCount) : undefined],
              ["Restart policy", restartWords(host.RestartPolicy?.Name, host.RestartPolicy?.MaximumRetryCount)],
            ]}
          />
        </Card>
        <Card title="Image and command">
          <Facts
            rows={[
              ["Image", <Copyable key="image" text={config.Image} what="image" />],
              ["Image ID", <Copyable key="id" text={info.Image} what="image ID">{info.Image.replace("sha256:", "").slice(0, 12)}</Copyable>],
              ["Command", <code key="command" className="mono">{[info.Path, ...(info.Args ?? [])].map(quoteWord).join(" ")}</code>],
              ["Working directory", config.WorkingDir ? <code key="wd" className="mono">{config.WorkingDir}</code> : undefined],
              ["User", config.User],
              ["Memory limit", host.Memory ? size(host.Memory) : undefined],
              ["CPU limit", host.NanoCpus ? `${host.NanoCpus / 1e9} CPUs` : undefined],
            ]}
          />
        </Card>
        <Card title="Network">
          <Facts
            rows={[
              ["Ports", row.published.length > 0 ? <Ports key="ports" ports={row.published} /> : "None published"],
              ["Not published", row.exposed.length > 0 ? <span key="exposed" className="mono">{row.exposed.join(", ")}</span> : undefined],
              ...networks.map(([name, network]): [string, ReactNode] => [name, network.IPAddress ? <Copyable key={name} text={network.IPAddress} what="address" /> : "No address"]),
              ["Host name", config.Hostname ? <Copyable key="host" text={config.Hostname} what="host name" /> : undefined],
            ]}
          />
        </Card>
        <Card title="Mounts">
          {info.Mounts.length === 0 ? <p className={css["none"]}>Nothing is mounted. What is written in the container goes when it is removed.</p> : (
            <ul className={css["mounts"]}>
              {info.Mounts.map((mount) => (
                <li key={mount.Destination}>
                  <code className="mono">{mount.Destination}</code>
                  <span className="quiet cut" title={mount.Source}>{mount.Type === "volume" && mount.Name ? <>volume <a className={css["link"]} href={href.volume(mount.Name)}>{mount.Name}</a></> : mount.Source}{mount.RW ? "" : ", read-only"}</span>
                </li>
              ))}
            </ul>
          )}
        </Card>
        {env.length > 0 && (
          <Card title="Environment">
            <Pairs pairs={env.map((line) => [line.split("=", 1)[0] ?? "", line.slice(line.indexOf("=") + 1)] as const)} />
          </Card>
        )}
        {labels.length > 0 && <Card title="Labels"><Pairs pairs={labels} /></Card>}
      </Cards>
    </div>
  );
}

function time(text: string) {
  const at = Date.parse(text);
  return Number.isNaN(at) || at <= 0 ? undefined : <Time at={at} />;
}

function restartWords(name: string | undefined, most: number | undefined): string {
  switch (name) {
    case "always":
      return "Always";
    case "unless-stopped":
      return "Always, unless stopped";
    case "on-failure":
      return most ? `When it fails, at most ${most} times` : "When it fails";
    default:
      return "Never";
  }
}
