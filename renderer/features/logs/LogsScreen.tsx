import { PanelLeft, ScrollText } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import { useStore } from "zustand";
import { emptyQuery } from "../../lib/text-query.ts";
import { containersStore } from "../../stores/containers.ts";
import { prefsStore } from "../../stores/prefs.ts";
import { href, logsQuery, parseLogsQuery, type LogsQuery } from "../../stores/route.ts";
import { Button, IconButton } from "../../ui/button/Button.tsx";
import { Empty } from "../../ui/feedback/Empty.tsx";
import { Screen } from "../../ui/layout/Screen.tsx";
import { levelChoices, type LevelChoice } from "../../ui/log/scan.ts";
import { choiceWords, resolveChoice } from "./choice.ts";
import { plainSettings, type LensSettings } from "./lens.ts";
import { LogPane } from "./LogPane.tsx";
import { SourcesPanel } from "./SourcesPanel.tsx";
import css from "./Logs.module.css";

/** Logs of many containers in one, merged by time. */
export function LogsScreen({ query }: { readonly query: string }) {
  const address = query || prefsStore.getState().logChoice;
  const [choice, setChoice] = useState<LogsQuery>(() => parseLogsQuery(address));
  const [settings, setSettings] = useState<LensSettings>(() => settingsOf(parseLogsQuery(address)));
  const panel = useStore(prefsStore, (prefs) => prefs.logPanel);
  const rows = useStore(containersStore, (state) => state.rows);
  const ready = useStore(containersStore, (state) => state.phase === "ready");
  const { infos, left } = useMemo(() => resolveChoice(choice, rows), [choice, rows]);
  const id = logsQuery({ rule: choice.rule, projects: choice.projects, containers: choice.containers });

  // An address that was followed says what is shown; what is chosen here says it in the address.
  const [followed, setFollowed] = useState(query);
  if (query !== followed) {
    setFollowed(query);
    if (query !== "") {
      setChoice(parseLogsQuery(query));
      setSettings(settingsOf(parseLogsQuery(query)));
    }
  }
  useEffect(() => {
    const { query: { text, regex }, only, levels } = settings;
    prefsStore.setState({ logChoice: id });
    const next = href.logs({ ...parseLogsQuery(id), find: text, regex, only, levels });
    if (location.hash !== next && location.hash.startsWith("#/logs")) history.replaceState(null, "", next);
  }, [id, settings]);

  const nothing = rows.length === 0 && ready
    ? <Empty icon={<ScrollText />} title="No containers yet" command="docker run -d --name web nginx">What containers print appears here, of one or of all of them, in order of time.</Empty>
    : id === "" ? <Empty icon={<ScrollText />} title="Nothing is chosen" action={<Button onClick={() => setChoice({ rule: "running" })}>Show all running containers</Button>}>Choose containers or projects at the left. Their lines are merged by time, and what starts later joins by itself.</Empty>
    : infos.length === 0 && ready ? <Empty icon={<ScrollText />} title="Nothing to show yet">{`No container matches ${choiceWords(choice)} now. One that starts later appears here by itself.`}</Empty>
    : undefined;
  return (
    <Screen title="Logs" tools={left > 0 ? <span className="quiet">{left.toLocaleString("en")} more containers match; the first {infos.length} are shown.</span> : undefined}>
      <div className={css["split"]}>
        {panel && <SourcesPanel choice={choice} rows={rows} shown={infos} onChoice={setChoice} />}
        <LogPane
          id={id} name={choiceWords(choice) || "nothing"} infos={infos} settings={settings} onSettings={setSettings} nothing={nothing}
          tools={<IconButton label={panel ? "Hide the choice of containers" : "Choose containers"} pressed={panel} onClick={() => prefsStore.setState({ logPanel: !panel })}><PanelLeft /></IconButton>}
        />
      </div>
    </Screen>
  );
}

function settingsOf({ find = "", regex = false, only = false, levels }: LogsQuery): LensSettings {
  const known = levels?.filter((level): level is LevelChoice => (levelChoices as readonly string[]).includes(level));
  return { ...plainSettings, query: { ...emptyQuery, text: find, regex }, only, levels: known && known.length > 0 ? known : undefined };
}
