import { Trash2 } from "lucide-react";
import type { ConnectionInfo, ConnectionKind, ConnectionTest } from "../../../../electron/ipc/contract/connections.ts";
import type { GlyphState } from "../../../lib/glyph.ts";
import { removeConnection, switchConnection, testConnection } from "../../../stores/connections.ts";
import { Button, IconButton } from "../../../ui/button/Button.tsx";
import { Badge } from "../../../ui/display/Badge.tsx";
import { CommandLine, Copyable } from "../../../ui/display/Copy.tsx";
import { StateGlyph } from "../../../ui/display/StateGlyph.tsx";
import { confirm } from "../../../ui/overlay/confirms.ts";
import css from "./Connections.module.css";

const kinds: Record<ConnectionKind, string> = {
  own: "Built-in engine",
  given: "Named at start",
  environment: "Environment",
  socket: "Found on this machine",
  context: "Docker context",
  added: "Added by hand",
};

/** One engine: what it is, where it listens, what answers, and how to change over to it. */
export function ConnectionRow({ row, test }: { readonly row: ConnectionInfo; readonly test: ConnectionTest | "running" | undefined }) {
  const result = test === "running" ? undefined : test;
  return (
    <li className={css["row"]} aria-label={row.name} aria-current={row.current || undefined}>
      <StateGlyph state={glyphOf(row, test)} label={wordOf(row, test)} />
      <div className={css["text"]}>
        <div className={css["head"]}>
          <span className={css["name"]} title={row.name.length > 40 ? row.name : undefined}>{row.name}</span>
          {row.current && <Badge tone="accent">Current</Badge>}
          <span className={css["kind"]}>{kinds[row.kind]}{row.tls ? ", TLS" : ""}</span>
        </div>
        <div className={css["address"]}><Copyable text={row.address} what={`address of ${row.name}`} /></div>
        <p className={result && !result.ok ? css["wrong"] : "quiet"} role="status">{row.problem ?? (test === "running" ? "Asking who is there" : (result?.message ?? "Not tested yet."))}</p>
        {result?.command !== undefined && <div className={css["help"]}><CommandLine command={result.command} label="What may help" /></div>}
      </div>
      <div className={css["actions"]}>
        {row.kind === "added" && <IconButton label={`Remove ${row.name}`} tip="Remove" danger onClick={() => askRemove(row)}><Trash2 /></IconButton>}
        <Button size="small" disabled={test === "running" || row.problem !== undefined} aria-label={`Test ${row.name}`} onClick={() => void testConnection(row.id)}>Test</Button>
        {!row.current && <Button size="small" disabled={row.problem !== undefined} aria-label={`Use ${row.name}`} onClick={() => void switchConnection(row.id, row.name)}>Use</Button>}
      </div>
    </li>
  );
}

function glyphOf(row: ConnectionInfo, test: ConnectionTest | "running" | undefined): GlyphState {
  if (row.problem !== undefined) return "failed";
  if (test === "running") return "busy";
  return test === undefined ? "created" : test.ok ? "running" : "failed";
}

function wordOf(row: ConnectionInfo, test: ConnectionTest | "running" | undefined): string {
  if (row.problem !== undefined) return "Cannot be used";
  if (test === "running") return "Testing";
  return test === undefined ? "Not tested" : test.ok ? "Answers" : "Does not answer";
}

function askRemove(row: ConnectionInfo): void {
  confirm({
    title: `Remove ${row.name}`,
    body: `Slipway forgets ${row.address}. The engine there and what it holds are not touched.${row.current ? " The built-in engine takes over." : ""}`,
    action: `Remove ${row.name}`,
    run: () => removeConnection(row),
  });
}
