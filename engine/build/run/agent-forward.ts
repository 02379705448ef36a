import { closeSync, constants, openSync, statSync } from "node:fs";
import { createServer, connect } from "node:net";
import type { Socket } from "node:net";
import { basename, dirname } from "node:path";
import type { AsyncDisposable } from "../../base/disposable.ts";
import { EngineError } from "../../base/errors.ts";
import { setAccess } from "./memory-files.ts";
import type { FileAccess } from "./memory-files.ts";

/**
 * A socket at `path` whose connections go to the ssh agent at `agent`. An agent answers its own user alone, and its socket has the permissions that it has:
 * a process of another user reaches it only through this. Disposing ends all connections and removes the socket.
 * @param path in a directory that exists; may be longer than an address
 * @throws EngineError `invalidArgument` when there is no agent
 */
export async function forwardAgent(agent: string, path: string, access: FileAccess): Promise<AsyncDisposable> {
  if (statSync(agent, { throwIfNoEntry: false })?.isSocket() !== true) {
    throw new EngineError("invalidArgument", `there is no ssh agent at ${agent}: start one (ssh-agent, ssh-add) and pass its socket, or leave the ssh option out`);
  }
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const upstream = connect({ path: agent, allowHalfOpen: true });
    for (const [socket, other] of [[client, upstream], [upstream, client]] as const) {
      open.add(socket);
      socket.pipe(other);
      socket.on("error", () => other.destroy());
      socket.on("close", () => {
        open.delete(socket);
        other.destroy();
      });
    }
  });
  const directory = openSync(dirname(path), constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      // Addresses have 107 bytes, and a run directory may be deep.
      server.listen(`/proc/self/fd/${directory}/${basename(path)}`, resolve);
    });
    setAccess(path, access);
  } catch (error) {
    server.close();
    closeSync(directory);
    throw error;
  }
  return {
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of open) socket.destroy();
      await closed;
      closeSync(directory);
    },
  };
}
