import { expect, it } from "vitest";
import type { BuildListEvent } from "../ipc/contract/builds.ts";
import { startDockerd } from "../testing/dockerd.ts";
import { startDesktop, unixEndpoint } from "../testing/window.ts";

it("a plain dockerd keeps no builds", async () => {
  await using daemon = await startDockerd();
  await using other = await startDesktop(unixEndpoint(daemon.socketPath));
  const events: BuildListEvent[] = [];
  for await (const event of await other.client.builds.watch()) events.push(event);
  expect(events).toEqual([{ type: "unsupported" }]);
});
