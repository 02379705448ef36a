/** Calls on the socket of the fake host's engine: what some clients ask in a minute, and one more now and then. */
import { DESKTOP_CLIENT, type ApiCall, type ApiCallContent, type ApiCallDetails, type ApiCallsEvent } from "../../electron/ipc/contract/calls.ts";
import { makeId, seeded, type Scenario } from "./fake-data.ts";
import { fakeError } from "./fake-error.ts";

const tickMs = 4000;
const docker = "Docker-Client/28.0.1 (linux)";
const compose = "compose/v2.32.1 Docker-Client/28.0.1 (linux)";
const code = "Microsoft-Docker-Extension/1.29.4";
const tests = "tc-java/1.20.4";
const json: ApiCallContent["requestHeaders"] = [["content-type", "application/json"]];

interface Made {
  readonly client: string;
  readonly method?: string;
  readonly target: string;
  readonly status?: number;
  readonly ms?: number;
  readonly sent?: number;
  readonly more?: Partial<ApiCall>;
  readonly ask?: object;
  readonly say?: unknown;
}

/** The part of the client that it serves. */
export function createFakeCalls(scenario: Scenario, supported: boolean, turn: () => Promise<void>) {
  const random = seeded(41);
  const id = makeId(random);
  const long = scenario === "long" ? `-${"with-a-name-that-somebody-generated-".repeat(4)}end` : "";
  const rest = { name: `storefront-web${long}` };
  const create = { Image: "nginx:1.27-alpine", Env: ["TZ=Europe/Berlin", "API_TOKEN=(hidden)"], HostConfig: { PortBindings: { "80/tcp": [{ HostPort: "8080" }] }, RestartPolicy: { Name: "unless-stopped" }, Memory: 268_435_456 } };
  const minute: readonly Made[] = [
    { client: docker, method: "HEAD", target: "/_ping", ms: 0.4, sent: 268 },
    { client: docker, target: "/v1.47/containers/json?all=1", ms: 2.1, sent: 18_240, say: [{ Id: id, Names: [`/${rest.name}`], Image: create.Image, State: "running", Status: "Up 3 hours (healthy)" }] },
    { client: code, target: `/v1.41/events?filters=${encodeURIComponent('{"type":{"container":true,"image":true}}')}`, ms: 184_000, more: { open: true, streaming: true } },
    { client: DESKTOP_CLIENT, target: "/events", ms: 95_000, more: { open: true, streaming: true } },
    { client: DESKTOP_CLIENT, target: "/containers/json?all=true", ms: 1.8, sent: 18_240 },
    { client: compose, target: `/v1.47/networks/storefront_backend${long}`, ms: 0.9, sent: 1311, say: { Name: "storefront_backend", Driver: "bridge" } },
    { client: compose, method: "POST", target: `/v1.47/containers/create?name=${rest.name}`, status: 201, ms: 14.2, sent: 402, ask: create, say: { Id: id, Warnings: [] } },
    { client: compose, method: "POST", target: `/v1.47/containers/${id}/start`, status: 204, ms: 91.7, sent: 190 },
    { client: compose, method: "POST", target: `/v1.47/containers/${id}/attach?stderr=1&stdout=1&stream=1`, status: 101, ms: 61_000, more: { open: true, streaming: true } },
    { client: docker, method: "POST", target: "/v1.47/images/create?fromImage=acme%2Fapi&tag=2.4", status: 401, ms: 412, sent: 358, say: { message: "unauthorized: authentication required" } },
    { client: docker, method: "POST", target: "/v1.47/auth", ms: 388, sent: 274 },
    { client: docker, method: "POST", target: "/v1.47/images/create?fromImage=acme%2Fapi&tag=2.4", ms: 6840, sent: 91_200, more: { streaming: true }, say: "lines" },
    { client: tests, method: "POST", target: "/v1.32/containers/create", status: 409, ms: 1.2, sent: 331, ask: { Image: "postgres:17", name: "tc-postgres" }, say: { message: 'Conflict. The container name "/tc-postgres" is already in use' } },
    { client: tests, method: "DELETE", target: `/v1.32/containers/tc-postgres${long}?v=true&force=true`, status: 204, ms: 178, sent: 190 },
    { client: docker, method: "POST", target: `/v1.47/exec/${makeId(random)}/start`, status: 101, ms: 2310, sent: 48_120, more: { streaming: true } },
    { client: "curl/8.14.1", target: "/containers/nowhere/json", status: 404, ms: 0.6, sent: 296, say: { message: "No such container: nowhere" } },
    { client: code, target: `/v1.41/containers/${id}/logs?follow=1&stdout=1&tail=1000`, ms: 9120, sent: 240_311, more: { streaming: true, aborted: true } },
    { client: "", target: "/info", ms: 3.4, sent: 2905, say: { Containers: 10, Images: 24, Driver: "overlayfs" } },
    { client: docker, method: "POST", target: "/v1.47/build/prune", status: 500, ms: 21, sent: 312, say: { message: "the build cache could not be read: no space left on device" } },
    { client: docker, target: `/v1.47/containers/${id}/json`, ms: 1.1, sent: 7412, say: { Id: id, Name: `/${rest.name}`, State: { Status: "running", Running: true, Pid: 48_211 }, Config: { Image: create.Image, Env: create.Env }, HostConfig: create.HostConfig } },
  ];
  const all = new Map<number, ApiCall>();
  const contents = new Map<number, ApiCallContent>();
  const repeats = scenario === "many" ? 240 : 1;
  const from = Date.now() - 62_000;

  function add(made: Made, at: number): ApiCall {
    const status = made.status ?? 200;
    const call: ApiCall = { id: all.size + 1, method: made.method ?? "GET", target: made.target, client: made.client, at, status, open: false, streaming: false, aborted: false, milliseconds: made.ms ?? 1, received: 180 + (made.ask ? JSON.stringify(made.ask).length : 0), sent: made.sent ?? 0, ...made.more };
    if (call.open) call.at = Date.now() - call.milliseconds;
    all.set(call.id, call);
    const lines = Array.from({ length: 6 }, (_, index) => JSON.stringify({ status: "Downloading", progressDetail: { current: (index + 1) * 4_100_000, total: 28_200_000 }, id: makeId(random).slice(0, 12) })).join("\r\n");
    contents.set(call.id, {
      requestHeaders: [["Host", "docker"], ["User-Agent", made.client], ...(made.ask ? json : []), ...(made.target.includes("/images/create") ? [["X-Registry-Auth", "(hidden)"] as [string, string]] : [])],
      responseHeaders: [["api-version", "1.47"], ["docker-experimental", "false"], ["ostype", "linux"], ["server", "Slipway/0.1.0 (linux)"], ...(made.say === undefined ? [] : json)],
      requestBody: made.ask ? JSON.stringify(made.ask) : "",
      responseBody: made.say === undefined ? "" : made.say === "lines" ? lines : `${JSON.stringify(made.say)}\n`,
      requestCut: false, responseCut: false,
    });
    return call;
  }
  if (scenario !== "empty") for (let round = 0; round < repeats; round++) for (const [index, made] of minute.entries()) if (round === 0 || !made.more?.open) add(made, from + Math.floor(((round * minute.length + index) / (repeats * minute.length)) * 61_000));

  async function* watch(signal?: AbortSignal): AsyncGenerator<ApiCallsEvent> {
    await turn();
    if (!supported) return yield { type: "unsupported" };
    yield { type: "begin", socket: "/run/user/1000/slipway/slipway.sock" };
    yield { type: "calls", calls: [...all.values()].map((call) => (call.open ? { ...call, milliseconds: Date.now() - call.at } : call)), missed: 0 };
    for (let next = 0; scenario !== "empty"; next++) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, tickMs);
        signal?.addEventListener("abort", () => { clearTimeout(timer); resolve(); }, { once: true });
      });
      if (signal?.aborted) return;
      yield { type: "calls", calls: [add(minute[next % 2] as Made, Date.now())], missed: 0 };
    }
    await new Promise<void>((resolve) => signal?.addEventListener("abort", () => resolve(), { once: true }));
  }
  return {
    watch: async (_: unknown, { signal }: { signal?: AbortSignal } = {}) => watch(signal),
    details: async ({ id: wanted }: { id: number }): Promise<ApiCallDetails> => {
      await turn();
      const call = all.get(wanted);
      if (!call) throw fakeError("notFound", `The call ${wanted} is not known any more.`);
      return { call, content: contents.get(wanted) ?? null };
    },
  };
}
