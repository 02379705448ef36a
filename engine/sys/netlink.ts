import { closeSync } from "node:fs";
import { checked, errno, native, systemError } from "./libc.ts";

/**
 * Route netlink (rtnetlink(7)) as plain synchronous requests: a link, an address or a route is made in microseconds, where
 * starting `ip` costs milliseconds. A socket belongs to the network namespace it was opened in, for good.
 */

const AF_NETLINK = 16;
const SOCK_RAW_CLOEXEC = 3 | 0o2000000;
const NETLINK_ROUTE = 0;
const NLM_F_REQUEST = 1;
const NLM_F_ACK = 4;
const NLM_F_DUMP = 0x300;
const NLM_F_EXCL = 0x200;
const NLM_F_CREATE = 0x400;
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const RECEIVE_BYTES = 65536;

/** Message types of rtnetlink(7). */
export const RTM = { newLink: 16, delLink: 17, getLink: 18, setLink: 19, newAddress: 20, getAddress: 22, newRoute: 24, getRoute: 26 } as const;

/** Flags for requests that make something: fail when it exists. */
export const CREATE_NEW = NLM_F_CREATE | NLM_F_EXCL;

export interface NetlinkReply {
  readonly type: number;
  /** The message after its netlink header. */
  readonly payload: Buffer;
}

const socket = native<[number, number, number]>("int socket(int domain, int type, int protocol)");
const send = native<[number, Buffer, number, number]>("long send(int fd, const uint8_t *data, size_t length, int flags)");
const receive = native<[number, Buffer, number, number]>("long recv(int fd, _Out_ uint8_t *data, size_t length, int flags)");

/** One attribute: a header and a value padded to four bytes. Nested attributes are attributes in `value`. */
export function attribute(type: number, value: Buffer | string | number): Buffer {
  const bytes = typeof value === "number" ? u32(value) : typeof value === "string" ? Buffer.from(`${value}\0`) : value;
  const result = Buffer.alloc((4 + bytes.length + 3) & ~3);
  result.writeUInt16LE(4 + bytes.length, 0);
  result.writeUInt16LE(type, 2);
  bytes.copy(result, 4);
  return result;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** The attributes that follow a fixed header of `offset` bytes, by type. */
export function attributesOf(payload: Buffer, offset: number): Map<number, Buffer> {
  const result = new Map<number, Buffer>();
  for (let at = offset; at + 4 <= payload.length; ) {
    const length = payload.readUInt16LE(at);
    if (length < 4 || at + length > payload.length) break;
    result.set(payload.readUInt16LE(at + 2) & 0x3fff, payload.subarray(at + 4, at + length));
    at += (length + 3) & ~3;
  }
  return result;
}

export class NetlinkSocket {
  readonly #fd: number;
  #sequence = 0;

  /** Opens a socket in the calling thread's network namespace. @throws a system error */
  constructor() {
    this.#fd = checked(socket(AF_NETLINK, SOCK_RAW_CLOEXEC, NETLINK_ROUTE), "socket");
  }

  /**
   * Sends one request and waits for the kernel's acknowledgement.
   * @param what names the request in an error
   * @throws a system error whose `syscall` is `what`
   */
  request(what: string, type: number, header: Buffer, attributes: readonly Buffer[], flags = 0): void {
    this.#exchange(what, type, Buffer.concat([header, ...attributes]), NLM_F_REQUEST | NLM_F_ACK | flags);
  }

  /** All messages that answer a dump request. @throws a system error */
  dump(what: string, type: number, header: Buffer): NetlinkReply[] {
    return this.#exchange(what, type, header, NLM_F_REQUEST | NLM_F_DUMP);
  }

  #exchange(what: string, type: number, body: Buffer, flags: number): NetlinkReply[] {
    const sequence = ++this.#sequence;
    const message = Buffer.alloc(16 + body.length);
    message.writeUInt32LE(message.length, 0);
    message.writeUInt16LE(type, 4);
    message.writeUInt16LE(flags, 6);
    message.writeUInt32LE(sequence, 8);
    body.copy(message, 16);
    if (send(this.#fd, message, message.length, 0) < 0) throw systemError(errno(), what);

    const replies: NetlinkReply[] = [];
    const buffer = Buffer.alloc(RECEIVE_BYTES);
    for (;;) {
      const received = receive(this.#fd, buffer, buffer.length, 0);
      if (received < 0) throw systemError(errno(), what);
      for (let at = 0; at + 16 <= received; ) {
        const length = buffer.readUInt32LE(at);
        if (length < 16 || at + length > received) break;
        const kind = buffer.readUInt16LE(at + 4);
        if (buffer.readUInt32LE(at + 8) === sequence) {
          if (kind === NLMSG_DONE) return replies;
          if (kind === NLMSG_ERROR) {
            const code = -buffer.readInt32LE(at + 16);
            if (code === 0) return replies;
            throw systemError(code, what);
          }
          replies.push({ type: kind, payload: Buffer.from(buffer.subarray(at + 16, at + length)) });
        }
        at += (length + 3) & ~3;
      }
    }
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }
}
