/** Connections of the fake host: one of each kind, with every way a test can end. */
import type { ConnectionForm, ConnectionInfo, ConnectionTest } from "../../electron/ipc/contract/connections.ts";
import type { EngineStatus } from "../../electron/ipc/contract/engine.ts";
import { fakeError } from "./fake-error.ts";

const docker = { name: "Docker Engine - Community", version: "28.0.1", apiVersion: "1.48", os: "linux", arch: "amd64", kernel: "6.12.0" };

const results: Readonly<Record<string, Omit<ConnectionTest, "milliseconds">>> = {
  own: { ok: true, message: "Slipway 0.1.0 answers (API 1.47, linux on amd64).", version: { ...docker, name: "Slipway", version: "0.1.0" } },
  "socket:/var/run/docker.sock": { ok: false, message: "This user may not use /var/run/docker.sock: it is for the group docker.", command: "sudo usermod -aG docker $USER", cause: "connect EACCES /var/run/docker.sock" },
  "context:staging": { ok: false, message: "The certificate of staging.example.com has expired.", cause: "certificate has expired" },
  "added:build": { ok: false, message: "The host key of build.example.com is not known, or has changed. Connect once from a terminal to check and keep it.", command: "ssh ci@build.example.com", cause: "Host key verification failed." },
};

/** @param onUse what follows the choice of another connection */
export function createFakeConnections(managed: boolean, onUse: () => EngineStatus) {
  const base = { tls: false, managed: false, current: false };
  const rows: ConnectionInfo[] = [
    { ...base, id: "own", kind: "own", name: "Slipway", address: "unix:///run/user/1000/slipway/slipway.sock", managed: true },
    { ...base, id: "socket:/var/run/docker.sock", kind: "socket", name: "Docker", address: "unix:///var/run/docker.sock" },
    { ...base, id: "socket:/run/user/1000/podman/podman.sock", kind: "socket", name: "Podman", address: "unix:///run/user/1000/podman/podman.sock" },
    { ...base, id: "context:staging", kind: "context", name: "staging", address: "tcp://staging.example.com:2376", tls: true },
    { ...base, id: "context:desktop-linux", kind: "context", name: "desktop-linux", address: "npipe:////./pipe/docker", problem: '"npipe:////./pipe/docker" is not an engine address: use /path/to.sock, unix:///path/to.sock, tcp://host:port or ssh://user@host.' },
    { ...base, id: "added:build", kind: "added", name: "Build server of the platform team in the other building", address: "ssh://ci@build.example.com" },
  ];
  let current = managed ? "own" : "socket:/var/run/docker.sock";
  const find = (id: string): ConnectionInfo => {
    const row = rows.find((each) => each.id === id);
    if (!row) throw fakeError("notFound", "This connection is not known any more.");
    return row;
  };
  const answer = (id: string): ConnectionTest => ({ ...(results[id] ?? { ok: true, message: `${docker.name} ${docker.version} answers (API ${docker.apiVersion}, linux on amd64).`, version: docker }), milliseconds: 12 });
  return {
    current: () => ({ id: current, name: find(current).name }),
    calls: {
      list: async () => rows.map((row) => ({ ...row, current: row.id === current })),
      test: async ({ id }: { id: string }) => answer(id),
      try: async () => answer("context:staging"),
      add: async ({ name, address }: ConnectionForm) => {
        if (rows.some((row) => row.name.toLowerCase() === name.toLowerCase())) throw fakeError("alreadyExists", `A connection called ${name} exists already.`, [{ type: "field", path: ["name"], message: "is taken" }]);
        const row: ConnectionInfo = { ...base, id: `added:${rows.length}`, kind: "added", name, address };
        rows.push(row);
        return row;
      },
      remove: async ({ id }: { id: string }) => {
        rows.splice(rows.indexOf(find(id)), 1);
      },
      use: async ({ id }: { id: string }) => {
        current = find(id).id;
        return onUse();
      },
    },
  };
}
