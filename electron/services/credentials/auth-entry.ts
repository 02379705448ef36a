import type { JsonObject } from "./json-document.ts";

/** What a registry is asked with: a name and a password, or a token. */
export interface Login {
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** Of a token server, instead of the password. */
  readonly identityToken?: string | undefined;
  readonly registryToken?: string | undefined;
}

/** Docker's AuthConfig, as requests and builds carry it. */
export interface AuthConfig {
  username?: string;
  password?: string;
  identitytoken?: string;
  registrytoken?: string;
  serveraddress: string;
}

/** The login of an entry of `auths`; undefined when it holds none, or none that can be read. */
export function decodeEntry(entry: JsonObject): Login | undefined {
  const text = (key: string): string | undefined => (typeof entry[key] === "string" && entry[key] !== "" ? entry[key] : undefined);
  const joined = Buffer.from(text("auth") ?? "", "base64").toString("utf8");
  const colon = joined.indexOf(":");
  const login: Login = {
    username: colon > 0 ? joined.slice(0, colon) : text("username"),
    // Some programs pad with NUL.
    password: colon >= 0 ? joined.slice(colon + 1).replace(/^\0+|\0+$/g, "") || undefined : text("password"),
    identityToken: text("identitytoken"),
    registryToken: text("registrytoken"),
  };
  return login.password === undefined && login.identityToken === undefined && login.registryToken === undefined ? undefined : login;
}

/** An entry with that login, and the rest of what stood there. As the CLI writes it: a name without a password beside an identity token. */
export function encodeEntry(before: JsonObject, login: Login | undefined): JsonObject {
  const { auth: _auth, username: _username, password: _password, identitytoken: _identity, registrytoken: _registry, ...rest } = before;
  if (login === undefined) return rest;
  const { username = "", password = "", identityToken, registryToken } = login;
  const joined = username === "" && password === "" ? undefined : Buffer.from(`${username}:${password}`).toString("base64");
  return {
    ...(joined === undefined ? {} : { auth: joined }), ...rest,
    ...(identityToken === undefined ? {} : { identitytoken: identityToken }),
    ...(registryToken === undefined ? {} : { registrytoken: registryToken }),
  };
}

/** @param key see `keyOf` */
export function toAuthConfig({ username, password, identityToken, registryToken }: Login, key: string): AuthConfig {
  return {
    ...(username === undefined ? {} : { username }), ...(password === undefined ? {} : { password }),
    ...(identityToken === undefined ? {} : { identitytoken: identityToken }), ...(registryToken === undefined ? {} : { registrytoken: registryToken }),
    serveraddress: key,
  };
}

/** A value of `X-Registry-Auth` and `X-Registry-Config`: base64url with its padding, which dockerd insists on. */
export function encodeHeader(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64").replaceAll("+", "-").replaceAll("/", "_");
}
