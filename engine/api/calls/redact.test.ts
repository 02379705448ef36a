import fc from "fast-check";
import { expect, test } from "vitest";
import { HIDDEN, mayKeepBodies, redactHeaders, redactJson, redactTarget } from "./redact.ts";

const CANARY = "canary-7f3a";

test.each([
  { username: "me", password: CANARY },
  { auths: { "ghcr.io": { auth: CANARY } } },
  { identitytoken: CANARY, serveraddress: "ghcr.io" },
  { secrets: { npm: CANARY }, context: "/src" },
  { Secrets: [{ Data: CANARY }, [CANARY]] },
  { Env: ["PATH=/bin", `DB_PASSWORD=${CANARY}`, `NPM_TOKEN=${CANARY}`] },
  { remote: `https://me:${CANARY}@git.example/x.git#main` },
  { remote: `https://${CANARY}@git.example/x.git` },
  { buildargs: { API_KEY: CANARY, VERSION: "1" } },
  { Env: [`DB_PASS=${CANARY}`, `MYSQL_PWD=${CANARY}`, `SENTRY_DSN=${CANARY}`, `STRIPE_APIKEY=${CANARY}`, `PGPASSWORD=${CANARY}`, `AWS_SECRET_ACCESS_KEY=${CANARY}`] },
  { user: "me", pass: CANARY },
  { X: { apiKey: { deep: [CANARY] } } },
])("JSON keeps no credential: %j", (value) => {
  for (const text of [JSON.stringify(value), JSON.stringify(value, null, 2), JSON.stringify(value).replaceAll("/", "\\/").replaceAll("@", "\\u0040")]) {
    const clean = redactJson(text);
    expect(clean).not.toContain(CANARY);
    expect(clean).toContain(HIDDEN);
    expect(() => JSON.parse(clean) as unknown).not.toThrow();
  }
});

test("a name that is written with escapes is the same name", () => {
  expect(redactJson(`{"pass\\u0077ord":"${CANARY}"}`)).not.toContain(CANARY);
});

test("everything else stays as it was sent", () => {
  const text = '{"Image":"nginx@sha256:abc", "Cmd":["sh","-c","echo \\"a: b\\""],\n"Env":["A=1","PASSWORD="],"Password":"","Token":null,"N":1.50,"u":"https://x/y@z"}';
  expect(redactJson(text)).toBe(text);
  expect(redactJson("not json: https://x.example/")).toBe("not json: https://x.example/");
});

test("cut off anywhere, a text keeps no part of a credential that could be told from it", () => {
  const secret = "s3cret".repeat(4);
  const texts = [`{"a":[1],"password":"${secret}","b":2}`, `{"remote":"https://me:${secret}@h/","c":[]}`, `{"Env":["X_TOKEN=${secret}"]}`, `{"secrets":{"a":"${secret}"}}`];
  fc.assert(fc.property(fc.constantFrom(...texts), fc.nat(200), (text, length) => {
    expect(redactJson(text.slice(0, length))).not.toContain("s3c");
  }));
});

test("whatever JSON it is, the shape stays and no value below a secret name does", () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    expect(JSON.parse(redactJson(JSON.stringify({ password: { x: CANARY, value }, list: [{ Token: CANARY }], kept: 1 })))).toEqual({ password: HIDDEN, list: [{ Token: HIDDEN }], kept: 1 });
  }));
});

test("addresses lose logins and secret parameters, and nothing else", () => {
  const target = (text: string): string => redactTarget(text, 4096);
  expect(target("/v1.47/containers/json?all=1&filters=%7B%22label%22%3A%5B%22a%3Db%22%5D%7D")).toBe("/v1.47/containers/json?all=1&filters=%7B%22label%22%3A%5B%22a%3Db%22%5D%7D");
  for (const hostile of [
    `/build?remote=https%3A%2F%2Fme%3A${CANARY}%40git.example%2Fx.git&t=a`,
    `/build?remote=https://me:${CANARY}@git.example/x.git`,
    `/build?buildargs=%7B%22NPM_TOKEN%22%3A%22${CANARY}%22%7D`,
    `/x?token=${CANARY}`,
    `/x?%74oken=${CANARY}%21`,
    `/x?password=%E0%A4%A${CANARY}`,
  ]) expect(target(hostile)).not.toContain(CANARY);
  expect(target("/build?remote=https%3A%2F%2Fme%3Aword%40git.example%2Fx.git&t=a")).toBe("/build?remote=https%3A%2F%2F(hidden)%40git.example%2Fx.git&t=a");
  expect(redactTarget(`/build?t=a&remote=https://me:${CANARY}@h/`, 40)).toBe("/build?t=a");
  expect(redactTarget(`/${"x".repeat(100)}`, 40)).toHaveLength(40);
});

test("headers show their values only where those are known to be harmless", () => {
  const raw = ["Host", "docker", "User-Agent", "Docker-Client/28", "Content-Type", "application/json", "X-Registry-Auth", CANARY, "X-Registry-Config", CANARY, "Authorization", CANARY, "Cookie", CANARY, "X-Something", CANARY];
  const fields = redactHeaders(raw);
  expect(JSON.stringify(fields)).not.toContain(CANARY);
  expect(fields.slice(0, 4)).toEqual([["Host", "docker"], ["User-Agent", "Docker-Client/28"], ["Content-Type", "application/json"], ["X-Registry-Auth", HIDDEN]]);
});

test.each(["/auth", "/v1.47/auth", "/v1.41/secrets/create", "/slipway/requests/5", "/v1.47/swarm/init?x=1"])("bodies of %s are never kept", (target) => expect(mayKeepBodies(target)).toBe(false));
test.each(["/containers/json", "/v1.47/containers/create?name=auth", "/authors"])("bodies of %s may be", (target) => expect(mayKeepBodies(target)).toBe(true));
