import { useDeferredValue, useEffect, useMemo, useRef, useState, type KeyboardEvent } from "react";
import type { ImageStep, ImageStructure } from "../../../../electron/ipc/contract/image-contents.ts";
import { toIpcErrorInfo, type IpcErrorInfo } from "../../../../electron/ipc/errors.ts";
import { cx } from "../../../lib/cx.ts";
import { parseInstruction } from "../../../lib/instruction.ts";
import { size } from "../../../lib/size.ts";
import { plural } from "../../../lib/time.ts";
import { client } from "../../../stores/host.ts";
import { Button } from "../../../ui/button/Button.tsx";
import { CopyButton, Copyable } from "../../../ui/display/Copy.tsx";
import { Time } from "../../../ui/display/Time.tsx";
import { Problem } from "../../../ui/feedback/Problem.tsx";
import { Input } from "../../../ui/field/Field.tsx";
import { TableSkeleton } from "../../../ui/table/TableSkeleton.tsx";
import { FileList } from "./FileList.tsx";
import { foldSteps, type StepGroup } from "./steps.ts";
import { useFiles } from "./useFiles.ts";
import css from "./Details.module.css";

/** The steps that made an image, each with its size; the selected layer's files beside them. */
export function LayersTab({ id, imageSize }: { readonly id: string; readonly imageSize: number }) {
  const [answer, setAnswer] = useState<{ structure?: ImageStructure; error?: IpcErrorInfo }>({});
  const [round, setRound] = useState(0);
  const [chosen, setChosen] = useState<number>();
  useEffect(() => {
    const cancel = new AbortController();
    client().imageContents.structure({ id }, { signal: cancel.signal })
      .then((structure) => setAnswer({ structure }))
      .catch((error: unknown) => {
        if (!cancel.signal.aborted) setAnswer({ error: toIpcErrorInfo(error) });
      });
    return () => cancel.abort();
  }, [id, round]);
  const { structure, error } = answer;
  const groups = useMemo(() => foldSteps(structure?.steps ?? []), [structure]);
  if (error) return <Problem fill title="The layers could not be read." cause={error.message} raw={error.cause} actions={<Button onClick={() => setRound(round + 1)}>Try again</Button>} />;
  if (!structure) return <TableSkeleton label="Loading the layers" />;
  const layers = structure.steps.filter((step) => step.layer !== null);
  const step = layers.find((each) => each.layer === chosen) ?? (structure.hasFiles ? greatest(layers) : undefined);
  if (structure.steps.length === 0) return <p className={css["empty"]}>The image has no layers and does not say how it was made.</p>;
  return (
    <div className={css["split"]} data-files={structure.hasFiles || undefined}>
      <StepList groups={groups} imageSize={imageSize} chosen={step?.layer ?? undefined} canChoose={structure.hasFiles} onChoose={setChosen} />
      {structure.hasFiles && step && <LayerFiles key={step.layer} id={id} step={step} />}
    </div>
  );
}

function greatest(layers: readonly ImageStep[]): ImageStep | undefined {
  return layers.reduce<ImageStep | undefined>((best, step) => (best === undefined || step.size > best.size ? step : best), undefined);
}

interface StepListProps {
  readonly groups: readonly StepGroup[];
  readonly imageSize: number;
  readonly chosen: number | undefined;
  readonly canChoose: boolean;
  readonly onChoose: (layer: number) => void;
}

function StepList({ groups, imageSize, chosen, canChoose, onChoose }: StepListProps) {
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  const list = useRef<HTMLOListElement>(null);
  const largest = Math.max(1, ...groups.map((group) => group.layer?.size ?? 0));
  function onKeyDown(event: KeyboardEvent) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    const buttons = [...(list.current?.querySelectorAll<HTMLElement>("[data-step]") ?? [])];
    const next = buttons[buttons.indexOf(document.activeElement as HTMLElement) + step];
    if (!next) return;
    event.preventDefault();
    next.focus();
    if (next.dataset["step"] !== "fold") next.click();
  }
  return (
    <ol ref={list} className={css["steps"]} aria-label="Layers" onKeyDown={onKeyDown}>
      {groups.map((group, at) => {
        if (!group.layer) {
          const shown = open.has(at);
          return (
            <li key={at}>
              <button type="button" className={css["fold"]} data-step="fold" aria-expanded={shown} onClick={() => setOpen((before) => { const next = new Set(before); if (!next.delete(at)) next.add(at); return next; })}>
                {shown ? "Hide" : ""} {plural(group.empty.length, "step")} without a layer{!shown && <span className="quiet">: {[...new Set(group.empty.map((step) => parseInstruction(step.createdBy).word || "other"))].join(", ")}</span>}
              </button>
              {shown && <ol className={css["emptySteps"]}>{group.empty.map((step, index) => <li key={index}><Words step={step} /></li>)}</ol>}
            </li>
          );
        }
        const { layer } = group;
        const number = (layer.layer ?? 0) + 1;
        const body = (
          <>
            <span className={css["stepNumber"]}>{number}</span>
            <span className={css["stepWords"]}><Words step={layer} /></span>
            <span className={css["stepSize"]}>{size(layer.size)}</span>
            <span className={css["stepBar"]} aria-hidden="true"><span style={{ transform: `scaleX(${layer.size / largest})` }} /></span>
            <span className={css["stepFacts"]}>{share(layer.size, imageSize)}{(layer.imageCount ?? 1) > 1 && `, also in ${(layer.imageCount ?? 1) - 1}`}</span>
          </>
        );
        return (
          <li key={at}>
            {canChoose ? (
              <button type="button" className={cx(css["step"], layer.layer === chosen && css["chosen"])} data-step={layer.layer} aria-current={layer.layer === chosen || undefined} aria-label={`Layer ${number}: ${labelOf(layer)}, ${size(layer.size)}`} onClick={() => onChoose(layer.layer ?? 0)}>{body}</button>
            ) : <div className={css["step"]}>{body}</div>}
          </li>
        );
      })}
    </ol>
  );
}

function share(bytes: number, whole: number): string {
  const part = whole > 0 ? (bytes / whole) * 100 : 0;
  return part > 0 && part < 0.5 ? "under 1%" : `${Math.round(part)}%`;
}

function labelOf(step: ImageStep): string {
  const { word, text } = parseInstruction(step.createdBy);
  return `${word} ${text}`.trim().slice(0, 120) || "a layer without a step";
}

function Words({ step }: { readonly step: ImageStep }) {
  const { word, text } = parseInstruction(step.createdBy);
  if (word === "" && text === "") return <span className="quiet">A layer that the history does not name</span>;
  return <><span className={css["word"]}>{word}</span> <span className={css["stepText"]}>{text}</span></>;
}

function LayerFiles({ id, step }: { readonly id: string; readonly step: ImageStep }) {
  const [search, setSearch] = useState("");
  const words = useDeferredValue(search);
  const layer = step.layer ?? 0;
  const files = useFiles({ id, layer, show: "all", search: words });
  const counts = files.totals?.summary.layers[layer];
  return (
    <section className={css["layerFiles"]} aria-label={`Layer ${layer + 1}`}>
      <header className={css["layerHead"]}>
        <div className={css["layerCommand"]}><code className="mono">{step.createdBy.trim() || "No step in the history made this layer."}</code>{step.createdBy.trim() && <CopyButton text={step.createdBy.trim()} label="Copy command" always />}</div>
        <p className={css["layerFacts"]}>
          {(step.imageCount ?? 1) > 1 && <span>shared with {plural((step.imageCount ?? 1) - 1, "other image")}</span>}
          <span className="num">{size(step.size)}</span>
          {step.blobSize !== undefined && step.blobSize !== step.size && <span className="num">{size(step.blobSize)} as stored</span>}
          {counts && <span className="num">{plural(counts.files, "file")}{counts.wastedBytes > 0 && `, ${size(counts.wastedBytes)} of them hidden by later layers`}</span>}
          {step.created !== null && <Time at={step.created} />}
          {step.digest && <Copyable text={step.digest} what="digest of the layer">{step.digest.slice(7, 19)}</Copyable>}
        </p>
        <Input type="search" data-search aria-label={`Find files of layer ${layer + 1}`} placeholder="Find by path" value={search} onChange={(event) => setSearch(event.target.value)} />
      </header>
      <FileList label={`Files of layer ${layer + 1}`} files={files} layers={false} none={words ? `No path contains “${words}”.` : "The layer has no files."} resetKey={words} />
    </section>
  );
}
