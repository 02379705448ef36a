import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { checkSecret, agentSocket, readSecrets } from "./build-secrets.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "slipway-secrets-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it("reads files and variables into base64, byte for byte", async () => {
  const file = join(folder, "key");
  await writeFile(file, Buffer.from([0, 255, 10]));
  expect(await readSecrets([{ id: "key", from: "file", source: file }, { id: "token", from: "env", source: "TOKEN" }], { TOKEN: "züge\n" })).toEqual({
    key: Buffer.from([0, 255, 10]).toString("base64"),
    token: Buffer.from("züge\n").toString("base64"),
  });
});

it("says which secret cannot be read and why, and never a value", async () => {
  const large = join(folder, "large");
  await writeFile(large, "sesame".repeat(100_000));
  const env = { LARGE: "sesame".repeat(100_000) };
  const problems = [
    await checkSecret({ from: "file", source: join(folder, "absent") }, env),
    await checkSecret({ from: "file", source: folder }, env),
    await checkSecret({ from: "file", source: large }, env),
    await checkSecret({ from: "env", source: "ABSENT" }, env),
    await checkSecret({ from: "env", source: "LARGE" }, env),
  ];
  expect(problems).toEqual([
    `${join(folder, "absent")} does not exist.`,
    `${folder} is not a file.`,
    `${large} is larger than 500 KiB: too large for a secret.`,
    "The variable ABSENT is not set where Slipway was started.",
    "The variable LARGE is larger than 500 KiB: too large for a secret.",
  ]);
  await expect(readSecrets([{ id: "npm", from: "env", source: "ABSENT" }], env)).rejects.toMatchObject({ code: "notFound", message: "The secret npm was not read: The variable ABSENT is not set where Slipway was started." });
  expect(await checkSecret({ from: "env", source: "OK" }, { OK: "sesame" })).toBeNull();
});

it("knows where the SSH agent is, or what to do without one", () => {
  expect(agentSocket({ SSH_AUTH_SOCK: "/run/agent" })).toBe("/run/agent");
  expect(() => agentSocket({})).toThrow(/No SSH agent runs where Slipway was started/);
});
