import { useStore } from "zustand";
import { engineStore } from "../../stores/engine.ts";

const sentences = {
  list: "keeps no builds: those that begin here are kept until the application ends.",
  empty: "keeps no builds: those that begin here are kept until the application ends. Reasons why a step ran, forecasts and shells in failed steps come from Slipway’s own engine.",
  form: "has Docker’s classic builder, which has no forecast of the cache, no secrets and no SSH agent: Slipway’s own engine has them.",
};

/** On an engine that is not Slipway's: what is not there, and why. */
export function ClassicNote({ what }: { readonly what: keyof typeof sentences }) {
  const name = useStore(engineStore, (state) => state.status?.version?.name ?? "This engine");
  return <>{name} {sentences[what]}</>;
}
