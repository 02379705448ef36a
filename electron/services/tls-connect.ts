/** TLS to an engine: certificates are read for each connection, so that renewed ones count at once. */
import { readFile } from "node:fs/promises";
import { isIP } from "node:net";
import { connect, type TLSSocket } from "node:tls";
import type { Endpoint, TlsFiles } from "./endpoint.ts";
import { ipcError } from "./ipc-error.ts";

type TcpEndpoint = Extract<Endpoint, { type: "tcp" }>;

export interface Certificates {
  readonly ca: Buffer | undefined;
  readonly cert: Buffer | undefined;
  readonly key: Buffer | undefined;
}

/** @throws IpcError `invalidArgument` naming the file that is missing, unreadable or no PEM, or the half of a pair */
export async function readCertificates(files: TlsFiles): Promise<Certificates> {
  if ((files.cert === undefined) !== (files.key === undefined)) throw ipcError("invalidArgument", "A client certificate and its key belong together: name both, or neither.");
  const [ca, cert, key] = await Promise.all([readPem(files.ca, "CERTIFICATE"), readPem(files.cert, "CERTIFICATE"), readPem(files.key, "KEY")]);
  return { ca, cert, key };
}

async function readPem(path: string | undefined, what: string): Promise<Buffer | undefined> {
  if (path === undefined) return undefined;
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    const why = code === "ENOENT" ? "does not exist" : code === "EACCES" ? "may not be read by this user" : "could not be read";
    throw ipcError("invalidArgument", `The file ${path} ${why}.`, { cause: error instanceof Error ? error.message : String(error) });
  }
  if (!new RegExp(`-----BEGIN [A-Z ]*${what}-----`).test(bytes.toString("latin1"))) throw ipcError("invalidArgument", `The file ${path} holds no ${what === "KEY" ? "key" : "certificate"} in PEM format.`);
  return bytes;
}

/** Connects and shakes hands. @throws IpcError as {@link readCertificates}, and TLS' own errors */
export async function connectTls({ host, port, tls = {} }: TcpEndpoint): Promise<TLSSocket> {
  const { ca, cert, key } = await readCertificates(tls);
  return new Promise((resolve, reject) => {
    const socket = connect({
      ...{ host, port, rejectUnauthorized: tls.skipVerify !== true },
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert, key }),
    });
    socket.once("secureConnect", () => {
      socket.off("error", reject);
      resolve(socket);
    });
    socket.once("error", reject);
  });
}
