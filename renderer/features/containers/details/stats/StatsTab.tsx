import type { ContainerInspectInfo } from "dockerode";
import { ChartLine } from "lucide-react";
import { percent } from "../../../../lib/percent.ts";
import { rate, size } from "../../../../lib/size.ts";
import { plural } from "../../../../lib/time.ts";
import type { ContainerRow } from "../../../../stores/container-row.ts";
import { perform } from "../../../../stores/containers.ts";
import { statsOf } from "../../../../stores/stats.ts";
import { Button } from "../../../../ui/button/Button.tsx";
import { LineChart, type LineChartProps } from "../../../../ui/chart/LineChart.tsx";
import { Empty } from "../../../../ui/feedback/Empty.tsx";
import { useStats } from "../../useStats.ts";
import { cpuLimit } from "./limit.ts";
import { Processes } from "./Processes.tsx";
import css from "./Stats.module.css";

const INTERVAL_MS = 1000;
/** What the width of a chart stands for, in seconds: it grows with what there is to show. */
const SHORTEST_SPAN = 60;
const LONGEST_SPAN = 600;

/** Live charts of what a container uses, and its processes. */
export function StatsTab({ row, info }: { readonly row: ContainerRow; readonly info: ContainerInspectInfo | undefined }) {
  const running = row.state === "running" || row.state === "paused";
  const last = useStats(row.id, running ? INTERVAL_MS : undefined);
  const charts = chartsOf(row.id);
  if (!running && charts.times.length === 0) {
    return (
      <Empty icon={<ChartLine />} title={`${row.name} is not running`} action={<Button variant="primary" onClick={() => void perform("start", row.id)}>{`Start ${row.name}`}</Button>} command={`docker start ${row.name} && docker stats ${row.name}`}>
        What a container uses of the processors, memory, network and disks is measured while it runs.
      </Empty>
    );
  }
  const cpus = cpuLimit(info);
  const memory = info?.HostConfig.Memory;
  const total = last?.total;
  const span = Math.min(LONGEST_SPAN, Math.max(SHORTEST_SPAN, (charts.times.at(-1) ?? 0) - (charts.times[0] ?? 0)));
  const base = { times: charts.times, span } as const;
  const cards: LineChartProps[] = [
    { ...base, title: "CPU", series: [{ name: "CPU", values: charts.cpu }], words: percent, atLeast: 0.02, limit: cpus === undefined ? undefined : { value: cpus, words: percent(cpus) } },
    { ...base, title: "Memory", series: [{ name: "Memory", values: charts.memory }], words: size, atLeast: 1_000_000, limit: memory ? { value: memory, words: size(memory) } : undefined },
    { ...base, title: "Network", series: [{ name: "Received", values: charts.received }, { name: "Sent", values: charts.sent }], words: rate, atLeast: 1000 },
    { ...base, title: "Disks", series: [{ name: "Read", values: charts.read }, { name: "Written", values: charts.written }], words: rate, atLeast: 1000 },
  ];
  return (
    <div className={css["stats"]}>
      {!running && <p className={css["over"]} role="status">It is not running. These are the last minutes before it ended.</p>}
      <div className={css["charts"]}>{cards.map((card) => <LineChart key={card.title} {...card} />)}</div>
      <dl className={css["totals"]}>
        {([
          ["Processes", total && `${total.pids.toLocaleString("en")}${total.pidsLimit > 0 ? ` of ${total.pidsLimit.toLocaleString("en")}` : ""}`],
          ["Restarts", info && (info.RestartCount > 0 ? plural(info.RestartCount, "restart") : "None")],
          ["CPU time", total && cpuTime(total.cpuNs)],
          ["Received, sent", total && `${size(total.received)}, ${size(total.sent)}`],
          ["Read, written", total && `${size(total.read)}, ${size(total.written)}`],
        ] as const).map(([name, words]) => <div key={name}><dt>{name}</dt><dd className="num">{words ?? "–"}</dd></div>)}
      </dl>
      <Processes row={row} />
    </div>
  );
}

interface Charts {
  readonly times: number[];
  readonly cpu: (number | null)[];
  readonly memory: (number | null)[];
  readonly received: (number | null)[];
  readonly sent: (number | null)[];
  readonly read: (number | null)[];
  readonly written: (number | null)[];
}

function chartsOf(id: string): Charts {
  const points = statsOf(id);
  return {
    times: points.map((point) => point.at / 1000),
    cpu: points.map((point) => point.cpu),
    memory: points.map((point) => point.memory),
    received: points.map((point) => point.received),
    sent: points.map((point) => point.sent),
    read: points.map((point) => point.read),
    written: points.map((point) => point.written),
  };
}

function cpuTime(ns: number): string {
  const seconds = ns / 1e9;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}
