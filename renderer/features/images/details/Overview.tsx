import type { ImageInspectInfo } from "dockerode";
import { ArrowUpFromLine, Play, Tag, X } from "lucide-react";
import { quoteWord } from "../../../lib/shell.ts";
import { size } from "../../../lib/size.ts";
import { duration } from "../../../lib/time.ts";
import type { ContainerRow } from "../../../stores/container-row.ts";
import { shortIdOf } from "../../../stores/image-row.ts";
import type { ImageEntry } from "../../../stores/images.ts";
import { href, openDialog } from "../../../stores/route.ts";
import { Button, IconButton } from "../../../ui/button/Button.tsx";
import { Copyable } from "../../../ui/display/Copy.tsx";
import { Card, Cards, Facts } from "../../../ui/display/Facts.tsx";
import { ObjectLink } from "../../../ui/display/ObjectLink.tsx";
import { Pairs } from "../../../ui/display/Pairs.tsx";
import { SomeRows } from "../../../ui/display/SomeRows.tsx";
import { Time } from "../../../ui/display/Time.tsx";
import { DetailBody } from "../../../ui/layout/DetailPage.tsx";
import { askRemoveNames } from "../remove.tsx";
import css from "../Images.module.css";

export interface OverviewProps {
  readonly info: ImageInspectInfo;
  readonly entry: ImageEntry;
  /** All tags, in every repository. */
  readonly names: readonly string[];
  readonly users: readonly ContainerRow[];
  readonly shared: number | undefined;
}

interface Health {
  readonly Test?: readonly string[];
  readonly Interval?: number;
  readonly Timeout?: number;
  readonly Retries?: number;
}

/** What an image is and how it runs. */
export function Overview({ info, entry, names, users, shared }: OverviewProps) {
  const config = info.Config as typeof info.Config & { StopSignal?: string; Shell?: string[] | null; Healthcheck?: Health; OnBuild?: string[] | null } | undefined;
  const env = config?.Env ?? [];
  const labels = Object.entries(config?.Labels ?? {});
  const ports = Object.keys(config?.ExposedPorts ?? {});
  const volumes = Object.keys(config?.Volumes ?? {});
  const digests = info.RepoDigests ?? [];
  const created = Date.parse(info.Created);
  return (
    <DetailBody>
      <Cards>
        <Card title="Image">
          <Facts
            rows={[
              ["ID", <Copyable key="id" text={info.Id} what="image ID">{shortIdOf(info.Id)}</Copyable>],
              ["Created", created > 0 ? <Time key="created" at={created} /> : "Not said"],
              ["Size", <span key="size" className="num">{size(info.Size)} ({info.Size.toLocaleString("en")} bytes)</span>],
              ["In no other image", shared === undefined ? "Being added up" : <span key="own" className="num">{size(Math.max(0, info.Size - shared))}</span>],
              ["Platform", [info.Os, info.Architecture, (info as { Variant?: string }).Variant ?? ""].filter(Boolean).join("/")],
              ["Layers", <a key="layers" className={css["link"]} href={href.image(info.Id, "layers")}>{(info.RootFS.Layers ?? []).length}</a>],
              ["Made from", info.Parent ? <a key="parent" className={css["link"]} href={href.image(info.Parent)}>{shortIdOf(info.Parent)}</a> : undefined],
              ["Author", info.Author],
              ["Comment", info.Comment],
              ["Built by", info.DockerVersion ? `Docker ${info.DockerVersion}` : undefined],
            ]}
          />
        </Card>
        <Card title="Names" actions={<Button size="small" variant="ghost" icon={<Tag />} onClick={() => openDialog("tag-image", entry.reference)}>Tag</Button>}>
          {names.length === 0 && <p className={css["none"]}>No tag points to it. It goes with the next prune, unless a container uses it.</p>}
          <ul className={css["rows"]}>
            {names.map((name) => (
              <li key={name}>
                <Copyable text={name} what="name" />
                <IconButton label={`Run ${name}`} tip="Run" onClick={() => openDialog("run", name)}><Play /></IconButton>
                <IconButton label={`Push ${name}`} tip="Push" onClick={() => openDialog("push", name)}><ArrowUpFromLine /></IconButton>
                <IconButton label={`Untag ${name}`} tip="Untag" onClick={() => askRemoveNames([name], name)}><X /></IconButton>
              </li>
            ))}
            {digests.map((digest) => <li key={digest}><Copyable text={digest} what="digest">{digest.replace(/(@sha256:[0-9a-f]{12})[0-9a-f]+$/, "$1")}</Copyable><span className="quiet">digest</span></li>)}
          </ul>
        </Card>
        <Card title="Used by">
          {users.length === 0 ? <p className={css["none"]}>No container is made from it.</p> : (
            <SomeRows rows={users} className={css["rows"]}>
              {(container) => (
                <li key={container.id}>
                  <ObjectLink to={href.container(container.id)} name={container.name} glyph={container.glyph} words={container.words} />
                  <span className="quiet">{container.words}</span>
                </li>
              )}
            </SomeRows>
          )}
        </Card>
        <Card title="How it runs">
          <Facts
            rows={[
              ["Entrypoint", command(config?.Entrypoint)],
              ["Command", command(config?.Cmd)],
              ["Working directory", config?.WorkingDir ? <code key="wd" className="mono">{config.WorkingDir}</code> : "/"],
              ["User", config?.User ? <code key="user" className="mono">{config.User}</code> : "root"],
              ["Ports", ports.length > 0 ? <span key="ports" className="mono">{ports.join(", ")}</span> : "None declared"],
              ["Volumes", volumes.length > 0 ? <span key="volumes" className="mono">{volumes.join(", ")}</span> : "None declared"],
              ["Health check", health(config?.Healthcheck)],
              ["Stop signal", config?.StopSignal],
              ["Shell", config?.Shell ? command(config.Shell) : undefined],
              ["On build", config?.OnBuild?.length ? <code key="onbuild" className="mono">{config.OnBuild.join("; ")}</code> : undefined],
            ]}
          />
        </Card>
        {env.length > 0 && <Card title="Environment"><Pairs pairs={env.map((line) => [line.split("=", 1)[0] ?? "", line.slice(line.indexOf("=") + 1)] as const)} /></Card>}
        {labels.length > 0 && <Card title="Labels"><Pairs pairs={labels.map(([name, value]) => [name, String(value)] as const)} /></Card>}
      </Cards>
    </DetailBody>
  );
}

function command(words: string | string[] | null | undefined) {
  const list = typeof words === "string" ? [words] : (words ?? []);
  if (list.length === 0) return <span className="quiet">None</span>;
  return <Copyable text={list.map(quoteWord).join(" ")} what="command" />;
}

function health(check: Health | undefined) {
  if (!check?.Test?.length || check.Test[0] === "NONE") return undefined;
  const [kind, ...rest] = check.Test;
  const times = [check.Interval ? `every ${duration(check.Interval / 1e6)}` : "", check.Timeout ? `timeout ${duration(check.Timeout / 1e6)}` : "", check.Retries ? `${check.Retries} retries` : ""].filter(Boolean).join(", ");
  return <><code className="mono">{kind === "CMD-SHELL" ? rest.join(" ") : rest.map(quoteWord).join(" ")}</code>{times && <span className="quiet"> {times}</span>}</>;
}
