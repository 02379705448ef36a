import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { createSecureContext, getCACertificates } from "node:tls";
import type { SecureContext } from "node:tls";
import { EngineError, isSystemError, messageOf } from "../base/errors.ts";

/** What a user laid down for one registry's TLS, in PEM. */
export interface HostCertificates {
  /** Authorities trusted besides the machine's own. */
  readonly authorities: readonly string[];
  readonly clients: readonly { readonly cert: string; readonly key: string }[];
}

/** Far above any real file. */
const MAX_FILES = 100;

/**
 * Reads `DIRECTORY/HOST[:PORT]/` of each directory as Docker does: `*.crt` are authorities, `*.cert` with a `*.key` of the same name
 * are client certificates.
 * @throws EngineError `invalidArgument` in Docker's words when a pair is not whole, `internal` when a file cannot be read
 */
export function readHostCertificates(directories: readonly string[], host: string): HostCertificates | undefined {
  const authorities: string[] = [];
  const clients: { cert: string; key: string }[] = [];
  // A host's name comes from a reference and holds no slash; this is for those that come otherwise.
  if (!/^[A-Za-z0-9.:[\]_-]+$/.test(host) || /^\.+$/.test(host)) return undefined;
  for (const directory of directories.map((base) => join(base, host))) {
    const files = namesIn(directory);
    for (const file of files) {
      const [stem, kind] = [file.slice(0, file.lastIndexOf(".")), file.slice(file.lastIndexOf(".") + 1)];
      if (kind === "crt") authorities.push(read(join(directory, file)));
      else if (kind === "cert") {
        if (!files.includes(`${stem}.key`)) throw new EngineError("invalidArgument", `missing key ${stem}.key for client certificate ${file} in ${directory}. CA certificates must use the extension .crt`);
        clients.push({ cert: read(join(directory, file)), key: read(join(directory, `${stem}.key`)) });
      } else if (kind === "key" && !files.includes(`${stem}.cert`)) {
        throw new EngineError("invalidArgument", `missing client certificate ${stem}.cert for key ${file} in ${directory}`);
      }
    }
  }
  return authorities.length + clients.length === 0 ? undefined : { authorities, clients };
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory).filter((name) => /^[^.].*\.(?:crt|cert|key)$/.test(name)).sort().slice(0, MAX_FILES);
  } catch (error) {
    // A folder that this user may not read is another user's.
    if (isSystemError(error, "ENOENT", "ENOTDIR", "EACCES", "EPERM")) return [];
    throw error;
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new EngineError("internal", `the certificate file ${file} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

/**
 * The keys and authorities of connections to one host.
 * @param withSystem also trust what the machine's administrator installed; reading that takes a tenth of a second, and most registries do without
 * @throws EngineError `invalidArgument` when a file is no certificate
 */
export function secureContextOf(host: string, certificates: HostCertificates | undefined, withSystem: boolean): SecureContext {
  const { authorities = [], clients = [] } = certificates ?? {};
  const needsList = authorities.length > 0 || withSystem;
  try {
    return createSecureContext({
      ...(needsList ? { ca: [...new Set([...getCACertificates("default"), ...(withSystem ? getCACertificates("system") : []), ...authorities])] } : {}),
      ...(clients.length > 0 ? { cert: clients.map(({ cert }) => cert), key: clients.map(({ key }) => key) } : {}),
    });
  } catch (error) {
    throw new EngineError("invalidArgument", `the certificates for the registry ${host} cannot be used: ${messageOf(error)}`, { cause: error });
  }
}
