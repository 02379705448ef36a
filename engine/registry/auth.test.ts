import { createServer } from "node:http";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { parseReference } from "../oci/reference.ts";
import { Authorizer } from "./auth.ts";
import type { AuthContext } from "./auth.ts";
import { DistributionRegistry } from "./client.ts";
import type { RegistryCredentials } from "./registry.ts";
import { HttpTransport } from "./transport.ts";

interface Asked {
  readonly method: string;
  readonly query: URLSearchParams;
  readonly authorization: string | undefined;
}

/** A token server that answers as the test says and remembers what it was asked. */
async function tokenServer(answer: (asked: Asked, count: number) => { status?: number; json?: object; location?: string; hang?: boolean }): Promise<{ realm: string; asked: Asked[] }> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      const query = request.method === "POST" ? new URLSearchParams(body) : new URL(request.url!, "http://x").searchParams;
      asked.push({ method: request.method!, query, authorization: request.headers.authorization });
      const { status = 200, json = {}, location, hang } = answer(asked.at(-1)!, asked.length);
      if (hang === true) return;
      response.writeHead(status, { "content-type": "application/json", ...(location === undefined ? {} : { location }) }).end(JSON.stringify(json));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { realm: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`, asked };
}

function contextOf(scopes: readonly string[], signal?: AbortSignal): AuthContext {
  const transport = new HttpTransport({ stallTimeoutMs: 500 });
  onTestFinished(() => transport.close());
  return { transport, host: "127.0.0.1:1", insecure: true, target: { registry: "r", repository: "a/b", subject: "a/b:1" }, scopes, signal };
}

const challenge = (realm: string): string => `Bearer realm="${realm}",service="s"`;
const CREDENTIALS: RegistryCredentials = { username: "me", password: "canary-password" };

test("several scopes in one question; a wider token serves narrower requests; another scope is asked for", async () => {
  const { realm, asked } = await tokenServer((_, count) => ({ json: { token: `t${count}`, expires_in: 300 } }));
  const authorizer = new Authorizer();
  const wide = ["repository:a/b:pull,push", "repository:c:pull"];
  expect(await authorizer.header(contextOf(wide))).toBeUndefined();
  expect(await authorizer.answer(challenge(realm), undefined, contextOf(wide))).toBe("Bearer t1");
  expect(asked[0]!.query.getAll("scope")).toEqual(wide);
  expect(await authorizer.header(contextOf(["repository:a/b:pull"]))).toBe("Bearer t1");
  expect(await authorizer.header(contextOf(["repository:c:pull", "repository:a/b:push"]))).toBe("Bearer t1");
  expect(await authorizer.header(contextOf(["repository:c:pull,push"]))).toBe("Bearer t2");
  expect(asked).toHaveLength(2);
});

test("a token is renewed before it runs out, by this machine's clock, whatever the server's says", async () => {
  const { realm, asked } = await tokenServer((_, count) => ({ json: { token: `t${count}`, expires_in: 100, issued_at: "1999-01-01T00:00:00Z" } }));
  let now = 1000;
  const authorizer = new Authorizer({}, () => now);
  const context = contextOf(["repository:a/b:pull"]);
  await authorizer.answer(challenge(realm), undefined, context);
  now += 89_000;
  expect(await authorizer.header(context)).toBe("Bearer t1");
  now += 2000;
  expect(await authorizer.header(context)).toBe("Bearer t2");
  expect(await authorizer.answer(challenge(realm), "Bearer t2", context)).toBe("Bearer t3");
  expect(asked).toHaveLength(3);
});

test("questions at the same time share one answer; a cancelled one does not take others along", async () => {
  const { realm, asked } = await tokenServer((_, count) => ({ hang: count === 1, json: { token: `t${count}` } }));
  const authorizer = new Authorizer();
  const abort = new AbortController();
  const first = authorizer.answer(challenge(realm), undefined, contextOf(["x:y:z"], abort.signal));
  const others = [1, 2, 3].map(() => authorizer.answer(challenge(realm), undefined, contextOf(["x:y:z"])));
  setTimeout(() => abort.abort(), 50);
  await expect(first).rejects.toMatchObject({ code: "cancelled" });
  expect(await Promise.all(others)).toEqual(["Bearer t2", "Bearer t2", "Bearer t2"]);
  expect(asked).toHaveLength(2);
});

test("OAuth2: an identity token is exchanged by POST and may be rotated; where GET is unknown, the password goes by POST", async () => {
  const rotating = await tokenServer((_, count) => ({ json: { access_token: `t${count}`, refresh_token: `id${count}`, expires_in: 1 } }));
  let now = 0;
  const authorizer = new Authorizer({ identityToken: "id0" }, () => now);
  const context = contextOf(["repository:a/b:pull", "repository:c:pull"]);
  await authorizer.answer(challenge(rotating.realm), undefined, context);
  now += 10_000;
  expect(await authorizer.header(context)).toBe("Bearer t2");
  expect(rotating.asked.map(({ method, query }) => [method, query.get("grant_type"), query.get("refresh_token"), query.get("service"), query.get("scope")])).toEqual([
    ["POST", "refresh_token", "id0", "s", context.scopes.join(" ")], ["POST", "refresh_token", "id1", "s", context.scopes.join(" ")],
  ]);
  const posted = await tokenServer(({ method }) => (method === "GET" ? { status: 405 } : { json: { access_token: "t" } }));
  expect(await new Authorizer(CREDENTIALS).answer(challenge(posted.realm), undefined, context)).toBe("Bearer t");
  expect([...posted.asked[1]!.query.entries()]).toEqual(expect.arrayContaining([["grant_type", "password"], ["username", "me"], ["password", "canary-password"]]));
});

test("a secret in a body does not follow a redirect to another host, and no error holds one", async () => {
  const other = await tokenServer(() => ({ json: { token: "stolen" } }));
  const { realm } = await tokenServer(() => ({ status: 307, location: other.realm.replace("127.0.0.1", "localhost") }));
  const context = contextOf(["x:y:z"]);
  const failure = await new Authorizer({ identityToken: "canary-identity" }).answer(challenge(realm), undefined, context).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: "unavailable", message: expect.stringContaining("redirects credentials to another host") as string });
  expect(other.asked).toEqual([]);
  await new Authorizer(CREDENTIALS).answer(challenge(realm), undefined, context);
  expect(other.asked[0]!.authorization).toBeUndefined();
  const refusing = await tokenServer(() => ({ status: 401, json: { errors: [{ code: "UNAUTHORIZED", message: "incorrect username or password" }] } }));
  const refused = await new Authorizer(CREDENTIALS).answer(challenge(refusing.realm), undefined, context).catch((error: unknown) => error as Error);
  expect(refused).toMatchObject({ code: "unauthorized", message: "unauthorized: incorrect username or password: log in again" });
  for (const error of [failure, refused]) expect(JSON.stringify(error, Object.getOwnPropertyNames(error as Error))).not.toMatch(/canary|bWU6Y2FuYXJ5/);
});

/** A registry with its own token server: `/v2/` wants a token that `/token` gives for the right password. */
async function guardedRegistry(token: (request: IncomingMessage) => object | undefined, accept: (authorization: string | undefined) => boolean): Promise<string> {
  const server = createServer((request, response) => {
    const { host } = request.headers;
    if (request.url!.startsWith("/token")) {
      const json = token(request);
      return void response.writeHead(json === undefined ? 401 : 200).end(JSON.stringify(json ?? { errors: [{ code: "UNAUTHORIZED", message: "authentication required" }] }));
    }
    if (accept(request.headers.authorization)) return void response.end("{}");
    response.writeHead(401, { "www-authenticate": token(request) === undefined ? 'Basic realm="x"' : `Bearer realm="http://${host}/token",service="s"` }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test("login: right and wrong passwords in dockerd's words, identity tokens where the server gives one, hosts that are no registry", async () => {
  const registry = new DistributionRegistry({ maxAttempts: 1, stallTimeoutMs: 500 });
  onTestFinished(() => registry.close());
  const basic = `Basic ${Buffer.from("me:right").toString("base64")}`;
  const plain = await guardedRegistry(() => undefined, (header) => header === basic);
  expect(await registry.login(plain, { username: "me", password: "right" })).toEqual({ identityToken: undefined });
  await expect(registry.login(plain, { username: "me", password: "wrong" })).rejects.toMatchObject({ code: "unauthorized", message: `login attempt to http://${plain}/v2/ failed with status: 401 Unauthorized` });
  await expect(registry.login(plain, {})).rejects.toMatchObject({ code: "unauthorized" });
  let asked = "";
  const tokens = await guardedRegistry((request) => {
    asked = request.url!;
    return { token: "t", ...(request.url!.includes("offline_token=true") ? { refresh_token: "identity" } : {}) };
  }, (header) => header === "Bearer t");
  expect(await registry.login(tokens, { username: "me", password: "right" })).toEqual({ identityToken: "identity" });
  expect(asked).toContain("client_id=slipway");
  expect(asked).not.toContain("scope=");
  const open = await guardedRegistry(() => undefined, () => true);
  expect(await registry.login(open, { username: "me", password: "any" })).toEqual({ identityToken: undefined });
  await expect(registry.login("127.0.0.1:1", { username: "me", password: "x" })).rejects.toMatchObject({ code: "unavailable", message: expect.stringContaining("connection refused") as string });
});

test("one login's tokens never serve another", async () => {
  const registry = new DistributionRegistry({ maxAttempts: 1, stallTimeoutMs: 500 });
  onTestFinished(() => registry.close());
  const seen: (string | undefined)[] = [];
  const host = await guardedRegistry((request) => ({ token: request.headers.authorization?.replace(/\W/g, "") ?? "anonymous" }), (header) => {
    seen.push(header);
    return header?.startsWith("Bearer Basic") === true;
  });
  const of = (credentials?: RegistryCredentials): Promise<unknown> => registry.repository(parseReference(`${host}/a/b`), credentials).tags();
  await of({ username: "me", password: "1" });
  await of({ username: "me", password: "1" });
  await expect(of()).rejects.toMatchObject({ code: "notFound" });
  await of({ username: "me", password: "2" });
  const first = `Bearer Basic${Buffer.from("me:1").toString("base64").replace(/\W/g, "")}`;
  expect(seen.filter((header) => header === first)).toHaveLength(2);
  expect(new Set(seen).size).toBe(4);
});
