/** Every setting with its sentence, and the search among them. Pure. */
import type { AppInfo } from "../../../electron/ipc/contract/app.ts";
import { NOTICE_TOPICS, type NoticeTopic } from "../../../electron/ipc/contract/notice-topics.ts";
import type { UserSettings } from "../../../electron/ipc/contract/settings.ts";

export interface Setting {
  readonly id: string;
  readonly name: string;
  readonly sentence: string;
  /** More words by which it is found. */
  readonly keywords?: string;
  /** Only there under this host. */
  readonly host?: AppInfo["host"];
  readonly control:
    | { readonly type: "switch"; readonly value: (settings: UserSettings) => boolean; readonly change: (on: boolean, settings: UserSettings) => Partial<UserSettings> }
    | { readonly type: "choice"; readonly options: readonly { readonly value: string; readonly label: string }[]; readonly value: (settings: UserSettings) => string; readonly change: (value: string) => Partial<UserSettings> };
}

export interface SettingGroup {
  readonly title: string;
  readonly settings: readonly Setting[];
}

const topics: Record<NoticeTopic, { readonly name: string; readonly sentence: string }> = {
  builds: { name: "Builds", sentence: "Says when a build has ended, well or not." },
  transfers: { name: "Pulls and pushes", sentence: "Says when an image has arrived, or has been sent." },
  containers: { name: "Containers", sentence: "Says when a container ends with an error, runs out of memory or turns unhealthy." },
  engine: { name: "Engine", sentence: "Says when the engine goes away, and when it is back." },
};

const groups: readonly SettingGroup[] = [
  {
    title: "Look",
    settings: [
      {
        id: "theme",
        name: "Theme",
        sentence: "Light, dark, or as the system has it.",
        keywords: "dark light colour color appearance",
        control: { type: "choice", options: [{ value: "system", label: "System" }, { value: "light", label: "Light" }, { value: "dark", label: "Dark" }], value: ({ theme }) => theme, change: (theme) => ({ theme: theme as UserSettings["theme"] }) },
      },
      {
        id: "compact",
        name: "Compact rows",
        sentence: "Shows more of a list at once, with less room in each row.",
        keywords: "dense density height table",
        control: { type: "switch", value: ({ compactRows }) => compactRows, change: (compactRows) => ({ compactRows }) },
      },
    ],
  },
  {
    title: "Removing",
    settings: [
      {
        id: "keep-removed",
        name: "Keep what is removed",
        sentence: "For so long it can be brought back from Recently removed, and takes room on the disk. Other clients of the engine remove for good.",
        keywords: "undo restore bin trash delete",
        control: {
          type: "choice",
          options: [{ value: "0", label: "Not at all" }, { value: "1", label: "1 hour" }, { value: "24", label: "1 day" }, { value: "168", label: "7 days" }],
          value: ({ keepRemovedHours }) => String(keepRemovedHours),
          change: (hours) => ({ keepRemovedHours: Number(hours) }),
        },
      },
    ],
  },
  {
    title: "Notifications",
    settings: NOTICE_TOPICS.map((topic): Setting => ({
      id: `notices-${topic}`,
      ...topics[topic],
      keywords: "notification mute message toast",
      control: {
        type: "switch",
        value: ({ muted }) => !muted.includes(topic),
        change: (on, { muted }) => ({ muted: on ? muted.filter((each) => each !== topic) : [...muted.filter((each) => each !== topic), topic] }),
      },
    })),
  },
  {
    title: "Start and end",
    settings: [
      {
        id: "quit",
        name: "When Slipway quits",
        sentence: "Containers keep running either way; a stopped engine cannot be reached by the docker command.",
        keywords: "exit close stop engine",
        host: "electron",
        control: { type: "choice", options: [{ value: "ask", label: "Ask" }, { value: "keep", label: "Keep the engine" }, { value: "stop", label: "Stop the engine" }], value: ({ onQuit }) => onQuit, change: (onQuit) => ({ onQuit: onQuit as UserSettings["onQuit"] }) },
      },
      {
        id: "login",
        name: "Start at login",
        sentence: "Starts the engine and the tray icon with the session, without opening a window.",
        keywords: "autostart boot session",
        host: "electron",
        control: { type: "switch", value: ({ startAtLogin }) => startAtLogin, change: (startAtLogin) => ({ startAtLogin }) },
      },
    ],
  },
];

/** Settings that every word of `query` fits, in their groups; those of another host are left out. */
export function findSettings(query: string, host: AppInfo["host"] | undefined): SettingGroup[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return groups
    .map(({ title, settings }) => ({
      title,
      settings: settings.filter((setting) => {
        const text = `${title} ${setting.name} ${setting.sentence} ${setting.keywords ?? ""}`.toLowerCase();
        return (setting.host === undefined || setting.host === host) && words.every((word) => text.includes(word));
      }),
    }))
    .filter((group) => group.settings.length > 0);
}
