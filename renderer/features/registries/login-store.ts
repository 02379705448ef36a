/** What is typed into the login, kept while it is refused, while the engine restarts, and over a look elsewhere; the secret only while the dialog is open. */
import { createStore } from "zustand/vanilla";
import type { CredentialStorage } from "../../../electron/ipc/contract/registries.ts";
import { toIpcErrorInfo, type IpcErrorInfo } from "../../../electron/ipc/errors.ts";
import { ecrRegion } from "../../lib/registry.ts";
import { client } from "../../stores/host.ts";
import { login, loginAws } from "../../stores/registries.ts";

export interface LoginState {
  readonly host: string;
  readonly way: "password" | "aws";
  readonly username: string;
  readonly password: string;
  /** Empty: the usual order of AWS (environment, default profile, instance role). */
  readonly profile: string;
  readonly profiles: readonly string[];
  readonly storage: CredentialStorage | undefined;
  readonly tried: boolean;
  readonly busy: boolean;
  readonly error: IpcErrorInfo | undefined;
}

const fresh: LoginState = { host: "", way: "password", username: "", password: "", profile: "", profiles: [], storage: undefined, tried: false, busy: false, error: undefined };

export const loginStore = createStore<LoginState>(() => fresh);

/** Begins a login; what was typed for the same registry stays. @param username who is logged in now */
export function beginLogin(host: string, username: string | undefined): void {
  if (loginStore.getState().host !== host) loginStore.setState({ ...fresh, host, username: username ?? "", way: ecrRegion(host) === undefined ? "password" : "aws" });
  void client().registries.storage({ host }).then((storage) => loginStore.setState((state) => (state.host === host ? { storage } : {})), () => undefined); // Then nothing is said of it.
  if (ecrRegion(host) !== undefined) void client().registries.awsProfiles().then((profiles) => loginStore.setState({ profiles }), () => undefined);
}

/** The dialog was closed: the secret goes. */
export function leaveLogin(): void {
  loginStore.setState({ password: "", tried: false, error: undefined });
}

/** Logs in. @returns whether it worked; otherwise the reason is in the store */
export async function submitLogin(): Promise<boolean> {
  const { host, way, username, password, profile, busy } = loginStore.getState();
  loginStore.setState({ tried: true });
  if (busy || (way === "password" && (username.trim() === "" || password === ""))) return false;
  loginStore.setState({ busy: true, error: undefined });
  try {
    if (way === "aws") await loginAws(host, profile === "" ? undefined : profile);
    else await login(host, username.trim(), password);
    loginStore.setState(fresh);
    return true;
  } catch (error) {
    loginStore.setState({ busy: false, error: toIpcErrorInfo(error) });
    return false;
  }
}
