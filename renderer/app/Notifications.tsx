import { Popover } from "@base-ui/react/popover";
import { Bell, BellOff, CircleCheck, TriangleAlert } from "lucide-react";
import { useRef, useState } from "react";
import { useStore } from "zustand";
import type { NoticeTopic } from "../../electron/ipc/contract/notice-topics.ts";
import { clearNotifications, markRead, notificationsStore, type Notification } from "../stores/notifications.ts";
import { href, navigate } from "../stores/route.ts";
import { changeSettings, settingsStore } from "../stores/settings.ts";
import { Button, IconButton } from "../ui/button/Button.tsx";
import { Time } from "../ui/display/Time.tsx";
import css from "./Notifications.module.css";

const topics: Record<NoticeTopic, string> = { builds: "builds", transfers: "pulls and pushes", containers: "containers", engine: "the engine" };

/** In the status bar: what happened, newest first. Opening it counts as having read. */
export function Notifications() {
  const { list, unread } = useStore(notificationsStore);
  const [open, setOpen] = useState(false);
  const popup = useRef<HTMLDivElement>(null);
  const change = (next: boolean) => {
    setOpen(next);
    markRead();
  };
  return (
    <Popover.Root open={open} onOpenChange={change}>
      <Popover.Trigger className={css["trigger"]} aria-label={unread > 0 ? `Notifications, ${unread} new` : "Notifications"}>
        <Bell size={13} aria-hidden="true" />
        {unread > 0 && <span className={css["count"]} aria-hidden="true">{unread}</span>}
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner side="top" align="end" sideOffset={6} className={css["positioner"]}>
          <Popover.Popup ref={popup} initialFocus={popup} className={css["popover"]}>
            <header className={css["head"]}>
              <Popover.Title className={css["title"]}>What happened</Popover.Title>
              <Button variant="ghost" size="small" onClick={() => { change(false); navigate(href.settings()); }}>Settings</Button>
              {list.length > 0 && <Button variant="ghost" size="small" onClick={clearNotifications}>Clear</Button>}
            </header>
            {list.length === 0 ? <p className={css["none"]}>Nothing has happened since this window was opened. What ends, fails or comes back is kept here.</p>
            : <ul className={css["list"]} aria-label="What happened">{list.map((each) => <Item key={each.id} item={each} onAct={() => change(false)} />)}</ul>}
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}

function Item({ item, onAct }: { readonly item: Notification; readonly onAct: () => void }) {
  const muted = useStore(settingsStore, (settings) => item.topic !== undefined && settings.muted.includes(item.topic));
  const { topic } = item;
  return (
    <li className={css["item"]}>
      <span className={css["icon"]} data-kind={item.kind} aria-hidden="true">{item.kind === "error" ? <TriangleAlert size={14} /> : <CircleCheck size={14} />}</span>
      <div className={css["text"]}>
        <p className={css["name"]}>{item.title}</p>
        {item.description !== undefined && <p className="quiet">{item.description}</p>}
        <p className={css["when"]}><Time at={item.at} />{muted && ", muted"}</p>
        {item.actions && item.actions.length > 0 && <div className={css["actions"]}>{item.actions.map((action) => <Button key={action.label} size="small" onClick={() => { onAct(); action.run(); }}>{action.label}</Button>)}</div>}
      </div>
      {topic !== undefined && !muted && (
        <IconButton label={`Mute messages about ${topics[topic]}`} onClick={() => void changeSettings({ muted: [...settingsStore.getState().muted, topic] })}><BellOff /></IconButton>
      )}
    </li>
  );
}
