import { randomBytes } from "node:crypto";

declare const brand: unique symbol;
type Brand<T, B extends string> = T & { readonly [brand]: B };

/** A content digest as the OCI image specification writes it: `sha256:` and 64 hexadecimal digits. */
export type Digest = Brand<string, "Digest">;
/** 64 hexadecimal digits, as Docker names containers. */
export type ContainerId = Brand<string, "ContainerId">;
/** 64 hexadecimal digits, as Docker names exec sessions. */
export type ExecId = Brand<string, "ExecId">;
/** 64 hexadecimal digits, as Docker names networks. */
export type NetworkId = Brand<string, "NetworkId">;
/** Names a snapshot: the chain id of a layer stack for committed ones, the container's id for writable ones. */
export type SnapshotKey = Brand<string, "SnapshotKey">;

/** A new random id of 64 hexadecimal digits whose short form is never all digits, as Docker makes them. */
export function newId<T extends ContainerId | ExecId | NetworkId>(): T {
  for (;;) {
    const id = randomBytes(32).toString("hex");
    if (!/^[0-9]{12}/.test(id)) return id as T;
  }
}

/** The 12-digit form that people read. */
export function shortId(id: string): string {
  return id.replace(/^sha256:/, "").slice(0, 12);
}
