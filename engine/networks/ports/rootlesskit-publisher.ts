import { randomInt } from "node:crypto";
import { readFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { join } from "node:path";
import { EngineError, messageOf } from "../../base/errors.ts";
import type { PublishedPort } from "../networks.ts";
import { PortUnavailable, type PortPublisher, type Publication } from "./publisher.ts";

/** A port as rootlesskit's API describes it (rootlesskit, pkg/port). */
interface PortSpec {
  readonly proto: string;
  readonly parentIP: string;
  readonly parentPort: number;
  readonly childIP: string;
  readonly childPort: number;
}

interface PortStatus {
  readonly id: number;
  readonly spec: PortSpec;
}

const RANDOM_PORTS = { first: 32768, last: 60999 };
const RANDOM_PORT_TRIES = 50;
const TIMEOUT_MS = 10_000;

/** Published ports of a rootless engine: rootlesskit's builtin driver listens on the host and connects to the container's address. */
export class RootlesskitPublisher implements PortPublisher {
  readonly hostNetPid: number | "self";
  readonly #socket: string;
  readonly #ids = new Map<string, number>();

  /** @param stateDirectory rootlesskit's `--state-dir` */
  constructor(stateDirectory: string) {
    this.#socket = join(stateDirectory, "api.sock");
    this.hostNetPid = parentOf(join(stateDirectory, "child_pid"));
  }

  async open(publications: readonly Publication[]): Promise<readonly PublishedPort[]> {
    const random = publications[0]?.hostPort === 0;
    for (let attempt = 1; ; attempt++) {
      const port = random ? randomInt(RANDOM_PORTS.first, RANDOM_PORTS.last + 1) : 0;
      const wanted = publications.map((publication) => ({ ...publication, hostPort: publication.hostPort || port }));
      try {
        return await this.#openAll(wanted);
      } catch (error) {
        const again = random && error instanceof PortUnavailable && error.reason === "inUse" && attempt < RANDOM_PORT_TRIES;
        if (!again) throw error;
      }
    }
  }

  async close(publications: readonly Publication[]): Promise<void> {
    for (const publication of publications) {
      const id = this.#ids.get(keyOf(specOf(publication)));
      if (id === undefined) continue;
      this.#ids.delete(keyOf(specOf(publication)));
      await this.#call("DELETE", `/v1/ports/${id}`).catch(() => undefined);
    }
  }

  /** rootlesskit outlives the engine: what it forwards is adopted, what nobody wants is closed, what is missing is opened. */
  async restore(publications: readonly Publication[]): Promise<void> {
    const wanted = new Map(publications.map((publication) => [keyOf(specOf(publication)), publication]));
    // Go writes an empty list as null.
    const forwarded = (await this.#call("GET", "/v1/ports")) as readonly PortStatus[] | null;
    for (const { id, spec } of forwarded ?? []) {
      if (wanted.delete(keyOf(spec))) this.#ids.set(keyOf(spec), id);
      else await this.#call("DELETE", `/v1/ports/${id}`);
    }
    for (const publication of wanted.values()) await this.#openAll([publication]).catch(() => undefined);
  }

  async dispose(options: { readonly removeAll: boolean }): Promise<void> {
    if (options.removeAll) await this.restore([]);
    this.#ids.clear();
  }

  async #openAll(publications: readonly Publication[]): Promise<readonly PublishedPort[]> {
    const opened: Publication[] = [];
    try {
      for (const publication of publications) {
        const spec = specOf(publication);
        const { id } = (await this.#call("POST", "/v1/ports", spec)) as PortStatus;
        this.#ids.set(keyOf(spec), id);
        opened.push(publication);
      }
    } catch (error) {
      await this.close(opened);
      throw error;
    }
    return opened.map(({ protocol, containerPort, hostIp, hostPort }) => ({ protocol, containerPort, hostIp, hostPort }));
  }

  async #call(method: string, path: string, body?: object): Promise<unknown> {
    const payload = body === undefined ? "" : JSON.stringify(body);
    const { status, text } = await new Promise<{ status: number; text: string }>((resolve, reject) => {
      const request = httpRequest({ socketPath: this.#socket, method, path, agent: false, timeout: TIMEOUT_MS, headers: { host: "rootlesskit", "content-type": "application/json", "content-length": Buffer.byteLength(payload) } }, (response) => {
        response.setEncoding("utf8");
        let answer = "";
        response.on("data", (chunk: string) => { answer += chunk; });
        response.on("end", () => resolve({ status: response.statusCode ?? 0, text: answer }));
        response.on("error", reject);
      });
      request.on("timeout", () => request.destroy(new Error("rootlesskit did not answer")));
      request.on("error", reject);
      request.end(payload);
    }).catch((error: unknown) => {
      throw new EngineError("unavailable", `cannot reach rootlesskit, which forwards published ports: ${messageOf(error)}; restart the engine`, { cause: error });
    });
    if (status < 300) return text === "" ? undefined : JSON.parse(text);
    throw portError(status, text);
  }
}

function portError(status: number, text: string): Error {
  if (text.includes("address already in use") || text.includes("conflict with")) return new PortUnavailable("inUse", text);
  if (text.includes("permission denied")) return new PortUnavailable("notPermitted", text);
  if (text.includes("cannot assign requested address")) return new PortUnavailable("noSuchAddress", text);
  return new EngineError("internal", `rootlesskit refused to forward a port (status ${status}): ${text.trim().slice(0, 500)}`);
}

function specOf(publication: Publication): PortSpec {
  const family = publication.hostIp.includes(":") ? "6" : "4";
  return { proto: publication.protocol + family, parentIP: publication.hostIp, parentPort: publication.hostPort, childIP: publication.containerIp, childPort: publication.containerPort };
}

function keyOf(spec: PortSpec): string {
  return `${spec.proto}/${spec.parentIP}/${spec.parentPort}/${spec.childIP}/${spec.childPort}`;
}

/** rootlesskit's own pid: the parent of its child, whose pid it writes down. */
function parentOf(childPidFile: string): number | "self" {
  try {
    const stat = readFileSync(`/proc/${readFileSync(childPidFile, "utf8").trim()}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return "self";
  }
}
