import { Check, Copy as CopyIcon } from "lucide-react";
import { useEffect, useState, type MouseEvent, type ReactNode } from "react";
import { cx } from "../../lib/cx.ts";
import { Tip } from "../overlay/Tip.tsx";
import css from "./Display.module.css";

/** A button that copies a text and says that it did. */
export function CopyButton({ text, label, always = false }: { readonly text: string; readonly label: string; readonly always?: boolean }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 1500);
    return () => clearTimeout(timer);
  }, [copied]);
  function copy(event: MouseEvent) {
    event.stopPropagation();
    void copyText(text).then(() => setCopied(true));
  }
  return (
    <Tip text={copied ? "Copied" : label}>
      <button type="button" className={cx(css["copy"], always && css["copyAlways"])} aria-label={label} onClick={copy} tabIndex={always ? 0 : -1}>
        {copied ? <Check /> : <CopyIcon />}
      </button>
    </Tip>
  );
}

/** A value with a copy button that shows while the pointer is over it. */
export function Copyable({ text, what, children }: { readonly text: string; readonly what: string; readonly children?: ReactNode }) {
  return (
    <span className={css["copyable"]}>
      <span className="mono cut" title={text.length > 40 ? text : undefined}>{children ?? text}</span>
      <CopyButton text={text} label={`Copy ${what}`} />
    </span>
  );
}

export interface CommandLineProps {
  /** What is copied. */
  readonly command: string;
  /** What is to be seen of it, where that is not all. */
  readonly shown?: string;
  readonly label?: string;
  readonly copyLabel?: string;
}

/** A command line to copy. */
export function CommandLine({ command, shown = command, label = "Equivalent command", copyLabel = "Copy command" }: CommandLineProps) {
  return (
    <div className={css["command"]} role="group" aria-label={label}>
      <code><span className={css["prompt"]} aria-hidden="true">$ </span>{shown}</code>
      <CopyButton text={command} label={copyLabel} always />
    </div>
  );
}

/** Copies a text, also where the page is not a secure context and has no clipboard API. */
export async function copyText(text: string): Promise<void> {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text);
    return;
  }
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "visually-hidden";
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}
