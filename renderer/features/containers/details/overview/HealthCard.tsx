import type { ContainerInspectInfo } from "dockerode";
import { quoteWord } from "../../../../lib/shell.ts";
import { duration } from "../../../../lib/time.ts";
import { Card, Facts } from "../../../../ui/display/Facts.tsx";
import { Time } from "../../../../ui/display/Time.tsx";
import css from "./Overview.module.css";

const LAST = 3;

interface Probe {
  readonly Start: string;
  readonly End: string;
  readonly ExitCode: number;
  readonly Output: string;
}

/** What the health check does and what its last runs said; nothing where there is none. */
export function HealthCard({ info }: { readonly info: ContainerInspectInfo }) {
  const check = (info.Config as { Healthcheck?: { Test?: string[]; Interval?: number; Timeout?: number; StartPeriod?: number; Retries?: number } }).Healthcheck;
  const health = info.State.Health as { Status?: string; FailingStreak?: number; Log?: Probe[] } | undefined;
  const test = check?.Test ?? [];
  if (test.length === 0 || test[0] === "NONE") return null;
  const time = (ns: number | undefined, otherwise: number): string => duration((ns || otherwise * 1e9) / 1e6);
  const probes = [...(health?.Log ?? [])].slice(-LAST).reverse();
  return (
    <Card title="Health">
      <Facts
        rows={[
          ["State", health?.Status === undefined ? "Not running" : `${health.Status[0]?.toUpperCase()}${health.Status.slice(1)}${health.FailingStreak ? `, failed ${health.FailingStreak} times in a row` : ""}`],
          ["Command", <code key="test" className="mono">{test[0] === "CMD-SHELL" ? test[1] : test.slice(1).map(quoteWord).join(" ")}</code>],
          ["Every", `${time(check?.Interval, 30)}, for at most ${time(check?.Timeout, 30)}`],
          ["Unhealthy after", `${check?.Retries || 3} failures${check?.StartPeriod ? `, not counted in the first ${duration(check.StartPeriod / 1e6)}` : ""}`],
        ]}
      />
      {probes.map((probe) => (
        <div key={probe.Start} className={css["probe"]}>
          <p className={css["probeHead"]}><span>{probe.ExitCode === 0 ? "Passed" : `Failed with code ${probe.ExitCode}`}</span><span>{took(probe)}</span><Time at={Date.parse(probe.Start)} /></p>
          {probe.Output.trim() !== "" && <pre className="mono" tabIndex={0} aria-label="Output of the check">{probe.Output.trim()}</pre>}
        </div>
      ))}
    </Card>
  );
}

function took({ Start, End }: Probe): string {
  const ms = Date.parse(End) - Date.parse(Start);
  return ms >= 0 ? duration(ms) : "";
}
