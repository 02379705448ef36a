import { CircleCheck, CircleX } from "lucide-react";
import { useEffect, useState } from "react";
import { useStore } from "zustand";
import type { PortCheck } from "../../../electron/ipc/contract/system.ts";
import { toIpcErrorInfo, type IpcErrorInfo } from "../../../electron/ipc/errors.ts";
import { client } from "../../stores/host.ts";
import { closeDialog, href, navigate, routeStore } from "../../stores/route.ts";
import { Button } from "../../ui/button/Button.tsx";
import { CommandLine, copyText } from "../../ui/display/Copy.tsx";
import { Problem } from "../../ui/feedback/Problem.tsx";
import { Field, Input, Select } from "../../ui/field/Field.tsx";
import { Dialog } from "../../ui/overlay/Dialog.tsx";
import css from "./Ports.module.css";

const protocols = [{ value: "tcp", label: "TCP" }, { value: "udp", label: "UDP" }];
const waitMs = 200;

/** Says whether a host port is free, who has it, and which one is the next free one. */
export function CheckPortDialog() {
  const open = useStore(routeStore, (route) => route.dialog?.kind === "check-port");
  const [text, setText] = useState("8080");
  const [protocol, setProtocol] = useState<"tcp" | "udp">("tcp");
  const [answer, setAnswer] = useState<{ check?: PortCheck; error?: IpcErrorInfo }>({});
  const port = Number(text.trim());
  const valid = /^\d{1,5}$/.test(text.trim()) && port >= 1 && port <= 65_535;

  useEffect(() => {
    setAnswer({});
    if (!open || !valid) return;
    const cancel = new AbortController();
    const timer = setTimeout(() => {
      client()
        .system.checkPorts({ ports: [{ port, protocol }] }, { signal: cancel.signal })
        .then(([check]) => setAnswer(check ? { check } : {}))
        .catch((error: unknown) => {
          if (!cancel.signal.aborted) setAnswer({ error: toIpcErrorInfo(error) });
        });
    }, waitMs);
    return () => {
      clearTimeout(timer);
      cancel.abort();
    };
  }, [open, port, valid, protocol]);

  return (
    <Dialog open={open} onClose={closeDialog} title="Check a port" pinned={<CommandLine command={`ss -Hln${protocol === "tcp" ? "t" : "u"}p 'sport = :${valid ? port : "PORT"}'`} />} footer={<Button onClick={closeDialog}>Close</Button>}>
      <div className={css["form"]}>
        <div className={css["two"]}>
          <Field label="Host port" error={text.trim() !== "" && !valid ? "A port is a number from 1 to 65535." : undefined}>
            {(props) => <Input {...props} mono autoFocus inputMode="numeric" value={text} onChange={(event) => setText(event.target.value)} />}
          </Field>
          <Field label="Protocol">{(props) => <Select {...props} options={protocols} value={protocol} onChange={(event) => setProtocol(event.target.value === "udp" ? "udp" : "tcp")} />}</Field>
        </div>
        <div className={css["answer"]} role="status">{answer.check && <Answer check={answer.check} onUse={(next) => setText(String(next))} />}</div>
        {answer.error && <Problem title="The port was not checked." cause={answer.error.message} raw={answer.error.cause} />}
      </div>
    </Dialog>
  );
}

function Answer({ check, onUse }: { readonly check: PortCheck; readonly onUse: (port: number) => void }) {
  const { port, owner, suggestion } = check;
  if (check.free) return <><CircleCheck className={css["free"]} aria-hidden="true" /><span>Port {port} is free.</span><Button size="small" onClick={() => void copyText(String(port))}>Copy</Button></>;
  const containerId = owner?.containerId;
  const holder = owner?.containerName ? `${owner.containerName} publishes port ${port}.` : owner?.process ? `${owner.process}${owner.pid === undefined ? "" : `, PID ${owner.pid},`} has port ${port}.` : `Port ${port} is in use by a process that this user may not see.`;
  return (
    <>
      <CircleX className={css["taken"]} aria-hidden="true" />
      <span>{holder}{suggestion === undefined ? "" : ` The next free one is ${suggestion}.`}</span>
      {suggestion !== undefined && <Button size="small" onClick={() => onUse(suggestion)}>Take {suggestion}</Button>}
      {containerId !== undefined && <Button size="small" onClick={() => navigate(href.container(containerId))}>Show container</Button>}
    </>
  );
}
