import { expect, test } from "vitest";
import { spawnProcess } from "../sys/spawn.ts";
import { ChildStdio } from "./child-stdio.ts";

/** A child that writes `text` and then keeps its pipes open until it is killed. */
function writerOf(text: string): { readonly stdio: ChildStdio; readonly kill: () => void } {
  const child = spawnProcess("/bin/sh", ["-c", `printf '${text}'; exec sleep 1000`], { env: { PATH: "/usr/bin:/bin" }, fds: ["reads", "writes", "writes"] });
  const [stdin, stdout, stderr] = child.pipes;
  return { stdio: new ChildStdio({ stdin, stdout: stdout!, stderr: stderr! }), kill: () => child.kill("SIGKILL") };
}

async function textOf(stdio: ChildStdio): Promise<string> {
  let text = "";
  for await (const { data } of stdio.output) text += Buffer.from(data).toString();
  return text;
}

test("what a process wrote while the event loop was busy, longer than pipes may be silent after its end, is delivered", async () => {
  const { stdio, kill } = writerOf("kept");
  try {
    stdio.processEnded();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
    expect(await textOf(stdio)).toBe("kept");
  } finally {
    kill();
  }
});

test("pipes that something else keeps open are not waited for", async () => {
  const { stdio, kill } = writerOf("last words");
  try {
    const text = textOf(stdio);
    setTimeout(() => stdio.processEnded(), 50);
    expect(await text).toBe("last words");
  } finally {
    kill();
  }
});
