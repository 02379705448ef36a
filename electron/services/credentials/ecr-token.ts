/** One call of AWS: GetAuthorizationToken. The SDK is loaded when it is needed first. */
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { ipcError } from "../ipc-error.ts";
import { ecrAddressOf, kindOf } from "./addresses.ts";
import { toEcrError } from "./ecr-errors.ts";

/** ECR Public hands out tokens in one region alone. */
const PUBLIC_REGION = "us-east-1";
const MAX_ATTEMPTS = 3;
const CONNECT_TIMEOUT_MS = 5000;

export interface EcrToken {
  readonly username: string;
  readonly password: string;
  /** Milliseconds since the epoch. */
  readonly expires: number;
}

/**
 * Asks for a login to the registry at `host` with the credentials that AWS's own tools would take, or those of `profile`; through the proxy that
 * `HTTPS_PROXY` and its siblings name, as those tools do.
 *
 * @throws IpcError with a way out, see ecr-errors.ts
 */
export async function fetchEcrToken(host: string, profile: string | undefined, signal: AbortSignal): Promise<EcrToken> {
  const isPublic = kindOf(host) === "ecr-public";
  const address = ecrAddressOf(host);
  const region = isPublic ? PUBLIC_REGION : address?.region;
  if (region === undefined) throw ipcError("invalidArgument", `${host} is not a registry of Amazon: AWS credentials cannot log in to it.`);
  try {
    const { fromIni, fromNodeProviderChain } = await import("@aws-sdk/credential-providers");
    // The files may have changed since the last time. A profile that was chosen is the only source: the chain would go on to the machine's role.
    const requestHandler = { httpAgent: new HttpAgent({ proxyEnv: process.env }), httpsAgent: new HttpsAgent({ proxyEnv: process.env }), connectionTimeout: CONNECT_TIMEOUT_MS };
    const source = { ignoreCache: true, clientConfig: { region, requestHandler } };
    const credentials = profile === undefined ? fromNodeProviderChain(source) : fromIni({ ...source, profile });
    const config = { region, credentials, requestHandler, maxAttempts: MAX_ATTEMPTS, ...(profile === undefined ? {} : { profile }) };
    const data = isPublic ? await askPublic(config, signal) : await ask({ ...config, useFipsEndpoint: address?.fips === true }, signal);
    return readToken(data);
  } catch (error) {
    throw toEcrError(error, { host, region, profile, isPublic, timedOut: signal.aborted });
  }
}

interface TokenData {
  readonly authorizationToken?: string | undefined;
  readonly expiresAt?: Date | undefined;
}

async function ask(config: object, abortSignal: AbortSignal): Promise<TokenData | undefined> {
  const { ECRClient, GetAuthorizationTokenCommand } = await import("@aws-sdk/client-ecr");
  const client = new ECRClient(config);
  try {
    return (await client.send(new GetAuthorizationTokenCommand({}), { abortSignal })).authorizationData?.[0];
  } finally {
    client.destroy();
  }
}

async function askPublic(config: object, abortSignal: AbortSignal): Promise<TokenData | undefined> {
  const { ECRPUBLICClient, GetAuthorizationTokenCommand } = await import("@aws-sdk/client-ecr-public");
  const client = new ECRPUBLICClient(config);
  try {
    return (await client.send(new GetAuthorizationTokenCommand({}), { abortSignal })).authorizationData;
  } finally {
    client.destroy();
  }
}

/** The token is base64 of `AWS:PASSWORD`. */
function readToken(data: TokenData | undefined): EcrToken {
  const joined = Buffer.from(data?.authorizationToken ?? "", "base64").toString("utf8");
  const colon = joined.indexOf(":");
  if (colon <= 0 || data?.expiresAt === undefined) throw ipcError("dataLoss", "AWS answered without a login.");
  return { username: joined.slice(0, colon), password: joined.slice(colon + 1), expires: data.expiresAt.getTime() };
}
