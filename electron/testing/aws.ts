/**
 * A stand-in for the parts of AWS that a login to ECR needs: GetAuthorizationToken of ECR and ECR Public, IAM Identity Center's role credentials, and
 * the instance metadata. It holds secrets and recomputes every signature by the specification of Signature Version 4.
 */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

export interface AwsKey {
  readonly secret: string;
  /** Of temporary credentials. */
  readonly sessionToken?: string;
  /** Whether it may log in. */
  readonly allowed?: boolean;
  readonly expired?: boolean;
}

export interface AwsDouble extends AsyncDisposable {
  readonly url: string;
  /** What was granted: service, region, access key. */
  readonly granted: { service: string; region: string; key: string }[];
  /** Milliseconds that tokens live. */
  lifetimeMs: number;
}

const MAX_SKEW_MS = 5 * 60_000;
const TARGETS: Readonly<Record<string, string>> = { ecr: "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken", "ecr-public": "SpencerFrontendService.GetAuthorizationToken" };

/**
 * @param options.keys secrets by access key
 * @param options.password what a registry behind it accepts of the user `AWS`
 * @param options.signOn the bearer token of single sign-on, and the access key it leads to
 * @param options.role the access key that this machine's role has
 */
export async function startAws(options: { keys: Readonly<Record<string, AwsKey>>; password: string; signOn?: { token: string; key: string }; role?: string }): Promise<AwsDouble> {
  const granted: AwsDouble["granted"] = [];
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const reply = (status: number, value: object | string): void => {
        const text = typeof value === "string" ? value : JSON.stringify(value);
        response.writeHead(status, { "content-type": typeof value === "string" ? "text/plain" : "application/x-amz-json-1.1" }).end(text);
      };
      const path = (request.url ?? "/").split("?")[0] ?? "/";
      if (path === "/latest/api/token") return reply(200, "metadata-token");
      if (path.startsWith("/latest/meta-data/iam/security-credentials")) {
        if (request.headers["x-aws-ec2-metadata-token"] !== "metadata-token" || options.role === undefined) return reply(401, "");
        return reply(200, path.endsWith("/developer") ? { Code: "Success", ...temporary(options.role, "AccessKeyId", "SecretAccessKey", "Token"), Expiration: new Date(Date.now() + 3_600_000).toISOString() } : "developer");
      }
      if (path === "/federation/credentials") {
        if (options.signOn === undefined || request.headers["x-amz-sso_bearer_token"] !== options.signOn.token) return reply(401, { __type: "UnauthorizedException", message: "Session token not found or invalid" });
        return reply(200, { roleCredentials: { ...temporary(options.signOn.key, "accessKeyId", "secretAccessKey", "sessionToken"), expiration: Date.now() + 3_600_000 } });
      }
      const signed = verify(request, body, options.keys);
      if (typeof signed === "string") return reply(signed.startsWith("AccessDenied") ? 403 : 400, { __type: signed, message: `${signed} of the stand-in` });
      if (request.headers["x-amz-target"] !== TARGETS[signed.service]) return reply(400, { __type: "UnknownOperationException" });
      granted.push(signed);
      const data = { authorizationToken: Buffer.from(`AWS:${options.password}`).toString("base64"), expiresAt: (Date.now() + double.lifetimeMs) / 1000 };
      reply(200, { authorizationData: signed.service === "ecr" ? [{ ...data, proxyEndpoint: "https://123456789012.dkr.ecr.eu-west-1.amazonaws.com" }] : data });
    });
  });

  function temporary(key: string, ...[id, secret, token]: [string, string, string]): object {
    return { [id]: key, [secret]: options.keys[key]?.secret, [token]: options.keys[key]?.sessionToken };
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const double: AwsDouble = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    granted,
    lifetimeMs: 12 * 3_600_000,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return double;
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

/** The signer, or the name of AWS's exception. */
function verify(request: IncomingMessage, body: Buffer, keys: Readonly<Record<string, AwsKey>>): { service: string; region: string; key: string } | string {
  const parsed = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(request.headers.authorization ?? "");
  if (parsed === null) return "IncompleteSignature";
  const [, key = "", day = "", region = "", service = "", signedNames = "", signature = ""] = parsed;
  const known = keys[key];
  if (known === undefined) return "UnrecognizedClientException";
  const at = headerOf(request, "x-amz-date");
  const when = Date.parse(at.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
  if (!at.startsWith(day) || !(Math.abs(Date.now() - when) < MAX_SKEW_MS)) return "InvalidSignatureException";
  const names = signedNames.split(";");
  for (const needed of ["host", "x-amz-date", "x-amz-target"]) if (!names.includes(needed)) return "InvalidSignatureException";
  const [path = "/", query = ""] = (request.url ?? "/").split("?");
  const canonical = [request.method, path, query.split("&").toSorted().join("&"), ...names.map((name) => `${name}:${headerOf(request, name).trim().replace(/ +/g, " ")}`), "", signedNames, sha256(body)].join("\n");
  const scope = `${day}/${region}/${service}/aws4_request`;
  const secret = [day, region, service, "aws4_request"].reduce<Buffer>((own, part) => hmac(own, part), Buffer.from(`AWS4${known.secret}`));
  const expected = hmac(secret, ["AWS4-HMAC-SHA256", at, scope, sha256(canonical)].join("\n"));
  if (!timingSafeEqual(expected, Buffer.from(signature, "hex"))) return "InvalidSignatureException";
  if (known.expired === true) return "ExpiredTokenException";
  if (known.sessionToken !== undefined && headerOf(request, "x-amz-security-token") !== known.sessionToken) return "UnrecognizedClientException";
  if (known.allowed === false) return "AccessDeniedException";
  return { service, region, key };
}

function headerOf(request: IncomingMessage, name: string): string {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(",") : (value ?? "");
}

function sha256(value: string | Buffer): string {
  return createHash("sha256").update(value).digest("hex");
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
