/** Published ports in words. Pure. */
import type { PortBinding } from "../../../electron/ipc/contract/ports.ts";

/** Container ports that no browser talks to: databases, queues, mail, shells, name servers. */
const NOT_HTTP: ReadonlySet<number> = new Set([20, 21, 22, 23, 25, 53, 110, 143, 389, 465, 587, 636, 993, 995, 1433, 1521, 1883, 2049, 3306, 4369, 5432, 5671, 5672, 6379, 9042, 9092, 11_211, 25_672, 27_017]);
const HTTPS: ReadonlySet<number> = new Set([443, 6443, 8443, 9443]);

/** `8080`, or `any free` where the engine picks one at the next start. */
export function hostPortText(row: PortBinding): string {
  return row.hostPort === null ? "any free" : String(row.hostPort);
}

/** What is typed to reach it: `localhost:8080`, `192.168.1.5:80`, `[fd00::1]:80`. Empty while there is no port. */
export function hostAddress(row: PortBinding): string {
  if (row.hostPort === null) return "";
  const host = row.hostIp === "" ? "localhost" : row.hostIp.includes(":") ? `[${row.hostIp}]` : row.hostIp;
  return `${host}:${row.hostPort}`;
}

/** Where a browser probably finds something: a guess by the container's port, undefined where it is not bound or no web server's. */
export function guessUrl(row: PortBinding): string | undefined {
  if (!row.live || row.hostPort === null || row.protocol !== "tcp" || NOT_HTTP.has(row.containerPort)) return undefined;
  return `${HTTPS.has(row.containerPort) ? "https" : "http"}://${hostAddress(row)}`;
}

/** Names a row: `8080/tcp of web-1`. */
export function bindingName(row: PortBinding): string {
  return `${row.hostIp === "" ? "" : `${row.hostIp.includes(":") ? `[${row.hostIp}]` : row.hostIp}:`}${hostPortText(row)}/${row.protocol} of ${row.containerName}`;
}

/** Whether it cannot be bound at the same time as something else, or keeps something else from being bound. */
export function collides(row: PortBinding): boolean {
  return row.holder !== undefined || row.rivals.length > 0;
}

/** Who has or wants the same port, in a few words; empty where nobody does. */
export function conflictWords(row: PortBinding): string {
  const { holder } = row;
  const live = row.rivals.find((rival) => rival.live);
  if (live) return row.live ? `Shared with ${live.containerName}` : `Held by ${live.containerName}`;
  if (holder?.process) return `Held by ${holder.process}${holder.pid === undefined ? "" : `, PID ${holder.pid}`}`;
  if (holder) return "Held by another process";
  const [first, ...rest] = row.rivals;
  if (!first) return "";
  const who = `${first.containerName}${rest.length > 0 ? ` and ${rest.length} more` : ""}`;
  return `Also wanted by ${who}`;
}

/** How urgent a conflict is: this one cannot start, or somebody else cannot. */
export function severity(row: PortBinding): "blocked" | "rivals" | "none" {
  if (!row.live && (row.holder !== undefined || row.rivals.some((rival) => rival.live))) return "blocked";
  return row.rivals.length > 0 ? "rivals" : "none";
}

/** Whether a row matches what is typed into the search. */
export function matchesPort(row: PortBinding, query: string): boolean {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return true;
  const text = `${hostPortText(row)} ${row.containerPort} ${row.protocol} ${row.hostIp || "all addresses"} ${row.containerName} ${row.image} ${row.holder?.process ?? ""} ${row.live ? "bound" : "not bound"}`.toLowerCase();
  return words.every((word) => text.includes(word));
}
