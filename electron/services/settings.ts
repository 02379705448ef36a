import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { z } from "zod";
import { DEFAULT_SETTINGS } from "../ipc/contract/setting-values.ts";
import { settingsForm, type UserSettings } from "../ipc/contract/settings.ts";

const addedSchema = z.object({
  id: z.string().min(1).max(64),
  name: z.string().min(1).max(64),
  address: z.string().min(1).max(2048),
  tls: z.object({ ca: z.string().optional(), cert: z.string().optional(), key: z.string().optional(), skipVerify: z.boolean().optional() }).optional(),
});

/** An engine that was added by hand. */
export type AddedConnection = z.infer<typeof addedSchema>;

const { shape } = settingsForm;

/** A field that cannot be understood counts as absent; the others stay. */
const settingsSchema = z.object({
  theme: shape.theme.catch(DEFAULT_SETTINGS.theme),
  compactRows: shape.compactRows.catch(DEFAULT_SETTINGS.compactRows),
  muted: shape.muted.catch(DEFAULT_SETTINGS.muted),
  keepRemovedHours: shape.keepRemovedHours.catch(DEFAULT_SETTINGS.keepRemovedHours),
  onQuit: shape.onQuit.catch(DEFAULT_SETTINGS.onQuit),
  startAtLogin: shape.startAtLogin.catch(DEFAULT_SETTINGS.startAtLogin),
  welcomed: shape.welcomed.catch(DEFAULT_SETTINGS.welcomed),
  /** Id of the connection that was chosen last; absent: the environment's, else our own. */
  connection: z.string().max(4200).optional().catch(undefined),
  connections: z.array(addedSchema).max(200).catch([]),
  registries: z
    .object({
      /** Added by hand. */
      added: z.array(z.string().max(300)).max(1000).default([]),
      /** Registries that AWS credentials log in to; no secrets. */
      aws: z.record(z.string(), z.object({ profile: z.string().optional() })).default({}),
    })
    .optional()
    .catch(undefined),
  window: z
    .object({ x: z.number().int().optional(), y: z.number().int().optional(), width: z.number().int().min(200), height: z.number().int().min(200), maximized: z.boolean().default(false) })
    .optional()
    .catch(undefined),
});

export type Settings = z.infer<typeof settingsSchema>;

/** The part of {@link SettingsFile} that services know. */
export interface SettingsStore {
  readonly settings: Settings;
  update(change: Partial<Settings>): Promise<void>;
}

/** The part that windows show and change. */
export function userSettings({ theme, compactRows, muted, keepRemovedHours, onQuit, startAtLogin, welcomed }: Settings): UserSettings {
  return { theme, compactRows, muted, keepRemovedHours, onQuit, startAtLogin, welcomed };
}

/** `$XDG_CONFIG_HOME/slipway/desktop.json` (XDG Base Directory Specification). */
export function settingsPath(env: NodeJS.ProcessEnv = process.env): string {
  const config = env["XDG_CONFIG_HOME"];
  return join(config === undefined || config === "" ? join(homedir(), ".config") : config, "slipway", "desktop.json");
}

/** Settings that end with the process. */
export function memorySettings(): SettingsStore {
  let settings = settingsSchema.parse({});
  return {
    get settings() {
      return settings;
    },
    async update(change) {
      settings = { ...settings, ...change };
    },
  };
}

/** What the desktop remembers between runs. A file that cannot be read or understood counts as absent. */
export class SettingsFile implements SettingsStore {
  readonly #path: string;
  #settings: Settings;
  #writing: Promise<void> = Promise.resolve();

  private constructor(path: string, settings: Settings) {
    this.#path = path;
    this.#settings = settings;
  }

  static async load(path = settingsPath()): Promise<SettingsFile> {
    const stored = await readFile(path, "utf8")
      .then((text): unknown => JSON.parse(text))
      .catch(() => ({}));
    const parsed = settingsSchema.safeParse(stored);
    return new SettingsFile(path, parsed.success ? parsed.data : settingsSchema.parse({}));
  }

  get settings(): Settings {
    return this.#settings;
  }

  /** Writes to a temporary name and renames; writes follow each other. */
  async update(change: Partial<Settings>): Promise<void> {
    this.#settings = { ...this.#settings, ...change };
    this.#writing = this.#writing.catch(() => undefined).then(() => this.#write());
    await this.#writing;
  }

  async #write(): Promise<void> {
    const temporary = `${this.#path}.${process.pid}.tmp`;
    await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
    try {
      await writeFile(temporary, `${JSON.stringify(this.#settings, null, 2)}\n`, { mode: 0o600 });
      await rename(temporary, this.#path);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }
}
