import { Check, Copy, X } from "lucide-react";
import { useEffect, useMemo, useState, type ReactNode } from "react";
import type { ApiCallContent, ApiCallDetails, HeaderFields } from "../../../../electron/ipc/contract/calls.ts";
import { toIpcErrorInfo, type IpcErrorInfo } from "../../../../electron/ipc/errors.ts";
import { size } from "../../../lib/size.ts";
import { exactTime, took } from "../../../lib/time.ts";
import { client } from "../../../stores/host.ts";
import { Button, IconButton } from "../../../ui/button/Button.tsx";
import { CommandLine, copyText } from "../../../ui/display/Copy.tsx";
import { Facts } from "../../../ui/display/Facts.tsx";
import { JsonView } from "../../../ui/display/JsonView.tsx";
import { Time } from "../../../ui/display/Time.tsx";
import { Problem } from "../../../ui/feedback/Problem.tsx";
import { Segments } from "../../../ui/field/Segments.tsx";
import { curlOf } from "./curl.ts";
import type { CallRow } from "./session.ts";
import { bodyValue, clientName, outcome, shortIds, targetParts } from "./words.ts";
import css from "./Calls.module.css";

type Part = "response" | "request" | "headers" | "curl";
const saidMs = 1500;

export interface CallDetailsProps {
  readonly row: CallRow;
  /** How the window reaches the engine, and where that listens. */
  readonly endpoint: string;
  readonly socket: string;
  readonly onClose: () => void;
}

/** One call beside the list: what was asked, what was answered, and the same with curl. */
export function CallDetails({ row, endpoint, socket, onClose }: CallDetailsProps) {
  const { details, error } = useDetails(row);
  const [part, setPart] = useState<Part>("response");
  const [copied, setCopied] = useState(false);
  const content = details?.content ?? null;
  const curl = useMemo(() => curlOf(row, content, endpoint, socket), [row, content, endpoint, socket]);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), saidMs);
    return () => clearTimeout(timer);
  }, [copied]);
  const { path } = targetParts(row.target);
  return (
    <section className={css["details"]} aria-label={`${row.method} ${shortIds(path)}`} onKeyDown={(event) => { if (event.key === "Escape") onClose(); }}>
      <header className={css["detailsHead"]}>
        <h2 className={css["detailsTitle"]} title={row.target}><span className="mono">{row.method}</span> <span className="mono">{shortIds(path)}</span></h2>
        <Button size="small" icon={copied ? <Check /> : <Copy />} disabled={details === undefined && error === undefined} onClick={() => void copyText(curl.command).then(() => setCopied(true))}>{copied ? "Copied" : "Copy as curl"}</Button>
        <IconButton label="Close" onClick={onClose}><X /></IconButton>
      </header>
      <div className={css["detailsFacts"]}>
        <Facts
          rows={[
            ["Status", outcome(row)],
            ["Client", <span key="client" title={row.client}>{clientName(row)}</span>],
            ["Time", <span key="at" className="num">{exactTime(row.at)}, {row.open ? <>open for <Time at={row.began} as="length" /></> : `took ${took(row.milliseconds)}`}</span>],
            ["On the wire", row.open ? undefined : <span key="bytes" className="num">{size(row.received)} asked, {size(row.sent)} answered, headers included</span>],
          ]}
        />
      </div>
      <div className={css["detailsBar"]}>
        <Segments<Part> label="What is shown" value={part} options={[{ value: "response", label: "Answer" }, { value: "request", label: "Request" }, { value: "headers", label: "Headers" }, { value: "curl", label: "curl" }]} onChange={setPart} />
      </div>
      <div className={css["detailsBody"]} key={`${row.id} ${part}`}>
        {error ? <div className={css["padded"]}><Problem title="The call could not be read." cause={error.message} raw={error.cause} /></div>
        : part === "curl" ? <CurlText command={curl.command} missing={curl.missing} />
        : details === undefined ? null
        : content === null ? <p className={css["say"]}>Headers and bodies are kept only of calls that begin while this tab is open, and newer ones may have needed the room.</p>
        : part === "headers" ? <Headers content={content} />
        : part === "request" ? <Body body={content.requestBody} cut={content.requestCut} label="Request body" none={<>The request has no JSON body{query(row.target)}.</>} />
        : <Body body={content.responseBody} cut={content.responseCut} label="Answer body" none={row.open ? "Nothing was answered in JSON until now." : "The answer has no JSON body. Files, logs and terminals are not kept."} />}
      </div>
    </section>
  );
}

function query(target: string): ReactNode {
  const { query: text } = targetParts(target);
  return text === "" ? "" : <>: everything is in its query, <code className="mono">{text}</code></>;
}

function CurlText({ command, missing }: { readonly command: string; readonly missing: readonly string[] }) {
  return (
    <div className={css["padded"]}>
      <CommandLine command={command} label="The same with curl" />
      {missing.length > 0 && <p className={css["missing"]}>To be put in by hand: {missing.join("; ")}. Slipway keeps no credential of a call.</p>}
    </div>
  );
}

function Headers({ content }: { readonly content: ApiCallContent }) {
  return (
    <div className={css["padded"]}>
      <Fields title="Request" fields={content.requestHeaders} />
      <Fields title="Answer" fields={content.responseHeaders} />
    </div>
  );
}

function Fields({ title, fields }: { readonly title: string; readonly fields: HeaderFields }) {
  return (
    <section className={css["fields"]} aria-label={`${title} headers`}>
      <h3>{title}</h3>
      {fields.length === 0 ? <p className="quiet">None, or not yet.</p> : <dl>{fields.map(([name, value], index) => <div key={index}><dt>{name}</dt><dd>{value}</dd></div>)}</dl>}
    </section>
  );
}

function Body({ body, cut, label, none }: { readonly body: string; readonly cut: boolean; readonly label: string; readonly none: ReactNode }) {
  const value = useMemo(() => (body === "" ? undefined : bodyValue(body)), [body]);
  if (body === "") return <p className={css["say"]}>{none}</p>;
  return (
    <>
      {cut && <p className={css["cutNote"]}>Only the beginning was kept: the body is longer.</p>}
      {value === undefined ? <pre className={css["plain"]} tabIndex={0} role="region" aria-label={label}>{body}</pre> : <JsonView value={value} label={label} />}
    </>
  );
}

/** Headers and bodies of a call; read again when it begins to answer and when it ends. */
function useDetails({ id, open, status }: CallRow): { readonly details: ApiCallDetails | undefined; readonly error: IpcErrorInfo | undefined } {
  const [answer, setAnswer] = useState<{ readonly id: number; readonly details?: ApiCallDetails; readonly error?: IpcErrorInfo }>();
  useEffect(() => {
    const cancel = new AbortController();
    client().calls.details({ id }, { signal: cancel.signal }).then(
      (details) => setAnswer({ id, details }),
      (error: unknown) => {
        if (!cancel.signal.aborted) setAnswer({ id, error: toIpcErrorInfo(error) });
      },
    );
    return () => cancel.abort();
  }, [id, open, status]);
  return answer?.id === id ? { details: answer.details, error: answer.error } : { details: undefined, error: undefined };
}
