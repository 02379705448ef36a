import "../ui/tokens/tokens.css";
import "../ui/tokens/base.css";
import { createRoot } from "react-dom/client";
import type { Connect } from "../bridge/bridge.ts";
import { runFeed } from "../stores/feed.ts";
import { followAddress } from "../stores/route.ts";
import { App } from "./App.tsx";
import { guideFirstRun } from "./first-run.ts";
import { showNotices } from "./notices.ts";
import { followTheme } from "./theme.ts";

/** Brings the window up on a host. */
export function startWindow(connect: Connect): void {
  const root = document.getElementById("root");
  if (!root) throw new Error("The page has no element #root.");
  followTheme();
  followAddress();
  showNotices();
  guideFirstRun();
  void runFeed(connect, new AbortController().signal);
  createRoot(root).render(<App />);
}
