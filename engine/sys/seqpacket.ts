import { closeSync, constants, openSync } from "node:fs";
import { Socket } from "node:net";
import { basename, dirname } from "node:path";
import { EngineError } from "../base/errors.ts";
import { sleep, throwIfAborted } from "../base/abort.ts";
import type { IoOptions } from "../base/abort.ts";
import { checked, errno, native, systemError } from "./libc.ts";

/**
 * A connected SOCK_SEQPACKET socket, as conmon offers it for attach: what one side writes at once, the other reads at once.
 * Node has no such sockets; a pipe handle on the same descriptor reads one packet a time (libuv ends a read that did not
 * fill its 64 KiB) and writes one packet per write.
 */
export interface Seqpacket extends AsyncIterable<Uint8Array> {
  /** Sends one packet, or several of at most 32 KiB (conmon's buffer); resolves when the kernel took it. @throws a system error (`EPIPE`) */
  write(packet: Uint8Array): Promise<void>;
  /** Ends our direction: the peer reads end of file. */
  end(): void;
  /** Closes both directions; iteration ends. */
  [Symbol.dispose](): void;
}

const AF_UNIX = 1;
const SOCK_STREAM = 1;
const SOCK_SEQPACKET = 5;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const O_PATH = 0o10000000;
const EAGAIN = 11;
const MAX_PACKET = 32 * 1024;
/** Bytes of `sun_path` with its NUL. */
const MAX_ADDRESS = 108;
/** Packets held while nobody iterates, before reading stops. */
const MAX_WAITING = 16;

const socketC = native<[number, number, number]>("int socket(int domain, int type, int protocol)");
const connectC = native<[number, Uint8Array, number]>("int connect(int fd, const void *address, unsigned int length)");
const dup3C = native<[number, number, number]>("int dup3(int from, int to, int flags)");

/**
 * Connects to the socket file `path`, which may be longer than the 107 bytes of an address.
 * @throws a system error (`ENOENT`, `ECONNREFUSED`), EngineError `cancelled`, `unavailable` when the peer accepts nothing for 5 s
 */
export async function connectSeqpacket(path: string, options: IoOptions = {}): Promise<Seqpacket> {
  const deadline = performance.now() + 5000;
  for (;;) {
    throwIfAborted(options.signal);
    const fd = tryConnect(path);
    if (fd !== undefined) return new SeqpacketSocket(fd);
    if (performance.now() > deadline) throw new EngineError("unavailable", `the socket ${path} does not accept connections`);
    await sleep(5, options.signal);
  }
}

/** The connected descriptor; undefined when the peer's backlog is full. */
function tryConnect(path: string): number | undefined {
  const fd = checked(socketC(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket");
  let directory: number | undefined;
  try {
    let name = path;
    if (Buffer.byteLength(path) >= MAX_ADDRESS) {
      directory = openSync(dirname(path), O_PATH | constants.O_DIRECTORY);
      name = `/proc/self/fd/${directory}/${basename(path)}`;
    }
    const address = Buffer.alloc(2 + Buffer.byteLength(name) + 1);
    address.writeUInt16LE(AF_UNIX, 0);
    address.write(name, 2);
    if (connectC(fd, address, address.length) === 0) return fd;
    const error = errno();
    if (error !== EAGAIN) throw systemError(error, "connect", path);
  } catch (error) {
    closeSync(fd);
    throw error;
  } finally {
    if (directory !== undefined) closeSync(directory);
  }
  closeSync(fd);
  return undefined;
}

/** Node refuses descriptors of sequential-packet sockets, so a stream socket's descriptor is taken over before it is first polled. */
function wrap(fd: number): Socket {
  const placeholder = checked(socketC(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
  const socket = new Socket({ fd: placeholder, allowHalfOpen: true, readable: true, writable: true });
  try {
    checked(dup3C(fd, placeholder, SOCK_CLOEXEC), "dup3");
  } finally {
    closeSync(fd);
  }
  return socket;
}

class SeqpacketSocket implements Seqpacket {
  readonly #socket: Socket;
  readonly #packets: Buffer[] = [];
  #ended = false;
  #failure: Error | undefined;
  #wake: (() => void) | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(fd: number) {
    this.#socket = wrap(fd);
    this.#socket.on("data", (packet: Buffer) => {
      this.#packets.push(packet);
      if (this.#packets.length >= MAX_WAITING) this.#socket.pause();
      this.#wake?.();
    });
    this.#socket.on("error", (error) => {
      // A peer that is gone is the end of the stream; a pending write reports it to its caller.
      if ((error as NodeJS.ErrnoException).code !== "EPIPE" && (error as NodeJS.ErrnoException).code !== "ECONNRESET") this.#failure = error;
    });
    const finish = (): void => {
      this.#ended = true;
      this.#wake?.();
    };
    this.#socket.on("end", finish);
    this.#socket.on("close", finish);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (;;) {
      const packet = this.#packets.shift();
      if (packet !== undefined) {
        yield packet;
        if (this.#packets.length === 0 && this.#socket.isPaused()) this.#socket.resume();
      } else if (this.#ended) {
        if (this.#failure !== undefined) throw this.#failure;
        return;
      } else {
        await new Promise<void>((resolve) => (this.#wake = resolve));
        this.#wake = undefined;
      }
    }
  }

  write(packet: Uint8Array): Promise<void> {
    const written = this.#writing.then(async () => {
      for (let start = 0; start < packet.length; start += MAX_PACKET) await this.#writeOne(packet.subarray(start, start + MAX_PACKET));
    });
    // Kept apart: a failed write is reported to its caller, later ones fail by themselves.
    this.#writing = written.catch(() => {});
    return written;
  }

  /** One at a time, or Node would join waiting ones into one packet. */
  #writeOne(packet: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => this.#socket.write(packet, (error) => (error ? reject(error) : resolve())));
  }

  end(): void {
    void this.#writing.then(() => this.#socket.end());
  }

  [Symbol.dispose](): void {
    this.#packets.length = 0;
    this.#socket.destroy();
  }
}
