import { useEffect, useState } from "react";
import type { PortCheck } from "../../../../electron/ipc/contract/system.ts";
import type { PortText } from "../../../lib/run/form.ts";
import { client } from "../../../stores/host.ts";

const waitMs = 250;
const most = 64;
const none: ReadonlyMap<string, PortCheck> = new Map();

/** The address and port that a row asks for, as the key of its check; undefined where it leaves the port to the engine, or is no single port. */
export function checkKey({ host, protocol }: PortText): string | undefined {
  const match = /^(?:(\d+\.\d+\.\d+\.\d+|\[[0-9a-fA-F:]+\]):)?(\d{1,5})$/.exec(host.trim());
  const port = Number(match?.[2]);
  return match === null || port < 1 || port > 65_535 ? undefined : `${match[1]?.replace(/^\[|\]$/g, "") ?? ""} ${port} ${protocol}`;
}

/** Which of the typed host ports are taken, by {@link checkKey}; asked for a moment after the last keystroke. */
export function usePortChecks(ports: readonly PortText[], active: boolean): ReadonlyMap<string, PortCheck> {
  const keys = [...new Set(ports.flatMap((port) => checkKey(port) ?? []))].sort().slice(0, most);
  const wanted = active ? keys.join("\n") : "";
  const [checks, setChecks] = useState(none);
  useEffect(() => {
    if (wanted === "") {
      setChecks(none);
      return;
    }
    const cancel = new AbortController();
    const timer = setTimeout(() => {
      const asked = wanted.split("\n");
      const list = asked.map((key) => {
        const [hostIp = "", port = "", protocol = ""] = key.split(" ");
        return { port: Number(port), protocol: protocol === "udp" ? ("udp" as const) : ("tcp" as const), ...(hostIp !== "" && { hostIp }) };
      });
      client()
        .system.checkPorts({ ports: list }, { signal: cancel.signal })
        .then((answers) => setChecks(new Map(answers.map((answer, index) => [asked[index] ?? "", answer]))))
        .catch(() => setChecks(none)); // A check that fails hides nothing: the engine says the same when it starts the container.
    }, waitMs);
    return () => {
      clearTimeout(timer);
      cancel.abort();
    };
  }, [wanted]);
  return checks;
}

/** Who holds a port, in words. */
export function heldBy(check: PortCheck): string {
  const { owner } = check;
  if (owner?.containerName) return `Port ${check.port} is published by ${owner.containerName}.`;
  if (owner?.process) return `Port ${check.port} is held by ${owner.process}${owner.pid === undefined ? "" : `, PID ${owner.pid}`}.`;
  return `Port ${check.port} is in use on this machine.`;
}
