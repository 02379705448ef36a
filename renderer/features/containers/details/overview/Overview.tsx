import type { ContainerInspectInfo } from "dockerode";
import { useStore } from "zustand";
import { quoteWord } from "../../../../lib/shell.ts";
import { size } from "../../../../lib/size.ts";
import { plural } from "../../../../lib/time.ts";
import type { ContainerRow } from "../../../../stores/container-row.ts";
import { networksStore } from "../../../../stores/networks.ts";
import { href } from "../../../../stores/route.ts";
import { Copyable } from "../../../../ui/display/Copy.tsx";
import { Card, Cards, Facts } from "../../../../ui/display/Facts.tsx";
import { Pairs } from "../../../../ui/display/Pairs.tsx";
import { Time } from "../../../../ui/display/Time.tsx";
import { Problem } from "../../../../ui/feedback/Problem.tsx";
import { Environment } from "./Environment.tsx";
import { HealthCard } from "./HealthCard.tsx";
import { groupLabels } from "./label-groups.ts";
import { limitRows, securityRows } from "./limits.ts";
import { NetworkCard, PortsCard } from "./NetworkCards.tsx";
import { StartCard } from "./StartCard.tsx";
import css from "./Overview.module.css";

/** What a container is made of, in the order in which it is looked for. */
export function Overview({ row, info }: { readonly row: ContainerRow; readonly info: ContainerInspectInfo }) {
  const { State: state, Config: config, HostConfig: host } = info;
  const networks = useStore(networksStore, (store) => store.rows);
  const limits = limitRows(info).filter(([, value]) => value !== undefined);
  const log = host.LogConfig as { Type?: string; Config?: Record<string, string> } | undefined;
  const labels = groupLabels(config.Labels ?? {});
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
              ["Restarts", info.RestartCount > 0 ? plural(info.RestartCount, "restart") : undefined],
              ["Restart policy", restartWords(host.RestartPolicy?.Name, host.RestartPolicy?.MaximumRetryCount)],
              ["When it ends", host.AutoRemove ? "It is removed" : undefined],
              ["Project", row.project],
            ]}
          />
        </Card>
        <HealthCard info={info} />
        <Card title="Image and command">
          <Facts
            rows={[
              ["Image", <Copyable key="image" text={config.Image} what="image" />],
              ["Image ID", <Copyable key="id" text={info.Image} what="image ID">{info.Image.replace("sha256:", "").slice(0, 12)}</Copyable>],
              ["Entrypoint", words(config.Entrypoint)],
              ["Command", words(config.Cmd)],
              ["Runs", config.Entrypoint ? <code key="runs" className="mono">{[info.Path, ...(info.Args ?? [])].map(quoteWord).join(" ")}</code> : undefined],
              ["Working directory", config.WorkingDir ? <code key="wd" className="mono">{config.WorkingDir}</code> : undefined],
              ["User", config.User || "root"],
              ["Terminal", config.Tty ? (config.OpenStdin ? "Yes, and it reads what is typed" : "Yes") : config.OpenStdin ? "No, but it reads what is typed" : "No"],
              ["Init process", host.Init ? "Yes" : undefined],
              ["Stop signal", (config as { StopSignal?: string }).StopSignal || undefined],
              ["Time to stop", (config as { StopTimeout?: number }).StopTimeout === undefined ? undefined : `${(config as { StopTimeout?: number }).StopTimeout} s`],
              ["Platform", info.Platform || undefined],
            ]}
          />
        </Card>
        <StartCard row={row} info={info} />
        <PortsCard row={row} />
        <NetworkCard info={info} networks={networks} />
        <Card title="Mounts">
          {info.Mounts.length === 0 && !host.Tmpfs ? <p className={css["none"]}>Nothing is mounted. What is written in the container goes when it is removed.</p> : (
            <ul className={css["rows"]}>
              {info.Mounts.map((mount) => (
                <li key={mount.Destination}>
                  <code className="mono">{mount.Destination}</code>
                  <span className="quiet cut" title={mount.Source}>{mount.Type === "volume" && mount.Name ? <>{/^[0-9a-f]{64}$/.test(mount.Name) ? "anonymous volume" : "volume"} <a className={css["link"]} href={href.volume(mount.Name)}>{mount.Name}</a></> : mount.Type === "tmpfs" ? "in memory" : mount.Source}{mount.RW ? "" : ", read-only"}</span>
                </li>
              ))}
              {Object.entries((host.Tmpfs as Record<string, string> | undefined) ?? {}).map(([path, options]) => <li key={path}><code className="mono">{path}</code><span className="quiet">in memory{options && `, ${options}`}</span></li>)}
            </ul>
          )}
        </Card>
        {(config.Env ?? []).length > 0 && <Environment key={row.id} env={config.Env} />}
        <Card title="Limits">{limits.length === 0 ? <p className={css["none"]}>It may use all of the machine.</p> : <Facts rows={limits} />}</Card>
        <Card title="Security"><Facts rows={securityRows(info)} /></Card>
        {log?.Type && <Card title="Log"><Facts rows={[["Driver", log.Type], ...Object.entries(log.Config ?? {}), ["File", info.LogPath ? <Copyable key="path" text={info.LogPath} what="path of the log" /> : undefined]]} /></Card>}
        {labels.length > 0 && (
          <Card title="Labels">
            {labels.map((group) => (
              <div key={group.title} className={css["group"]}>
                {group.title && <h3 className={css["groupTitle"]}>{group.title}</h3>}
                <Pairs pairs={group.labels} />
              </div>
            ))}
          </Card>
        )}
      </Cards>
    </div>
  );
}

function words(list: string | readonly string[] | null | undefined) {
  const all = typeof list === "string" ? [list] : list ?? [];
  return all.length === 0 ? undefined : <code className="mono">{all.map(quoteWord).join(" ")}</code>;
}

function time(text: string) {
  const at = Date.parse(text);
  return Number.isNaN(at) || at <= 0 ? undefined : <Time at={at} />;
}

/** A restart policy in words. */
export function restartWords(name: string | undefined, most: number | undefined): string {
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
