import { useEffect, useState } from "react";
import type { PortCheck } from "../../../../electron/ipc/contract/system.ts";
import { client } from "../../../stores/host.ts";
import type { PortText } from "./run-form.ts";

const waitMs = 250;
const none: ReadonlyMap<string, PortCheck> = new Map();

/** Which of the typed host ports are taken, by `text/protocol`; asked for a moment after the last keystroke. */
export function usePortChecks(ports: readonly PortText[], active: boolean): ReadonlyMap<string, PortCheck> {
  const wanted = ports.flatMap((port) => (/^\d{1,5}$/.test(port.host) && Number(port.host) >= 1 && Number(port.host) <= 65_535 ? `${port.host}/${port.protocol}` : []));
  const key = active ? [...new Set(wanted)].sort().join(" ") : "";
  const [checks, setChecks] = useState(none);
  useEffect(() => {
    if (key === "") {
      setChecks(none);
      return;
    }
    const cancel = new AbortController();
    const timer = setTimeout(() => {
      const list = key.split(" ").map((each) => ({ port: Number(each.split("/")[0]), protocol: each.endsWith("udp") ? ("udp" as const) : ("tcp" as const) }));
      client()
        .system.checkPorts({ ports: list }, { signal: cancel.signal })
        .then((answers) => setChecks(new Map(answers.map((answer) => [`${answer.port}/${answer.protocol}`, answer]))))
        .catch(() => setChecks(none)); // A check that fails hides nothing: the engine says the same when it starts the container.
    }, waitMs);
    return () => {
      clearTimeout(timer);
      cancel.abort();
    };
  }, [key]);
  return checks;
}

/** Who holds a port, in words. */
export function heldBy(check: PortCheck): string {
  const { owner } = check;
  if (owner?.containerName) return `Port ${check.port} is published by ${owner.containerName}.`;
  if (owner?.process) return `Port ${check.port} is held by ${owner.process}${owner.pid === undefined ? "" : `, PID ${owner.pid}`}.`;
  return `Port ${check.port} is in use on this machine.`;
}
