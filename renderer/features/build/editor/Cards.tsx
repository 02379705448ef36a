import { ArrowDown, ArrowUp, Eye, EyeOff, Pencil, Plus, Trash2 } from "lucide-react";
import { useEffect, useRef, useState, type KeyboardEvent } from "react";
import type { BuildDiagnostic, DockerfileNode } from "../../../../electron/ipc/contract/builds.ts";
import { toIpcErrorInfo } from "../../../../electron/ipc/errors.ts";
import { client } from "../../../stores/host.ts";
import { report } from "../../../stores/report.ts";
import { Button, IconButton } from "../../../ui/button/Button.tsx";
import { Badge } from "../../../ui/display/Badge.tsx";
import { TextArea } from "../../../ui/field/Field.tsx";
import { MenuButton } from "../../../ui/overlay/MenuButton.tsx";
import { instructions } from "./instructions.ts";
import { insertAfter, removeNode, replaceNode, swapNodes, toggleNode, type Edit } from "./node-edits.ts";
import type { Described } from "./useDescription.ts";
import css from "./Cards.module.css";

export interface CardsProps {
  readonly described: Described;
  /** The text that is edited: the cards wait until they are about it. */
  readonly text: string;
  readonly onChange: (text: string) => void;
}

const menuMs = 60;

/** What is being typed: in the place of a node, or behind one. */
interface Draft {
  readonly node: number;
  readonly mode: "replace" | "insert";
  readonly text: string;
  readonly error?: string;
}

/** The Dockerfile as cards, one for each instruction, disabled ones too. A change of a card is a change of its characters alone. */
export function Cards({ described, text, onChange }: CardsProps) {
  const [draft, setDraft] = useState<Draft>();
  const list = useRef<HTMLOListElement>(null);
  const { nodes, diagnostics } = described.description;
  const source = described.text;
  const stale = source !== text;
  const cards = nodes.flatMap((node, index) => (node.type === "instruction" || node.type === "disabled" ? [index] : []));

  function move(position: number, step: number): void {
    const [from, to] = [cards[position], cards[position + step]];
    if (from === undefined || to === undefined || stale) return;
    onChange(swapNodes(source, nodes[from] as DockerfileNode, nodes[to] as DockerfileNode));
    requestAnimationFrame(() => list.current?.querySelectorAll<HTMLElement>("[data-card]")[position + step]?.focus());
  }
  async function toggle({ start, end, toggled, type, line }: DockerfileNode): Promise<void> {
    if (toggled === null || stale) return;
    const edit = toggleNode(source, { start, end, toggled });
    const problem = type === "disabled" ? await problemOf(edit) : undefined;
    if (problem === undefined) onChange(edit.text);
    else report(`Line ${line} was not enabled.`, problem);
  }
  async function apply(): Promise<void> {
    if (!draft || stale) return;
    const node = nodes[draft.node];
    const edit = draft.mode === "replace" && node ? replaceNode(source, node, draft.text) : insertAfter(source, node, draft.text);
    const problem = await problemOf(edit);
    if (problem !== undefined) return setDraft({ ...draft, error: problem });
    setDraft(undefined);
    onChange(edit.text);
  }
  function onKeyDown(event: KeyboardEvent, position: number): void {
    if (event.target !== event.currentTarget) return;
    const index = cards[position];
    const node = index === undefined ? undefined : nodes[index];
    if (index === undefined || !node) return;
    const focus = (to: number) => list.current?.querySelectorAll<HTMLElement>("[data-card]")[to]?.focus();
    if (event.key === "ArrowUp" || event.key === "ArrowDown") (event.altKey ? move : (at: number, step: number) => focus(at + step))(position, event.key === "ArrowUp" ? -1 : 1);
    else if (event.key === "Enter" && node.type === "instruction") setDraft({ node: index, mode: "replace", text: source.slice(node.start, node.end).trimEnd() });
    else if (event.key === " ") void toggle(node);
    else if (event.key === "Delete" && !stale) onChange(removeNode(source, node));
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  const add = (index: number, label: string) => (
    <MenuButton
      trigger={index < 0 ? <Button size="small" icon={<Plus />}>Add instruction</Button> : <IconButton label={label} tip="Add below"><Plus /></IconButton>}
      actions={Object.keys(instructions).map((name) => ({ label: name, run: () => setDraft({ node: index < 0 ? nodes.length - 1 : index, mode: "insert", text: `${name} ` }) }))}
    />
  );
  const form = draft && <DraftForm draft={draft} onText={(next) => setDraft({ node: draft.node, mode: draft.mode, text: next })} onApply={() => void apply()} onCancel={() => setDraft(undefined)} />;
  return (
    <div className={css["cards"]} aria-busy={stale || undefined}>
      <ol ref={list} className={css["list"]} aria-label="Instructions">
        {nodes.map((node, index) => {
          const off = node.type === "disabled";
          const content = (off ? (node.toggled ?? "") : source.slice(node.start, node.end)).trimEnd();
          const position = cards.indexOf(index);
          if (node.type !== "instruction" && !off) return node.type === "blank" ? null : <li key={index} className={css["comment"]}>{content}{draft?.node === index && form}</li>;
          const found = diagnostics.filter((each) => each.range.start.offset >= node.start && each.range.start.offset < node.end);
          if (draft?.node === index && draft.mode === "replace") return <li key={index}>{form}</li>;
          return (
            <li key={index}>
              <div className={css["card"]} data-card data-stage={(node.name === "FROM" && !off) || undefined} data-disabled={off || undefined} tabIndex={0} role="group" aria-label={`Line ${node.line}${off ? ", disabled" : ""}: ${content}`} onKeyDown={(event) => onKeyDown(event, position)}>
                <span className={css["keyword"]}>{node.name}</span>
                <span className={css["words"]}>{content.trimStart().slice(node.name?.length ?? 0).trimStart()}</span>
                {off && <span className={css["mark"]}><Badge>Disabled</Badge></span>}
                <span className={css["tools"]}>
                  <IconButton label={`Move line ${node.line} up`} tip="Up" shortcut="Alt+↑" disabled={stale || position === 0} onClick={() => move(position, -1)}><ArrowUp /></IconButton>
                  <IconButton label={`Move line ${node.line} down`} tip="Down" shortcut="Alt+↓" disabled={stale || position === cards.length - 1} onClick={() => move(position, 1)}><ArrowDown /></IconButton>
                  {off
                    ? <IconButton label={`Enable line ${node.line}`} tip="Enable" shortcut="Space" disabled={stale} onClick={() => void toggle(node)}><Eye /></IconButton>
                    : <IconButton label={`Disable line ${node.line}`} tip="Disable: keep it as a comment" shortcut="Space" disabled={stale || node.toggled === null} onClick={() => void toggle(node)}><EyeOff /></IconButton>}
                  <IconButton label={`Edit line ${node.line}`} tip={off ? "Enable it to edit it" : "Edit"} shortcut="Enter" disabled={off} onClick={() => setDraft({ node: index, mode: "replace", text: content })}><Pencil /></IconButton>
                  {add(index, `Add below line ${node.line}`)}
                  <IconButton label={`Remove line ${node.line}`} tip="Remove" shortcut="Delete" danger disabled={stale} onClick={() => onChange(removeNode(source, node))}><Trash2 /></IconButton>
                </span>
                <Found found={found} />
              </div>
              {draft?.node === index && form}
            </li>
          );
        })}
        {draft && draft.node < 0 && <li>{form}</li>}
      </ol>
      <div className={css["end"]}>{add(-1, "Add instruction")}</div>
    </div>
  );
}

function Found({ found }: { readonly found: readonly BuildDiagnostic[] }) {
  if (found.length === 0) return null;
  return <ul className={css["found"]}>{found.map((each, index) => <li key={index} data-severity={each.severity}>{each.message}</li>)}</ul>;
}

function DraftForm({ draft, onText, onApply, onCancel }: { readonly draft: Draft; readonly onText: (text: string) => void; readonly onApply: () => void; readonly onCancel: () => void }) {
  const area = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    const focus = () => {
      area.current?.focus();
      area.current?.setSelectionRange(area.current.value.length, area.current.value.length);
    };
    focus();
    // A menu that closes gives the focus back to its button, some frames after it ran its action.
    const timer = setTimeout(focus, menuMs);
    return () => clearTimeout(timer);
  }, []);
  const name = /^\s*([A-Za-z]+)/.exec(draft.text)?.[1]?.toUpperCase() ?? "";
  return (
    <div className={css["draft"]} role="group" aria-label={draft.mode === "replace" ? "Edit instruction" : "New instruction"}>
      <TextArea
        ref={area}
        aria-label="Instruction"
        aria-invalid={draft.error !== undefined}
        rows={Math.min(12, draft.text.split("\n").length)}
        value={draft.text}
        onChange={(event) => onText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") onCancel();
          else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) onApply();
          else return;
          event.preventDefault();
          event.stopPropagation();
        }}
      />
      <div className={css["draftEnd"]}>
        <span className={draft.error === undefined ? css["hint"] : css["wrong"]} role={draft.error === undefined ? undefined : "alert"}>{draft.error ?? instructions[name] ?? ""}</span>
        <Button size="small" onClick={onCancel}>Cancel</Button>
        <Button size="small" variant="primary" disabled={draft.text.trim() === ""} onClick={onApply}>{draft.mode === "replace" ? "Change" : "Add"}</Button>
      </div>
    </div>
  );
}

/** Whether a text stands by itself: an open continuation or heredoc would take in the lines that follow. */
async function problemOf({ text, start, end }: Edit): Promise<string | undefined> {
  try {
    const { nodes } = await client().builds.describe({ text });
    const whole = nodes.some((node) => node.start === start || start === 0) && (end >= text.length || nodes.some((node) => node.start === end));
    return whole || nodes.length === 0 ? undefined : "It ends inside a continuation or a heredoc, and would take in the lines that follow.";
  } catch (error) {
    return toIpcErrorInfo(error).message;
  }
}
