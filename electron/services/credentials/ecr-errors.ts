/** What AWS says, as a sentence with a way out. */
import type { IpcError } from "../ipc-error.ts";
import { ipcError, isIpcError } from "../ipc-error.ts";

export interface EcrRequest {
  readonly host: string;
  readonly region: string;
  readonly profile: string | undefined;
  readonly isPublic: boolean;
  /** Whether our own time limit ended it. */
  readonly timedOut: boolean;
}

const WRONG_KEYS = ["UnrecognizedClientException", "InvalidClientTokenId", "InvalidSignatureException", "SignatureDoesNotMatch", "IncompleteSignature", "MissingAuthenticationToken", "InvalidAccessKeyId"];
const EXPIRED = ["ExpiredTokenException", "ExpiredToken", "RequestExpired", "TokenRefreshRequired"];
const UNREACHABLE = ["ECONNREFUSED", "ECONNRESET", "EHOSTUNREACH", "ENETUNREACH", "ETIMEDOUT", "EPIPE", "TimeoutError"];

/** Never repeats a secret: AWS's own words come as the cause, and hold none. */
export function toEcrError(error: unknown, request: EcrRequest): IpcError {
  if (isIpcError(error)) return error;
  const { name, message } = error instanceof Error ? error : { name: "", message: String(error) };
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const options = { cause: message, details: { region: request.region } };
  const profile = request.profile ?? process.env["AWS_PROFILE"];
  const flag = profile === undefined || profile === "" ? "" : ` --profile ${profile}`;
  const whose = flag === "" ? "The AWS credentials" : `The AWS credentials of the profile ${profile}`;

  if (/\bSSO\b|sso login/i.test(message) && /expired|not found|invalid|refresh/i.test(message)) {
    return ipcError("unauthorized", `The AWS single sign-on of ${flag === "" ? "the default profile" : `the profile ${profile}`} has run out. Run: aws sso login${flag}`, options);
  }
  if (name === "CredentialsProviderError") {
    const said = /could not (?:be found|resolve credentials)|profile .*not/i.test(message) && flag !== "";
    return said
      ? ipcError("unauthorized", `The AWS profile ${profile} has no usable credentials. Look at it with: aws configure list${flag}`, options)
      : ipcError("unauthorized", "No AWS credentials were found: neither in the environment, nor in ~/.aws, nor from a role of this machine. Run aws configure or aws sso login, or choose a profile.", options);
  }
  if (EXPIRED.includes(name)) return ipcError("unauthorized", `${whose} have run out. Renew them, for instance with: aws sso login${flag}`, options);
  if (WRONG_KEYS.includes(name)) return ipcError("unauthorized", `${whose} are not accepted in the region ${request.region}: the key is wrong or was deleted, or the account has not enabled that region.`, options);
  if (/^AccessDenied|^UnauthorizedOperation|^NotAuthorized/.test(name)) {
    const actions = request.isPublic ? "ecr-public:GetAuthorizationToken and sts:GetServiceBearerToken" : "ecr:GetAuthorizationToken";
    return ipcError("forbidden", `${whose} may not log in to ${request.host}: they need the IAM permission ${actions}.`, options);
  }
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return ipcError("unavailable", `AWS cannot be reached in the region ${request.region}: it has no such address. Check the region in ${request.host}, and the network.`, options);
  if (request.timedOut || UNREACHABLE.includes(code) || UNREACHABLE.includes(name)) return ipcError("unavailable", `AWS does not answer in the region ${request.region}. Check the network, and the proxy if there is one.`, options);
  if (/throttl|TooManyRequests|^ServerException|ServiceUnavailable|InternalFailure/i.test(name)) return ipcError("unavailable", `AWS could not give a login to ${request.host} now. Try again in a while.`, options);
  return ipcError("internal", `AWS gave no login to ${request.host}: ${message.replace(/\.$/, "")}.`, options);
}
