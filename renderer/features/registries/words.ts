import type { CredentialPlace, RegistryInfo, RegistryLogin, TestStep } from "../../../electron/ipc/contract/registries.ts";
import type { TestState } from "../../stores/registries.ts";

/** Where a secret lies, for a narrow column. */
export function placeWords(place: CredentialPlace, by: string | undefined): string {
  switch (place) {
    case "helper":
      return by === undefined ? "Credential helper" : `Helper ${by}`;
    case "keyring":
      return by === undefined ? "System keyring" : `Keyring, ${by}`;
    case "plain":
      return "Plain text in config.json";
    case "aws":
      return by === undefined ? "AWS credentials" : `AWS profile ${by}`;
  }
}

/** Who is logged in. */
export function loginWords(login: RegistryLogin | undefined): string {
  if (!login) return "Not logged in";
  return login.username ?? (login.place === "aws" ? "AWS" : "By token");
}

/** How long a login lasts from now: "11 h left", or that it has run out. @param at Unix milliseconds, both */
export function expiryWords(at: number, now: number): string {
  const minutes = Math.floor((at - now) / 60_000);
  if (minutes < 0) return "Expired";
  if (minutes < 1) return "Under 1 min left";
  if (minutes < 60) return `${minutes} min left`;
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h left`;
  return `${Math.floor(minutes / 1440)} d left`;
}

/** What is left of a registry's pull limit: "76 of 100". */
export function limitWords(limit: RegistryInfo["limit"]): string {
  if (!limit) return "";
  return limit.limit === undefined ? `${limit.remaining} left` : `${limit.remaining} of ${limit.limit}`;
}

export const steps: readonly Exclude<TestStep, "done">[] = ["dns", "connect", "proxy", "tls", "login", "http"];

export const stepNames: Record<TestStep, string> = {
  dns: "Find its address (DNS)",
  connect: "Connect",
  proxy: "Pass the proxy, where there is one",
  tls: "Trust its certificate, where it has one",
  login: "Log in",
  http: "Speak the registry protocol",
  done: "Done",
};

/** A test's outcome in few words. */
export function testWords(state: TestState | undefined): string {
  if (state === undefined) return "";
  if (state === "running") return "Testing";
  if ("error" in state) return "Not tested";
  if (state.ok) return "Works";
  return { dns: "Name not found", connect: "No connection", proxy: "Proxy refuses", tls: "Certificate", login: "Login needed", http: "No answer", done: "Works" }[state.step];
}

/** What helps with a step that failed. */
export function advice(step: TestStep, host: string): string {
  switch (step) {
    case "dns":
      return `Check the spelling of ${host}, and whether this machine knows its name: a VPN may be off.`;
    case "connect":
      return "Check the port, whether the registry runs, and whether a firewall is in between.";
    case "proxy":
      return "The engine uses the proxy of its environment (HTTP_PROXY, HTTPS_PROXY). Check its address and password, or add the registry to NO_PROXY.";
    case "tls":
      return `Put the authority's certificate into /etc/docker/certs.d/${host}/ca.crt, and a client certificate beside it where the registry wants one. A registry without TLS is named to the engine with --insecure-registry ${host}.`;
    case "login":
      return "Log in with a user name and a password or token that this registry knows.";
    case "http":
      return "What answers there speaks no registry protocol, or has trouble of its own. Check the address, or try again later.";
    case "done":
      return "";
  }
}
