import { useDeferredValue, useEffect, useState } from "react";
import { useStore } from "zustand";
import type { AppInfo } from "../../../electron/ipc/contract/app.ts";
import { client, hostStore } from "../../stores/host.ts";
import { changeSettings, settingsStore } from "../../stores/settings.ts";
import { Button } from "../../ui/button/Button.tsx";
import { SearchField } from "../../ui/field/SearchField.tsx";
import { Screen } from "../../ui/layout/Screen.tsx";
import { SettingControl } from "./SettingControl.tsx";
import { findSettings } from "./settings-list.ts";
import css from "./Settings.module.css";

/** What can be chosen about this desktop. Each change counts at once, in every window. */
export function SettingsScreen() {
  const settings = useStore(settingsStore);
  const [query, setQuery] = useState("");
  const app = useAppInfo();
  const groups = findSettings(useDeferredValue(query), app?.host);
  return (
    <Screen title="Settings" tools={<SearchField label="Search settings" value={query} onChange={setQuery} />}>
      <div className={css["page"]}>
        {groups.length === 0 && <div className={css["nothing"]}><p>No setting matches “{query}”.</p><Button size="small" onClick={() => setQuery("")}>Show all</Button></div>}
        {groups.map((group) => (
          <section key={group.title} aria-label={`${group.title}: settings`} className={css["group"]}>
            <h2>{group.title}</h2>
            <ul>
              {group.settings.map((setting) => (
                <li key={setting.id} className={css["setting"]}>
                  <div className={css["words"]}>
                    <p id={`setting-${setting.id}`} className={css["name"]}>{setting.name}</p>
                    <p id={`about-${setting.id}`} className="quiet">{setting.sentence}</p>
                  </div>
                  <SettingControl setting={setting} settings={settings} onChange={(part) => void changeSettings(part)} />
                </li>
              ))}
            </ul>
          </section>
        ))}
        {app && query === "" && <p className={css["foot"]}>Slipway {app.version}, {app.host === "electron" ? "as an application" : "in a browser window"}. Settings are kept in slipway/desktop.json in this user's configuration folder.</p>}
      </div>
    </Screen>
  );
}

function useAppInfo(): AppInfo | undefined {
  const open = useStore(hostStore, (host) => host.link === "open");
  const [info, setInfo] = useState<AppInfo>();
  useEffect(() => {
    if (open) client().app.info().then(setInfo, () => undefined); // The settings of one host alone stay hidden then.
  }, [open]);
  return info;
}
