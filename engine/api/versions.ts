import { EngineError } from "../base/errors.ts";

export const API_VERSION = "1.47";
/** Docker's own is 1.24; skopeo, buildah and podman in current distributions speak 1.22 to it, of which nothing differs that they use. */
export const MINIMUM_API_VERSION = "1.22";

const PREFIX = /^\/v([0-9]+)\.([0-9]+)(?=\/)/;

export interface Versioned {
  /** The minor number of 1.N, which all of the API's differences hang on. */
  readonly minor: number;
  /** The path without the version. */
  readonly path: string;
}

/**
 * Splits `/v1.41/containers/json` into version and path; without a prefix the newest version is meant.
 * @throws EngineError `invalidArgument` for a version outside 1.22 to 1.47, in the words Docker's clients look for
 */
export function splitVersion(path: string): Versioned {
  const match = PREFIX.exec(path);
  if (match === null) return { minor: minorOf(API_VERSION), path };
  const major = Number(match[1]);
  const minor = Number(match[2]);
  const text = `${major}.${minor}`;
  if (major < 1 || (major === 1 && minor < minorOf(MINIMUM_API_VERSION))) {
    throw new EngineError("invalidArgument", `client version ${text} is too old. Minimum supported API version is ${MINIMUM_API_VERSION}, please upgrade your client to a newer version`);
  }
  if (major > 1 || minor > minorOf(API_VERSION)) {
    throw new EngineError("invalidArgument", `client version ${text} is too new. Maximum supported API version is ${API_VERSION}`);
  }
  return { minor, path: path.slice(match[0].length) };
}

function minorOf(version: string): number {
  return Number(version.split(".")[1]);
}
