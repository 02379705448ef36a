/** Registries: which there are, how far one gets with them, and what they hold of logins. Read when a screen needs them, never on a clock. */
import { createStore } from "zustand/vanilla";
import type { RegistryInfo, RegistryTest } from "../../electron/ipc/contract/registries.ts";
import { toIpcErrorInfo, type IpcErrorInfo } from "../../electron/ipc/errors.ts";
import { keepSame } from "../lib/keep-same.ts";
import { registryWords } from "../lib/registry.ts";
import { client } from "./host.ts";
import { notice } from "./notices.ts";
import { report } from "./report.ts";

/** A test under way, what it found, or why it could not be made. */
export type TestState = "running" | RegistryTest | { readonly error: IpcErrorInfo };

export interface RegistriesState {
  readonly phase: "loading" | "ready" | "failed";
  readonly list: readonly RegistryInfo[];
  /** By address; forgotten at each login and logout. */
  readonly tests: ReadonlyMap<string, TestState>;
  readonly error: IpcErrorInfo | undefined;
}

export const registriesStore = createStore<RegistriesState>(() => ({ phase: "loading", list: [], tests: new Map(), error: undefined }));

let reading: Promise<void> | undefined;

/** Reads the list. Calls while one is under way share it. */
export function readRegistries(): Promise<void> {
  reading ??= read().finally(() => { reading = undefined; });
  return reading;
}

async function read(): Promise<void> {
  try {
    const list = await client().registries.list();
    registriesStore.setState((state) => ({ phase: "ready", list: keepSame(state.list, list, (each) => each.host), error: undefined }));
  } catch (error) {
    const info = toIpcErrorInfo(error);
    registriesStore.setState((state) => ({ error: info, phase: state.phase === "ready" ? "ready" : "failed" }));
  }
}

/** Puts a registry on the list. @throws what the host says */
export async function addRegistry(host: string): Promise<RegistryInfo> {
  const info = await client().registries.add({ host });
  await readRegistries();
  return info;
}

/** Takes one that was added off the list. */
export async function forgetRegistry(host: string): Promise<void> {
  await client().registries.forget({ host }).catch((error: unknown) => report(`${host} was not forgotten.`, error));
  await readRegistries();
}

/** Logs in with a password or token. @throws what the registry says */
export async function login(host: string, username: string, password: string): Promise<void> {
  loggedIn(await client().registries.login({ host, username, password }));
}

/** Logs in to Amazon ECR by AWS credentials. @throws what AWS says */
export async function loginAws(host: string, profile: string | undefined): Promise<void> {
  loggedIn(await client().registries.loginAws({ host, ...(profile !== undefined && { profile }) }));
}

function loggedIn(info: RegistryInfo): void {
  forgetTest(info.host);
  notice({ kind: "done", title: `Logged in to ${registryWords(info.host)}${info.login?.username === undefined ? "" : ` as ${info.login.username}`}` });
  void readRegistries();
}

/** Drops the login of a registry. Failures appear as a toast. */
export async function logout(host: string): Promise<void> {
  try {
    await client().registries.logout({ host });
    forgetTest(host);
    notice({ kind: "done", title: `Logged out of ${registryWords(host)}` });
  } catch (error) {
    report(`The login at ${registryWords(host)} stays.`, error);
  }
  await readRegistries();
}

/** Tries how far one gets with a registry now. */
export async function testRegistry(host: string): Promise<TestState> {
  setTest(host, "running");
  const result = await client().registries.test({ host }).catch((error: unknown) => ({ error: toIpcErrorInfo(error) }));
  setTest(host, result);
  return result;
}

function setTest(host: string, state: TestState): void {
  registriesStore.setState(({ tests }) => ({ tests: new Map(tests).set(host, state) }));
}

function forgetTest(host: string): void {
  registriesStore.setState(({ tests }) => ({ tests: new Map([...tests].filter(([each]) => each !== host)) }));
}
