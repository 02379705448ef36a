import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { StepLab, mountOf } from "./step-lab.ts";

/** An engine that runs a step with all that a step can have, says so, and waits to be killed. Arguments: a lab's directory, the runtime. */
const lab = await StepLab.open({ directory: process.argv[2]!, runtime: process.argv[3] as "runc" | "crun" });
const agent = join(lab.directory, "interrupted-agent");
createServer(() => {}).listen(agent);
const kept = await lab.start({ script: "touch /kept; exit 3", mounts: [mountOf.secret("key")], secrets: new Map([["key", Buffer.from("interrupted-secret")]]) });
await kept.root.open({ command: ["/bin/sleep", "1000"], tty: true, openStdin: true });
await lab.start({
  script: "touch /made /src/made /cache/made; echo ready; sleep 1000", network: "default",
  mounts: [mountOf.bind("/src", { readWrite: true }), mountOf.cache("/cache", { sharing: "locked" }), mountOf.secret("key", { env: "KEY" }), mountOf.ssh()],
  sources: new Map([[0, "/usr/share/doc"]]), secrets: new Map([["key", Buffer.from("interrupted-secret")]]), ssh: new Map([["default", agent]]),
  onOutput: () => writeFileSync(1, "ready\n"),
});
