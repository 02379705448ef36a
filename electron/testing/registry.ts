/** A real registry on loopback, and a slow line in front of it for what must be cancelled midway. */
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, request } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export interface TestRegistry extends AsyncDisposable {
  /** `127.0.0.1:port`. */
  readonly address: string;
  /** An address at which layers arrive at 50 kB a second; `open` counts them. (Of a line that stalls, dockerd never lets go.) */
  readonly slow: { readonly address: string; readonly open: number };
}

export async function startRegistry(): Promise<TestRegistry> {
  const folder = await mkdtemp(join(tmpdir(), "slipway-registry-"));
  const port = await freePort();
  const address = `127.0.0.1:${port}`;
  await writeFile(join(folder, "config.yml"), `version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: ${folder}/data}}\nhttp: {addr: ${address}}\n`);
  const child = spawn("docker-registry", ["serve", join(folder, "config.yml")], { stdio: "ignore" });
  const exited = new Promise((resolve) => child.once("exit", resolve));
  for (let attempt = 0; attempt < 100; attempt++) {
    if (await fetch(`http://${address}/v2/`).then((response) => response.ok, () => false)) break;
    await sleep(50);
  }

  let open = 0;
  const proxy = createServer((incoming, outgoing) => {
    const layer = incoming.url?.includes("/blobs/") === true && incoming.method === "GET";
    const forwarded = request({ host: "127.0.0.1", port, path: incoming.url, method: incoming.method, headers: { ...incoming.headers, host: address } }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      if (!layer || Number(answer.headers["content-length"]) < 10_000) return void answer.pipe(outgoing);
      open++;
      outgoing.once("close", () => {
        open--;
        answer.destroy();
      });
      trickle(answer, outgoing).catch(() => outgoing.destroy());
    });
    forwarded.on("error", () => outgoing.destroy());
    incoming.pipe(forwarded);
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const proxyAddress = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;

  return {
    address,
    slow: {
      address: proxyAddress,
      get open() {
        return open;
      },
    },
    async [Symbol.asyncDispose]() {
      proxy.close();
      proxy.closeAllConnections();
      child.kill("SIGTERM");
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function trickle(from: IncomingMessage, to: ServerResponse): Promise<void> {
  for await (const chunk of from) {
    for (let at = 0; at < (chunk as Buffer).length && !to.destroyed; at += 1000) {
      to.write((chunk as Buffer).subarray(at, at + 1000));
      await sleep(20);
    }
  }
  to.end();
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
