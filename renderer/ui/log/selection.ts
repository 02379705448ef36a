/** Selecting text in a log whose lines exist only while they are in view. */
import { useEffect, useState, type RefObject } from "react";
import { plainText } from "./scan.ts";
import type { LogBuffer } from "./buffer.ts";
import type { LogRows } from "./rows.ts";

const none: readonly number[] = [];
/** Lines that a copy takes at most. */
const mostCopied = 100_000;

/** Numbers of the lines that the selection begins and ends in. */
export function useHeldLines(container: RefObject<HTMLElement | null>): readonly number[] {
  const [held, setHeld] = useState(none);
  useEffect(() => {
    function look() {
      const selection = getSelection();
      const inside = selection && !selection.isCollapsed && container.current?.contains(selection.anchorNode);
      const next = inside ? [lineOf(selection.anchorNode), lineOf(selection.focusNode)].filter((number) => number !== undefined) : none;
      setHeld((before) => (before.length === next.length && before.every((number, at) => number === next[at]) ? before : next));
    }
    document.addEventListener("selectionchange", look);
    return () => document.removeEventListener("selectionchange", look);
  }, [container]);
  return held;
}

/** Copies what is selected over several lines, those included that are out of view. One line is left to the browser. */
export function copySelection(event: ClipboardEvent, buffer: LogBuffer, rows: LogRows): void {
  const selection = getSelection();
  const range = selection?.rangeCount ? selection.getRangeAt(0) : undefined;
  const first = lineOf(range?.startContainer);
  const last = lineOf(range?.endContainer);
  if (!range || first === undefined || last === undefined || first === last) return;
  const [from, to] = [first, last];
  const parts = [within(range, "start", from)];
  for (let number = rows.next(from); number < to && parts.length < mostCopied; number = rows.next(number)) parts.push(plainText(buffer.line(number)?.text ?? ""));
  parts.push(within(range, "end", to));
  event.clipboardData?.setData("text/plain", parts.join("\n"));
  event.preventDefault();
}

/** The selected part of the first or last line. */
function within(range: Range, side: "start" | "end", number: number): string {
  const text = document.querySelector(`[data-line="${number}"] > :last-child`);
  if (!text) return "";
  const part = document.createRange();
  part.selectNodeContents(text);
  const node = side === "start" ? range.startContainer : range.endContainer;
  if (text.contains(node)) {
    if (side === "start") part.setStart(node, range.startOffset);
    else part.setEnd(node, range.endOffset);
  }
  return part.toString();
}

function lineOf(node: Node | null | undefined): number | undefined {
  const element = node instanceof Element ? node : node?.parentElement;
  const number = element?.closest<HTMLElement>("[data-line]")?.dataset["line"];
  return number === undefined ? undefined : Number(number);
}
