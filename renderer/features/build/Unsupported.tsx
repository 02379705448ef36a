import { Hammer } from "lucide-react";
import { useStore } from "zustand";
import { engineStore } from "../../stores/engine.ts";
import { href, navigate } from "../../stores/route.ts";
import { Button } from "../../ui/button/Button.tsx";
import { Empty } from "../../ui/feedback/Empty.tsx";

/** On an engine that is not Slipway's: what it lacks, and what does the same there. */
export function Unsupported() {
  const name = useStore(engineStore, (state) => state.status?.version?.name ?? "This engine");
  return (
    <Empty icon={<Hammer />} title={`${name} keeps no builds`} command="docker build -t my-app ." action={<Button onClick={() => navigate(href.images())}>Show images</Button>}>
      Steps, their logs and the reason why each one ran come from Slipway’s own engine. On this one, build from a terminal: the image then appears among the images.
    </Empty>
  );
}
