import { ArrowDownToLine } from "lucide-react";
import { useStore } from "zustand";
import { freshnessStore } from "../../stores/freshness.ts";
import { isUnderWay } from "../../stores/transfer.ts";
import { pull, transfersStore } from "../../stores/transfers.ts";
import { IconButton } from "../../ui/button/Button.tsx";
import { Badge } from "../../ui/display/Badge.tsx";
import { Tip } from "../../ui/overlay/Tip.tsx";

/** Beside a tag that is behind its registry, once that was asked for: the mark, and the pull. */
export function BehindMark({ reference }: { readonly reference: string }) {
  const tag = reference.slice(reference.lastIndexOf(":") + 1);
  const state = useStore(freshnessStore, ({ results }) => results.get(reference));
  const pulling = useStore(transfersStore, ({ list }) => list.some((each) => each.kind === "pull" && each.image === reference && isUnderWay(each)));
  if (state === "gone") return <Tip text={`The registry has no tag ${tag} any more`}><span><Badge>gone</Badge></span></Tip>;
  if (state !== "behind") return null;
  return (
    <>
      <Tip text={`The registry has a newer image under the tag ${tag}`}><span><Badge tone="warning">{pulling ? "pulling" : "behind"}</Badge></span></Tip>
      {!pulling && <IconButton label={`Pull the newer ${reference}`} tip="Pull the newer image" onClick={() => pull(reference)}><ArrowDownToLine /></IconButton>}
    </>
  );
}
