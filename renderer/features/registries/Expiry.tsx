import { useSyncExternalStore } from "react";
import { exactTime } from "../../lib/time.ts";
import { Badge } from "../../ui/display/Badge.tsx";
import { Tip } from "../../ui/overlay/Tip.tsx";
import { expiryWords } from "./words.ts";

const minute = 60_000;
let now = Date.now();

function subscribe(listener: () => void): () => void {
  const tick = () => {
    if (document.hidden) return;
    now = Date.now();
    listener();
  };
  tick();
  const timer = setInterval(tick, minute);
  return () => clearInterval(timer);
}

/** When a login runs out, with the exact time in the tooltip. @param at Unix milliseconds */
export function Expiry({ at }: { readonly at: number }) {
  const words = useSyncExternalStore(subscribe, () => expiryWords(at, now));
  return <Tip text={exactTime(at)}><span>{at < now ? <Badge tone="danger">{words}</Badge> : <span className="quiet num">{words}</span>}</span></Tip>;
}
