/**
 * A stand-in for the engine: it keeps the contract that launch relies on (lock, socket, line on standard output, SIGTERM) and
 * answers each connection with what it sees around itself. `conmon` starts a process of that name, as a container would have.
 */
import { spawn } from "node:child_process";
import { copyFileSync, existsSync, readFileSync, readlinkSync, realpathSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { messageOf } from "../../base/errors.ts";
import { acquireLock } from "../../sys/lock.ts";

const { values } = parseArgs({ options: { root: { type: "string" }, run: { type: "string" }, socket: { type: "string" }, "rootless-state": { type: "string" }, forwarder: { type: "string" } } });
const { root = "", run = "", socket = "" } = values;

if (existsSync(join(root, "refuse"))) {
  process.stderr.write("the database is damaged\n");
  process.exit(1);
}
try {
  acquireLock(join(root, "engine.lock"));
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exit(1);
}
rmSync(socket, { force: true });
const server = createServer((connection) => {
  connection.on("error", () => {});
  connection.once("data", (data) => {
    if (data.toString().trim() === "conmon") {
      const program = join(run, "conmon");
      copyFileSync("/bin/sleep", program);
      const child = spawn(program, ["600"], { detached: true, stdio: "ignore" });
      child.unref();
      connection.end(String(child.pid));
      return;
    }
    connection.end(JSON.stringify({
      pid: process.pid,
      uid: process.getuid?.(),
      uidMap: readFileSync("/proc/self/uid_map", "utf8").trim(),
      mountNamespace: readlinkSync("/proc/self/ns/mnt"),
      networkNamespace: readlinkSync("/proc/self/ns/net"),
      run: realpathSync(run),
      rootlessState: values["rootless-state"] ?? null,
      path: process.env["PATH"],
    }));
  });
});
process.umask(0o177);
server.listen(socket, () => process.stdout.write(`listening on unix://${socket}\n`));
process.on("SIGTERM", () => {
  rmSync(socket, { force: true });
  process.exit(0);
});
