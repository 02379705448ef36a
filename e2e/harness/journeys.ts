/** Journeys are written once and walked on every host and every engine of ours that this machine can run. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { startEngine, type EngineKind, type TestEngine } from "../fixtures/engines.ts";
import { pushTestImages } from "../fixtures/test-images.ts";
import { startRegistry, type TestRegistry } from "../fixtures/registry.ts";
import { AppPage } from "../pages/app-page.ts";
import { missing, openDesktop, type Desktop, type HostKind } from "./desktop.ts";
import { violations } from "./looks.ts";

export const HOSTS: readonly HostKind[] = ["browser", "electron"];
const CHOSEN = process.env["SLIPWAY_E2E_ENGINES"]?.split(",") as readonly EngineKind[] | undefined;
const PATIENT_CLICK_MS = 20_000;

/**
 * What journeys play on: an engine, a registry with the test images, and once {@link open} was called a window on the engine.
 * Engine and registry are there when the first hook of the journeys runs.
 */
export class Stage {
  readonly host: HostKind;
  readonly kind: EngineKind;
  /** Taken down after the last test, the last first. */
  readonly stack = new AsyncDisposableStack();
  registry!: TestRegistry;
  engine!: TestEngine;
  desktop!: Desktop;
  app!: AppPage;

  /** The window is the same on every engine: its looks are asked for on one. */
  private readonly looks: boolean;
  private readonly pictures: string;

  constructor(host: HostKind, kind: EngineKind, pictures: string, looks: boolean) {
    this.host = host;
    this.kind = kind;
    this.pictures = pictures;
    this.looks = looks;
  }

  get page(): Page {
    return this.desktop.page;
  }

  /** Reference of a busybox with a page below /var/www. */
  get image(): string {
    return `${this.registry.host}/busybox:1.0`;
  }

  async begin(): Promise<void> {
    this.registry = this.stack.use(await startRegistry());
    await pushTestImages(this.registry.url);
    this.engine = this.stack.use(await startEngine(this.kind));
  }

  /** Opens the window and waits until it is connected. @param env more of the host's environment @param firstRun nobody has seen the first steps */
  async open(env: Readonly<Record<string, string>> = {}, firstRun = false): Promise<void> {
    this.desktop = this.stack.use(await openDesktop(this.host, { socket: this.engine.socket, name: `${this.pictures}-${this.host}-${this.kind}`, env, firstRun }));
    this.page.setDefaultTimeout(PATIENT_CLICK_MS);
    this.app = new AppPage(this.page);
    await this.app.connected();
  }

  /** What Docker's CLI prints. */
  async docker(...words: string[]): Promise<string> {
    return (await this.engine.docker.ok(...words)).trim();
  }

  /** Expects that axe finds nothing, in both themes, on the first engine. */
  async accessible(what: string): Promise<void> {
    if (this.looks) await accessible(this.page, what);
  }
}

/** Expects that axe finds nothing on a page, in both themes. */
export async function accessible(page: Page, what: string): Promise<void> {
  for (const colorScheme of ["dark", "light"] as const) {
    await page.emulateMedia({ colorScheme });
    expect(await violations(page), `${what} (${colorScheme})`).toEqual([]);
  }
  await page.emulateMedia({ colorScheme: null });
}

/** `rootful`: these journeys also tell engines apart, so they are walked on one of root's as well. The suites of e2e/compat run on both anyway. */
export interface JourneyOptions {
  readonly rootful?: boolean;
}

/** The engines that journeys are walked on. */
export function enginesFor({ rootful = false }: JourneyOptions): readonly EngineKind[] {
  return CHOSEN ?? (rootful && process.getuid?.() === 0 ? ["ours-rootless", "ours-rootful"] : ["ours-rootless"]);
}

/**
 * Declares journeys for every host: on an engine of a normal user, or on those that `SLIPWAY_E2E_ENGINES` names. A host that cannot run here is
 * skipped, loudly.
 * @param topic what they are about, such as "files"
 * @param pictures what the pictures begin with
 * @param declare prepares what the journeys find and opens the window in a `beforeAll`, then declares the tests
 */
export function journeys(topic: string, pictures: string, declare: (stage: Stage) => void, { rootful = false }: JourneyOptions = {}): void {
  const engines = enginesFor({ rootful });
  for (const host of HOSTS) {
    const reason = missing(host);
    if (reason) console.warn(`SKIPPED: ${topic} in ${host}, because ${reason}.`);
    describe.skipIf(reason !== undefined).each(engines)(`${topic} in ${host} on %s`, (kind) => {
      const stage = new Stage(host, kind, pictures, kind === engines[0]);
      beforeAll(() => stage.begin());
      afterAll(() => stage.stack.disposeAsync());
      declare(stage);
    });
  }
}
