import type { ReactNode } from "react";
import { useStore } from "zustand";
import { containersStore } from "../../stores/containers.ts";
import { href, navigate } from "../../stores/route.ts";
import { sampleStore } from "../../stores/sample.ts";
import { Button } from "../../ui/button/Button.tsx";
import { Keys } from "../../ui/display/Keys.tsx";
import { Screen } from "../../ui/layout/Screen.tsx";
import { Sample } from "./Sample.tsx";
import css from "./Welcome.module.css";

/**
 * What a new machine opens with, once: whether the engine can work here, then a first container with one button.
 * @param machine what the engine needs, and what is wrong with it
 * @param ready whether the engine answers
 */
export function WelcomePage({ machine, ready }: { readonly machine: ReactNode; readonly ready: boolean }) {
  const done = useStore(sampleStore, (sample) => sample.phase === "done");
  const empty = useStore(containersStore, (state) => state.rows.length === 0);
  return (
    <Screen title="First steps" action={<Button variant={done ? "primary" : "secondary"} onClick={() => navigate(href.containers())}>{empty && !done ? "Skip" : "Go to containers"}</Button>}>
      <div className={css["page"]}>
        <p className="quiet">Slipway pulls, builds and runs containers on this machine. See that it can, then run a first one.</p>
        {machine}
        <Sample ready={ready} />
        <p className={css["later"]}><Keys combo="Mod+K" /> finds these first steps again.</p>
      </div>
    </Screen>
  );
}
