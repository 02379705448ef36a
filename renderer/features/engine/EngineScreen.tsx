import { useStore } from "zustand";
import { engineStore } from "../../stores/engine.ts";
import { hostStore } from "../../stores/host.ts";
import { href, navigate, type EngineTab } from "../../stores/route.ts";
import { TabPanel, Tabs } from "../../ui/display/Tabs.tsx";
import { Screen } from "../../ui/layout/Screen.tsx";
import { CallsPanel } from "./calls/CallsPanel.tsx";
import { ConnectionsPanel } from "./connections/ConnectionsPanel.tsx";
import { DiskPanel } from "./disk/DiskPanel.tsx";
import { EngineDown } from "./EngineDown.tsx";
import { EngineLog } from "./EngineLog.tsx";
import { EngineOverview } from "./EngineOverview.tsx";
import { RequirementsPanel } from "./Requirements.tsx";

const tabs: readonly { readonly value: EngineTab; readonly label: string; readonly ownOnly?: boolean }[] = [
  { value: "overview", label: "Engine" },
  { value: "disk", label: "Disk" },
  { value: "connections", label: "Connections" },
  { value: "calls", label: "Calls" },
  { value: "requirements", label: "Requirements", ownOnly: true },
  { value: "log", label: "Log", ownOnly: true },
];

/** The engine: itself, others to choose from, and for the built-in one what it needs and what it wrote down. */
export function EngineScreen({ tab }: { readonly tab: EngineTab }) {
  const link = useStore(hostStore, (host) => host.link);
  const status = useStore(engineStore, (engine) => engine.status);
  if (!status || link !== "open") return <Screen title="Engine"><EngineDown /></Screen>;
  const offered = tabs.filter((each) => status.managed || !each.ownOnly);
  const shown = offered.some((each) => each.value === tab) ? tab : "overview";
  return (
    <Screen title="Engine">
      <Tabs label="Engine" value={shown} tabs={offered} onChange={(next) => navigate(href.engine(next))} />
      <TabPanel key={shown} value={shown}>
        {shown === "overview" ? <EngineOverview status={status} />
        : shown === "disk" ? (status.state === "connected" ? <DiskPanel key={status.connection.id} /> : <EngineDown />)
        : shown === "connections" ? <ConnectionsPanel />
        : shown === "calls" ? <CallsPanel />
        : shown === "requirements" ? <RequirementsPanel />
        : <EngineLog />}
      </TabPanel>
    </Screen>
  );
}
