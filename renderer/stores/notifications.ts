/** What happened, kept until it is cleared: every notice, whether it was shown in passing or muted. */
import { createStore } from "zustand/vanilla";
import type { Notice } from "./notices.ts";

export interface Notification extends Notice {
  readonly id: number;
  /** Unix milliseconds. */
  readonly at: number;
}

export interface NotificationsState {
  /** Newest first. */
  readonly list: readonly Notification[];
  readonly unread: number;
}

const kept = 100;
let lastId = 0;

export const notificationsStore = createStore<NotificationsState>(() => ({ list: [], unread: 0 }));

export function keepNotice(notice: Notice): void {
  notificationsStore.setState(({ list, unread }) => ({ list: [{ ...notice, id: ++lastId, at: Date.now() }, ...list].slice(0, kept), unread: Math.min(kept, unread + 1) }));
}

export function markRead(): void {
  notificationsStore.setState({ unread: 0 });
}

export function clearNotifications(): void {
  notificationsStore.setState({ list: [], unread: 0 });
}
