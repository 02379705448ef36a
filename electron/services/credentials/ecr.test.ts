/** Logins to Amazon ECR with AWS's own SDK, against a stand-in for AWS that verifies signatures. */
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startProxy } from "../../../e2e/fixtures/proxy.ts";
import { toIpcErrorInfo } from "../../ipc/errors.ts";
import { startAws } from "../../testing/aws.ts";
import type { AwsDouble } from "../../testing/aws.ts";
import { memorySettings } from "../settings.ts";
import { createAwsLogins } from "./aws.ts";
import { readAwsProfiles } from "./aws-profiles.ts";
import { fetchEcrToken } from "./ecr-token.ts";

const HOST = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";
const SECRET = "canary-aws-secret-key-ab12";
const PASSWORD = `canary-ecr-${"x".repeat(1500)}`;
const never = new AbortController().signal;
let folder: string;
let aws: AwsDouble;
let environment: NodeJS.ProcessEnv;

beforeEach(async () => {
  environment = { ...process.env };
  folder = await mkdtemp(join(tmpdir(), "slipway-aws-"));
  aws = await startAws({
    password: PASSWORD,
    signOn: { token: "sso-bearer", key: "ASIASSO" },
    role: "ASIAROLE",
    keys: {
      AKIAGOOD: { secret: SECRET }, AKIADENIED: { secret: "denied", allowed: false }, ASIAOLD: { secret: "old", sessionToken: "old", expired: true },
      ASIASSO: { secret: "by-sso", sessionToken: "sso-session" }, ASIAROLE: { secret: "by-role", sessionToken: "role-session" },
    },
  });
  for (const name of Object.keys(process.env)) if (name.startsWith("AWS_")) delete process.env[name];
  await mkdir(join(folder, ".aws"));
  await profiles({});
  Object.assign(process.env, { HOME: folder, AWS_ENDPOINT_URL: aws.url, AWS_EC2_METADATA_DISABLED: "true", AWS_CONFIG_FILE: join(folder, ".aws", "config"), AWS_SHARED_CREDENTIALS_FILE: join(folder, ".aws", "credentials") });
});
afterEach(async () => {
  await aws[Symbol.asyncDispose]();
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, environment);
  await rm(folder, { recursive: true, force: true });
});

async function profiles({ config = "", credentials = "" }: { config?: string; credentials?: string }): Promise<void> {
  await writeFile(join(folder, ".aws", "config"), config);
  await writeFile(join(folder, ".aws", "credentials"), credentials);
}

function keys(id: string, secret: string, token?: string): void {
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, ...(token === undefined ? {} : { AWS_SESSION_TOKEN: token }) });
}

async function failure(work: Promise<unknown>) {
  const error = toIpcErrorInfo(await work.then(() => Promise.reject(new Error("it should have failed")), (thrown: unknown) => thrown));
  expect(JSON.stringify(error)).not.toContain(SECRET);
  return error;
}

const SSO_CONFIG = `[default]
region = us-west-2
[profile team]
sso_session = acme
sso_account_id = 123456789012
sso_role_name = developer
region = eu-west-1
[sso-session acme]
sso_start_url = https://acme.awsapps.com/start
sso_region = eu-central-1
sso_registration_scopes = sso:account:access
`;

async function signedOn(expiresAt: number): Promise<void> {
  await profiles({ config: SSO_CONFIG });
  const cache = join(folder, ".aws", "sso", "cache");
  await mkdir(cache, { recursive: true });
  await writeFile(join(cache, `${createHash("sha1").update("acme").digest("hex")}.json`), JSON.stringify({ startUrl: "https://acme.awsapps.com/start", region: "eu-central-1", accessToken: "sso-bearer", expiresAt: new Date(expiresAt).toISOString() }));
}

describe("a token", () => {
  it("is had with keys of the environment, signed for the registry's region", async () => {
    keys("AKIAGOOD", SECRET);
    const token = await fetchEcrToken(HOST, undefined, never);
    expect(token).toMatchObject({ username: "AWS", password: PASSWORD });
    expect(token.expires - Date.now()).toBeGreaterThan(11 * 3_600_000);
    await fetchEcrToken("public.ecr.aws", undefined, never);
    expect(aws.granted).toEqual([{ service: "ecr", region: "eu-west-1", key: "AKIAGOOD" }, { service: "ecr-public", region: "us-east-1", key: "AKIAGOOD" }]);
  });

  it("is had with the profile that was chosen and with no other, also when the files have changed", async () => {
    keys("AKIADENIED", "denied");
    await profiles({ credentials: `[team]\naws_access_key_id = AKIAGOOD\naws_secret_access_key = ${SECRET}\n` });
    await fetchEcrToken(HOST, "team", never);
    expect(aws.granted).toMatchObject([{ key: "AKIAGOOD" }]);
    expect(await failure(fetchEcrToken(HOST, "gone", never))).toMatchObject({ code: "unauthorized", message: "The AWS profile gone has no usable credentials. Look at it with: aws configure list --profile gone" });
    await profiles({ credentials: `[gone]\naws_access_key_id = AKIAGOOD\naws_secret_access_key = ${SECRET}\n` });
    await fetchEcrToken(HOST, "gone", never);
  });

  it("is had by single sign-on, and says how to sign on again", async () => {
    await signedOn(Date.now() + 3_600_000);
    await fetchEcrToken(HOST, "team", never);
    expect(aws.granted).toMatchObject([{ key: "ASIASSO", region: "eu-west-1" }]);
    await signedOn(Date.now() - 1000);
    expect(await failure(fetchEcrToken(HOST, "team", never))).toMatchObject({ code: "unauthorized", message: "The AWS single sign-on of the profile team has run out. Run: aws sso login --profile team" });
    await rm(join(folder, ".aws", "sso"), { recursive: true });
    expect((await failure(fetchEcrToken(HOST, "team", never))).message).toContain("aws sso login --profile team");
  });

  it("is had through a proxy, and single sign-on too", async () => {
    await using proxy = await startProxy({ names: { "ecr.aws.test": new URL(aws.url).host }, user: "proxy", password: "secret" });
    Object.assign(process.env, { AWS_ENDPOINT_URL: "http://ecr.aws.test", HTTP_PROXY: proxy.url });
    await signedOn(Date.now() + 3_600_000);
    await fetchEcrToken(HOST, "team", never);
    expect(proxy.seen).toEqual([expect.stringMatching(/^GET http:\/\/ecr\.aws\.test\/federation\/credentials/), "POST http://ecr.aws.test/"]);
  });

  it("is had by the role of the machine", async () => {
    delete process.env["AWS_EC2_METADATA_DISABLED"];
    process.env["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = aws.url;
    await fetchEcrToken(HOST, undefined, never);
    expect(aws.granted).toMatchObject([{ key: "ASIAROLE" }]);
  });
});

describe("what goes wrong", () => {
  it("has a sentence with a way out", async () => {
    expect(await failure(fetchEcrToken(HOST, undefined, never))).toMatchObject({ code: "unauthorized", message: expect.stringContaining("No AWS credentials were found") });
    keys("AKIAGOOD", "not-the-secret");
    expect(await failure(fetchEcrToken(HOST, undefined, never))).toMatchObject({ code: "unauthorized", message: expect.stringContaining("not accepted in the region eu-west-1") });
    keys("AKIADENIED", "denied");
    expect(await failure(fetchEcrToken(HOST, undefined, never))).toMatchObject({ code: "forbidden", message: expect.stringContaining("ecr:GetAuthorizationToken") });
    expect((await failure(fetchEcrToken("public.ecr.aws", undefined, never))).message).toContain("sts:GetServiceBearerToken");
    keys("ASIAOLD", "old", "old");
    expect(await failure(fetchEcrToken(HOST, undefined, never))).toMatchObject({ code: "unauthorized", message: expect.stringContaining("aws sso login") });
    delete process.env["AWS_ENDPOINT_URL"];
    process.env["AWS_ENDPOINT_URL_ECR"] = "http://127.0.0.1:1";
    expect(await failure(fetchEcrToken(HOST, undefined, never))).toMatchObject({ code: "unavailable", message: expect.stringContaining("does not answer") });
    process.env["AWS_ENDPOINT_URL_ECR"] = "http://api.ecr.eu-wst-1.invalid";
    expect(await failure(fetchEcrToken("123456789012.dkr.ecr.eu-wst-1.amazonaws.com", undefined, never))).toMatchObject({ code: "unavailable", message: expect.stringContaining("Check the region") });
  });
});

describe("remembered logins", () => {
  it("ask once for all who wait, keep the token in memory, and renew it in time", async () => {
    keys("AKIAGOOD", SECRET);
    const settings = memorySettings();
    const logins = createAwsLogins(settings);
    await logins.remember(HOST, undefined);
    await Promise.all([logins.login(HOST), logins.login(HOST), logins.login(HOST)]);
    await logins.login(HOST);
    expect(aws.granted).toHaveLength(1);
    expect(logins.describe(HOST)).toMatchObject({ username: "AWS", place: "aws", expires: expect.any(Number) });
    expect(JSON.stringify(settings.settings)).not.toContain("canary");

    aws.lifetimeMs = 30 * 60_000; // Less than a pull may take.
    await logins.forget(HOST);
    await logins.remember(HOST, undefined);
    await logins.login(HOST);
    await logins.login(HOST);
    expect(aws.granted).toHaveLength(3);
    keys("AKIAGOOD", "no-longer");
    expect((await logins.login(HOST)).password).toBe(PASSWORD);
    expect(logins.describe(HOST).problem).toContain("not accepted");
    expect(createAwsLogins(settings).has(HOST)).toBe(true);
  });

  it("let one who waits leave without ending it for the others", async () => {
    keys("AKIAGOOD", SECRET);
    const logins = createAwsLogins(memorySettings());
    await logins.remember(HOST, undefined);
    const leaving = new AbortController();
    const [left, stayed] = [failure(logins.login(HOST, leaving.signal)), logins.login(HOST)];
    leaving.abort();
    expect((await left).code).toBe("cancelled");
    expect((await stayed).password).toBe(PASSWORD);
  });
});

it("profiles are read from both files, without what are none", async () => {
  await profiles({ config: `${SSO_CONFIG}[profile "with space"]\n[services local]\n`, credentials: "[default]\n[zeta]\n[team]\n" });
  expect(await readAwsProfiles()).toEqual(["default", "team", "with space", "zeta"]);
  expect(await readAwsProfiles({ AWS_CONFIG_FILE: "/no/such", AWS_SHARED_CREDENTIALS_FILE: "/no/such" })).toEqual([]);
});
