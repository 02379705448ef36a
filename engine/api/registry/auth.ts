import { EngineError } from "../../base/errors.ts";
import { credentialsOfJson } from "../images/auth.ts";
import type { ApiReply } from "../reply.ts";
import type { ApiRequest } from "../request.ts";
import { object, text } from "../shape.ts";
import type { RegistryBackend } from "./backend.ts";

/** Docker's AuthConfig. */
const authConfig = object({ username: text, password: text, auth: text, email: text, serveraddress: text, identitytoken: text, registrytoken: text });

const HUB = "docker.io";
const HUB_NAMES = ["docker.io", "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"];

/** `POST /auth`: what `docker login` asks. @throws EngineError `unauthorized` when the registry refuses */
export async function authenticate({ registry }: RegistryBackend, request: ApiRequest, reply: ApiReply): Promise<void> {
  const config = await request.json(authConfig);
  const { identityToken } = await registry.login(domainOf(config.serveraddress ?? ""), credentialsOfJson(config) ?? {}, { signal: request.signal });
  reply.json({ Status: "Login Succeeded", IdentityToken: identityToken ?? "" });
}

/**
 * The registry that an address of a configuration file means: `https://index.docker.io/v1/` is Docker Hub.
 * @throws EngineError `invalidArgument`
 */
export function domainOf(address: string): string {
  const host = address.trim().replace(/^https?:\/\//i, "").split("/")[0]!;
  if (host === "" || HUB_NAMES.includes(host)) return HUB;
  if (/^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:]+\])(?::\d{1,5})?$/.test(host)) return host;
  throw new EngineError("invalidArgument", `unable to parse server address ${JSON.stringify(address.slice(0, 200))}: expected a host, with a port where it has one`);
}
