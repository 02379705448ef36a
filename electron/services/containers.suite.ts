/** What the window asks of containers beyond their lifecycle, on any daemon. */
import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ExportEvent } from "../ipc/contract/containers.ts";
import type { StatsSample } from "../ipc/contract/stats.ts";
import { toIpcErrorInfo } from "../ipc/errors.ts";
import { openTerminal } from "../ipc/terminal-session.ts";
import { TEST_IMAGE } from "../testing/dockerd.ts";
import type { TestDesktop } from "../testing/window.ts";
import { startDesktop, unixEndpoint } from "../testing/window.ts";

const SPIN = "echo ready; while true; do i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; done";

/** @param start begins a daemon that has {@link TEST_IMAGE} */
export function describeContainers(kind: string, start: () => Promise<AsyncDisposable & { socketPath: string }>): void {
  describe(`containers of ${kind}`, () => {
    let daemon: AsyncDisposable & { socketPath: string };
    let desktop: TestDesktop;
    let folder: string;
    let busy: string;
    let idle: string;

    beforeAll(async () => {
      daemon = await start();
      desktop = await startDesktop(unixEndpoint(daemon.socketPath));
      folder = await mkdtemp(join(tmpdir(), "slipway-copies-"));
      busy = (await desktop.client.containers.run({ image: TEST_IMAGE, name: "busy", command: ["sh", "-c", SPIN], networks: [{ name: "none" }], memoryBytes: 64 * 1024 * 1024 })).id;
      idle = (await desktop.client.containers.run({ image: TEST_IMAGE, name: "idle", command: ["sh", "-c", "echo one > /added; rm /etc/passwd; chmod 700 /tmp; sleep 1000"], networks: [{ name: "none" }], volumes: [{ type: "volume", target: "/data" }] })).id;
    });
    afterAll(async () => {
      for (const id of [busy, idle]) await desktop?.client.containers.remove({ id, force: true, volumes: true }).catch(() => undefined);
      await desktop?.[Symbol.asyncDispose]();
      await daemon?.[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    });

    async function failure(work: Promise<unknown>) {
      return work.then(() => Promise.reject(new Error("it should have failed")), (error: unknown) => toIpcErrorInfo(error));
    }

    it("streams counters of several, leaves out what does not run, and tells the busy one from the idle one", async () => {
      const { client } = desktop;
      const stopped = await client.containers.create({ image: TEST_IMAGE, networks: [{ name: "none" }] });
      const leave = new AbortController();
      const seen = new Map<string, StatsSample[]>();
      for await (const batch of await client.stats.watch({ ids: [busy, idle, stopped.id, "nobody"], intervalMs: 500 }, { signal: leave.signal })) {
        for (const sample of batch) seen.set(sample.id, [...(seen.get(sample.id) ?? []), sample]);
        if ([busy, idle].every((id) => (seen.get(id)?.length ?? 0) >= 3)) break;
      }
      leave.abort();
      expect([...seen.keys()].sort()).toEqual([busy, idle].sort());
      const share = (id: string): number => {
        const [first, ...rest] = seen.get(id) ?? [];
        const last = rest.at(-1);
        return first && last ? (last.cpuNs - first.cpuNs) / ((last.at - first.at) * 1e6) : Number.NaN;
      };
      expect(share(busy)).toBeGreaterThan(0.1);
      expect(share(idle)).toBeLessThan(0.1);
      expect(seen.get(idle)?.at(-1)).toMatchObject({ pids: 1 });
      expect(seen.get(idle)?.[0]?.memory).toBeGreaterThan(0);
      await client.containers.remove({ id: stopped.id });
    });

    it("lists the processes of one that runs", async () => {
      const { titles, processes } = await desktop.client.stats.processes({ id: idle });
      expect(titles).toContain("PID");
      expect(processes.map((row) => row.at(-1)).join()).toContain("sleep 1000");
      const stopped = await desktop.client.containers.create({ image: TEST_IMAGE, networks: [{ name: "none" }] });
      expect((await failure(desktop.client.stats.processes({ id: stopped.id }))).code).toMatch(/conflict|internal/);
      await desktop.client.containers.remove({ id: stopped.id });
    });

    it("says what was written against the image, and how much", async () => {
      const changes = await desktop.client.containers.changes({ id: idle });
      expect(changes).toContainEqual(expect.objectContaining({ path: "/added", kind: "added" }));
      expect(changes).toContainEqual({ path: "/etc/passwd", kind: "deleted" });
      expect(changes).toContainEqual({ path: "/tmp", kind: "modified" });
      const [size] = await desktop.client.containers.sizes({ ids: [idle] });
      expect(size).toMatchObject({ id: idle });
      expect(size?.bytes).toBeGreaterThan(0);
    });

    it("commits with a name, an author and instructions", async () => {
      const { imageId } = await desktop.client.containers.commit({ id: idle, image: "made/here:two", author: "Ada", comment: "as it is", changes: ['CMD ["true"]', "ENV A=b"] });
      const image = await desktop.client.images.inspect({ id: "made/here:two" });
      expect(image.Id).toBe(imageId);
      expect(image).toMatchObject({ Author: "Ada", Comment: "as it is", Config: { Cmd: ["true"] } });
      expect((await failure(desktop.client.containers.commit({ id: idle, changes: ["RUN no"] }))).code).toBe("invalidArgument");
      await desktop.client.images.remove({ id: "made/here:two" });
    });

    it("exports to a file that appears complete, and overwrites none unasked", async () => {
      const path = join(folder, "idle.tar");
      const events: ExportEvent[] = [];
      for await (const event of await desktop.client.containers.export({ id: idle, path })) events.push(event);
      expect(events.at(-1)).toEqual({ type: "done", bytes: (await stat(path)).size, path });
      const { stdout } = await promisify(execFile)("tar", ["-tf", path]);
      expect(stdout.split("\n")).toContain("added");
      await writeFile(path, "mine");
      const again = async (replace: boolean, to = path): Promise<unknown> => {
        for await (const _ of await desktop.client.containers.export({ id: idle, path: to, replace }));
        return undefined;
      };
      expect(await failure(again(false))).toMatchObject({ code: "alreadyExists", message: `${path} exists already.` });
      await again(true);
      expect((await stat(path)).size).toBeGreaterThan(4);
      expect(await failure(again(false, join(folder, "nowhere/x.tar")))).toMatchObject({ code: "notFound" });
      expect(await failure(again(false, join(folder.replace(homedir(), "~"), "y.tar")).then(() => again(false, join(folder, "y.tar"))))).toMatchObject({ code: "alreadyExists" });
      expect((await readdir(folder)).sort()).toEqual(["idle.tar", "y.tar"]);
    });

    it("finds the shells, also of one that does not run", async () => {
      const stopped = await desktop.client.containers.create({ image: TEST_IMAGE, networks: [{ name: "none" }] });
      expect(await desktop.client.terminal.shells({ containerId: stopped.id })).toEqual(["/bin/ash", "/bin/sh"]);
      await desktop.client.containers.remove({ id: stopped.id });
    });

    it("attaches to the main process and detaches without ending it", async () => {
      const { client } = desktop;
      const { id } = await client.containers.run({ image: TEST_IMAGE, command: ["sh", "-c", "while read line; do echo heard $line; done"], tty: true, interactive: true, networks: [{ name: "none" }] });
      const session = openTerminal(client, { attachTo: id });
      let said = "";
      for await (const event of session.events) {
        if (event.type === "ready") session.write("hello\n");
        if (event.type === "output") said += event.data;
        if (said.includes("heard hello")) break;
      }
      session.close();
      expect((await client.containers.inspect({ id })).State.Running).toBe(true);
      await client.containers.stop({ id, timeoutSeconds: 0 });
      const late = openTerminal(client, { attachTo: id });
      expect((await failure(late.events.next())).code).toBe("conflict");
      await client.containers.remove({ id });
    });
  });
}
