/** Which logins lie in which keyring: names, and what only the keyring can open; no secret in clear. Shared by both hosts of the desktop. */
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { settingsPath } from "../settings.ts";
import { writeWhole } from "./atomic-write.ts";

const entrySchema = z.object({
  keyring: z.string(),
  /** Absent for identity tokens. */
  username: z.string().optional(),
  /** Base64; absent where the keyring keeps the secret itself. */
  sealed: z.string().optional(),
});
const indexSchema = z.object({ logins: z.record(z.string(), entrySchema).catch({}) });

export type IndexEntry = z.infer<typeof entrySchema>;

export class LoginIndex {
  readonly #path: string;
  #writing: Promise<void> = Promise.resolve();

  constructor(path = join(dirname(settingsPath()), "logins.json")) {
    this.#path = path;
  }

  /** Of one keyring, by host. A file that cannot be read holds none. */
  async read(keyring: string): Promise<ReadonlyMap<string, IndexEntry>> {
    return new Map(Object.entries(await this.#load()).filter(([, entry]) => entry.keyring === keyring));
  }

  async set(host: string, entry: IndexEntry): Promise<void> {
    await this.#change((logins) => ({ ...logins, [host]: entry }));
  }

  /** Takes the host's entry out if it is that keyring's. */
  async remove(host: string, keyring: string): Promise<void> {
    await this.#change((logins) => Object.fromEntries(Object.entries(logins).filter(([name, entry]) => name !== host || entry.keyring !== keyring)));
  }

  async #load(): Promise<Record<string, IndexEntry>> {
    const text = await readFile(this.#path, "utf8").catch(() => "{}");
    try {
      const parsed = indexSchema.safeParse(JSON.parse(text));
      return parsed.success ? parsed.data.logins : {};
    } catch {
      return {};
    }
  }

  async #change(edit: (logins: Record<string, IndexEntry>) => Record<string, IndexEntry>): Promise<void> {
    const turn = this.#writing.then(async () => writeWhole(this.#path, `${JSON.stringify({ logins: edit(await this.#load()) }, null, 2)}\n`));
    this.#writing = turn.catch(() => undefined);
    await turn;
  }
}
