import type { BinEntry } from "../../../electron/ipc/contract/bin.ts";
import { plural } from "../../lib/time.ts";
import { comesBack, keepHours, offerUndo } from "../../stores/bin.ts";
import { removeNetworks } from "../../stores/networks.ts";
import { notice } from "../../stores/notices.ts";
import { href, navigate } from "../../stores/route.ts";
import { confirm } from "../../ui/overlay/confirms.ts";
import { subnetWords, type UsedNetwork } from "./users.ts";
import css from "./Networks.module.css";

/** Asks once, naming each network that goes, then removes. The engine's own networks and those of containers are refused, with the reason. */
export function askRemoveNetworks(networks: readonly UsedNetwork[], after?: () => void): void {
  const free = networks.filter((network) => network.users.length === 0 && !network.row.predefined);
  const staying = networks.filter((network) => !free.includes(network));
  const [first] = free;
  if (!first) {
    refuse(staying);
    return;
  }
  const what = free.length === 1 ? first.row.name : plural(free.length, "network");
  const hours = keepHours();
  confirm({
    title: `Remove ${what}`,
    body: (
      <>
        <p>{free.length === 1 ? `The network${subnetWords(first.row) ? ` with its subnet ${subnetWords(first.row)}` : ""} goes. No container belongs to it.` : "These networks go. No container belongs to them."}{hours > 0 && ` ${comesBack(hours, free.length)}`}</p>
        {free.length > 1 && <NetworkNames networks={free} />}
        {staying.length > 0 && <p>{staying.length === 1 ? "This one stays:" : "These stay:"} {staying.map((network) => `${network.row.name} (${why(network)})`).join(", ")}.</p>}
      </>
    ),
    action: `Remove ${what}`,
    run: async () => {
      const kept: BinEntry[] = [];
      await removeNetworks(free.map((network) => network.row), (entry) => kept.push(entry));
      offerUndo(kept, kept.length === free.length ? what : plural(kept.length, "network"));
      after?.();
    },
  });
}

function why({ row, users }: UsedNetwork): string {
  if (row.predefined) return "it came with the engine";
  return `used by ${users.slice(0, 5).map((user) => user.name).join(", ")}${users.length > 5 ? ` and ${users.length - 5} more` : ""}`;
}

function refuse(staying: readonly UsedNetwork[]): void {
  const [first] = staying;
  if (!first) return;
  const [user] = first.users;
  notice({
    kind: "error",
    title: staying.length === 1 ? `The network ${first.row.name} stays.` : `All ${staying.length} networks stay.`,
    description: staying.length === 1 && first.row.predefined ? "It came with the engine, which cannot do without it." : staying.slice(0, 5).map((network) => `${network.row.name}: ${why(network)}.`).join(" "),
    actions: !first.row.predefined && user ? [{ label: `Show ${user.name}`, run: () => navigate(href.container(user.id)) }] : [],
  });
}

/** Names of networks with their subnets. */
export function NetworkNames({ networks }: { readonly networks: readonly UsedNetwork[] }) {
  return (
    <ul className={css["names"]} tabIndex={0} aria-label="Networks that go">
      {networks.map((network) => <li key={network.row.id}><span className="cut" title={network.row.name}>{network.row.name}</span><span className="num">{subnetWords(network.row)}</span></li>)}
    </ul>
  );
}
