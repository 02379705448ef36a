import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inUserNamespace } from "../sys/identity.ts";
import { WorkerPool } from "../sys/workers.ts";
import { Database } from "../store/database.ts";
import { OverlaySnapshotter } from "./overlay-snapshotter.ts";
import { snapshotterSuite } from "./snapshotter.suite.ts";

// A path that overlayfs would take apart.
for (const name of ["snapshots", "a,b:c\\d"]) {
  snapshotterSuite(`overlay snapshots in ${name}`, async () => {
    const scratch = mkdtempSync(join(tmpdir(), "slipway-snap-"));
    const database = Database.open(":memory:");
    const workers = new WorkerPool({ threads: 1 });
    mkdirSync(join(scratch, "work"));
    const open = (): OverlaySnapshotter => new OverlaySnapshotter({ root: join(scratch, name), database, userNamespace: inUserNamespace(), workers });
    return {
      snapshots: open(),
      scratch: join(scratch, "work"),
      reopen: open,
      async dispose() {
        await workers[Symbol.asyncDispose]();
        database[Symbol.dispose]();
        rmSync(scratch, { recursive: true, force: true });
      },
    };
  });
}
