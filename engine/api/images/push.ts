import { EngineError, messageOf } from "../../base/errors.ts";
import type { Platform } from "../../oci/descriptor.ts";
import { familiarName, parseReference } from "../../oci/reference.ts";
import type { ApiReply } from "../reply.ts";
import type { ApiRequest } from "../request.ts";
import { object, text } from "../shape.ts";
import { credentialsOf } from "./auth.ts";
import type { ImageBackend } from "./backend.ts";
import { LazyLines } from "./transfer.ts";

/** `POST /images/{name}/push`. Errors after the first line are lines, as Docker's clients expect them. */
export async function push({ images }: ImageBackend, request: ApiRequest, reply: ApiReply): Promise<void> {
  const named = parseReference(request.param("name"));
  const tag = request.text("tag") ?? named.tag;
  if (named.digest !== undefined) throw new EngineError("invalidArgument", "cannot push a digest reference");
  const lines = new LazyLines(reply);
  const reference = `${familiarName(named)}${tag === undefined ? "" : `:${tag}`}`;
  await images.push(reference, { platform: platformOf(request), credentials: credentialsOf(request), progress: lines.sink }, { signal: request.signal });
  lines.end();
}

const platformShape = object({ os: text, architecture: text, variant: text });

/** The platform as JSON, which is how clients of API 1.46 send it. @throws EngineError `invalidArgument` */
function platformOf(request: ApiRequest): Platform | undefined {
  const json = request.text("platform");
  if (json === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw new EngineError("invalidArgument", `failed to parse platform: ${messageOf(error)}`);
  }
  const { os, architecture, variant } = platformShape(value, "platform");
  if (os === undefined || architecture === undefined) throw new EngineError("invalidArgument", "both OS and Architecture must be provided for platform");
  return { os, architecture, ...(variant === undefined ? {} : { variant }) };
}
