/**
 * TCP over Bun's own sockets, which move more bytes than its node:net (DESIGN: 999 against 746 MB/s of 16 KiB
 * appends). Bun pushes what arrives, so a connection holds a bounded amount until somebody reads.
 */

import { readSync } from "node:fs";
import { isIP } from "node:net";
import { assert } from "../../core/assert.ts";
import { Deque } from "../../core/deque.ts";
import { AcceptQueue } from "../accept_queue.ts";
import {
  type Address,
  type Connection,
  type FileRange,
  type Listener,
  type Network,
  NetworkError,
} from "../network.ts";
import type { BunSocket, BunSocketHandler, BunSockets, BunTcpListener } from "./bun_sockets.ts";
import { onDisk } from "./disk_errors.ts";
import { FsFile } from "./fs_file.ts";
import { cork, receive, sendBefore, sendFile } from "./linux_calls.ts";
import { closedError, connectTimeoutError, networkError, plainHost, systemError } from "./network_errors.ts";

/** A connection with more unread bytes than this stops reading from its socket until they are read. */
const UNREAD_BYTES = 524288;

/** How much of a file is written from memory when the system takes none of it from the file. */
const PROBE_BYTES = 16384;

const probe = new Uint8Array(PROBE_BYTES);

const NOTHING = new Uint8Array(0);

/** What a socket carries: its connection once it is open, and whom to tell then. */
interface SocketData {
  connection: BunConnection | null;
  readonly onOpen: (connection: BunConnection) => void;
}

class BunConnection implements Connection {
  readonly local: Address;
  readonly remote: Address;
  readonly #socket: BunSocket<SocketData>;
  readonly #unread = new Deque<Uint8Array<ArrayBuffer>>();
  #unreadBytes = 0;
  #paused = false;
  #state: "open" | "ended" | "cut" | "closed" = "open";
  /** No more can be written: this side ended, or the socket is gone. */
  #writeEnded = false;
  #shutDown = false;
  #failure: Error | null = null;
  #wakeReader: (() => void) | null = null;
  #wakeWriter: (() => void) | null = null;

  constructor(socket: BunSocket<SocketData>) {
    this.#socket = socket;
    this.local = { host: plainHost(socket.localAddress), port: socket.localPort };
    this.remote = { host: plainHost(socket.remoteAddress), port: socket.remotePort };
    socket.setNoDelay(true);
    socket.setKeepAlive(true);
  }

  onData(bytes: Uint8Array<ArrayBuffer>): void {
    if (this.#state === "closed") return;
    this.#unread.pushLast(bytes);
    this.#unreadBytes += bytes.length;
    if (this.#unreadBytes > UNREAD_BYTES && !this.#paused) {
      this.#paused = true;
      this.#socket.pause();
    }
    this.#wake();
  }

  onEnd(): void {
    if (this.#state === "open") this.#state = "ended";
    this.#wake();
  }

  onClose(error: Error | undefined): void {
    this.#failure ??= error ?? null;
    // Without an error and after the peer's end, closing is how an orderly connection finishes.
    if (this.#state === "open") this.#state = this.#failure === null ? "ended" : "cut";
    this.#writeEnded = true;
    this.#wake();
    this.onDrain();
  }

  onDrain(): void {
    const wake = this.#wakeWriter;
    this.#wakeWriter = null;
    wake?.();
  }

  #wake(): void {
    const wake = this.#wakeReader;
    this.#wakeReader = null;
    wake?.();
  }

  async read(target: Uint8Array): Promise<number> {
    assert(target.length > 0, "a read needs room for at least one byte");
    while (this.#unreadBytes === 0) {
      if (this.#hasEnded()) return 0;
      await new Promise<void>((resolve) => this.#wakeReader = resolve);
    }
    return this.#take(target);
  }

  async readChunk(): Promise<Uint8Array<ArrayBuffer>> {
    while (this.#unreadBytes === 0) {
      if (this.#hasEnded()) return NOTHING;
      await new Promise<void>((resolve) => this.#wakeReader = resolve);
    }
    const bytes = this.#unread.takeFirst()!;
    this.#onTaken(bytes.length);
    return bytes;
  }

  readNow(target: Uint8Array): number {
    return this.#unreadBytes > 0 || this.#state !== "open" ? 0 : receive(this.#socket.fd, target);
  }

  /** Whether nothing more comes. Throws when that is not because the peer has ended its direction. */
  #hasEnded(): boolean {
    if (this.#state === "ended") return true;
    if (this.#state !== "open") throw this.#error("read from");
    return false;
  }

  /** Moves as many unread bytes into `target` as fit. */
  #take(target: Uint8Array): number {
    let taken = 0;
    while (taken < target.length && this.#unread.size > 0) {
      const bytes = this.#unread.takeFirst()!;
      const length = Math.min(bytes.length, target.length - taken);
      target.set(length === bytes.length ? bytes : bytes.subarray(0, length), taken);
      if (length < bytes.length) this.#unread.pushFirst(bytes.subarray(length));
      taken += length;
    }
    this.#onTaken(taken);
    return taken;
  }

  #onTaken(length: number): void {
    this.#unreadBytes -= length;
    if (this.#paused && this.#unreadBytes <= UNREAD_BYTES / 2) {
      this.#paused = false;
      this.#socket.resume();
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    let done = 0;
    while (true) {
      const wrote = this.#writeEnded ? -1 : this.#socket.write(bytes, done, bytes.length - done);
      if (wrote < 0) throw this.#error("write to");
      done += wrote;
      if (done >= bytes.length) return;
      await new Promise<void>((resolve) => this.#wakeWriter = resolve);
    }
  }

  writeFile(before: Uint8Array, range: FileRange, behind: Uint8Array): Promise<void> {
    const { file } = range;
    assert(file instanceof FsFile, "a file that is sent is one of this machine");
    return file.withDescriptor(async (descriptor) => {
      // The peer is woken once for what ends the file and what follows.
      if (!this.#writeEnded && behind.length > 0) cork(this.#socket.fd, true);
      const sent = this.#writeEnded || before.length === 0 ? 0 : sendBefore(this.#socket.fd, before);
      if (sent < before.length) {
        if (!this.#writeEnded) cork(this.#socket.fd, false);
        await this.write(before.subarray(sent));
      }
      for (let done = 0; done < range.byteLength;) done += await this.#sendSome(descriptor, range, done);
      if (behind.length === 0) return;
      const wrote = this.#writeEnded ? -1 : this.#socket.write(behind, 0, behind.length);
      if (!this.#writeEnded) cork(this.#socket.fd, false);
      if (wrote < behind.length) await this.write(behind.subarray(Math.max(0, wrote)));
    });
  }

  /**
   * Sends what the socket takes of a file, from `done` bytes into the range on, and waits for room when it is full.
   * Returns how much that was. Only a write of Bun's own that finds no room makes it say when there is some again.
   */
  async #sendSome(descriptor: number, range: FileRange, done: number): Promise<number> {
    if (!range.isIntact()) throw networkError("write to", this.remote, systemError("ECONNRESET"));
    const position = range.position + done;
    const length = range.byteLength - done;
    const sent = this.#writeEnded ? 0 : sendFile(this.#socket.fd, descriptor, position, length);
    if (sent === length) return sent;
    const wanted = Math.min(PROBE_BYTES, length - sent);
    const read = onDisk(
      "read",
      range.file.path,
      () => readSync(descriptor, probe, 0, wanted, position + sent),
    );
    if (read < wanted) throw networkError("write to", this.remote, systemError("ECONNRESET"));
    const wrote = this.#writeEnded ? -1 : this.#socket.write(probe, 0, read);
    if (wrote < 0) throw this.#error("write to");
    if (wrote < read) {
      cork(this.#socket.fd, false);
      await new Promise<void>((resolve) => this.#wakeWriter = resolve);
    }
    return sent + wrote;
  }

  closeWrite(): Promise<void> {
    if (!this.#writeEnded) {
      this.#writeEnded = this.#shutDown = true;
      this.#socket.shutdown();
    }
    return Promise.resolve();
  }

  #error(action: string): NetworkError {
    if (this.#state === "closed" || (this.#state !== "cut" && this.#shutDown)) {
      return closedError(action, this.remote);
    }
    return networkError(action, this.remote, this.#failure ?? systemError("ECONNRESET"));
  }

  close(): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#writeEnded = true;
    this.#unread.clear();
    this.#unreadBytes = 0;
    this.#socket.end();
    this.#wake();
    this.onDrain();
  }
}

const handler: BunSocketHandler<SocketData> = {
  binaryType: "uint8array",
  open(socket) {
    const { onOpen } = socket.data;
    const connection = new BunConnection(socket);
    socket.data = { connection, onOpen };
    onOpen(connection);
  },
  data: (socket, bytes) => socket.data.connection?.onData(bytes),
  drain: (socket) => socket.data.connection?.onDrain(),
  end: (socket) => socket.data.connection?.onEnd(),
  close: (socket, error) => socket.data.connection?.onClose(error),
  error: (socket, error) => socket.data.connection?.onClose(error),
  connectError() {},
};

class BunListener implements Listener {
  readonly address: Address;
  readonly #listener: BunTcpListener;
  readonly #queue: AcceptQueue;

  constructor(listener: BunTcpListener, queue: AcceptQueue) {
    this.#listener = listener;
    this.#queue = queue;
    this.address = { host: listener.hostname, port: listener.port };
  }

  accept(): Promise<Connection | null> {
    return this.#queue.accept();
  }

  close(): void {
    this.#listener.stop(false);
    this.#queue.close();
  }
}

/** The machine's TCP through `bun`, the global `Bun`. */
export function bunNetwork(bun: BunSockets): Network {
  return {
    listen({ host: hostname, port }) {
      const queue = new AcceptQueue();
      const data = { connection: null, onOpen: (connection: Connection) => queue.offer(connection) };
      try {
        const listener = bun.listen({ hostname, port, allowHalfOpen: true, data, socket: handler });
        return new BunListener(listener, queue);
      } catch (error) {
        // Only a name that does not resolve comes without a code.
        const unresolved = (error as { code?: unknown }).code === undefined && isIP(hostname) === 0;
        throw networkError(
          "listen on",
          { host: hostname, port },
          unresolved ? systemError("ENOTFOUND") : error,
        );
      }
    },

    connect: (address, options = {}) => connect(bun, address, options.timeoutMs),
  };
}

/** Bun's connect takes no time limit: a connection that comes too late is closed. */
function connect(bun: BunSockets, address: Address, timeoutMs: number | undefined): Promise<Connection> {
  return new Promise((resolve, reject) => {
    let late = false;
    const timer = timeoutMs === undefined ? undefined : setTimeout(() => {
      late = true;
      reject(connectTimeoutError(address, timeoutMs));
    }, timeoutMs);
    const onOpen = (connection: Connection) => {
      clearTimeout(timer);
      if (late) connection.close();
      else resolve(connection);
    };
    const { host: hostname, port } = address;
    bun.connect({ hostname, port, allowHalfOpen: true, data: { connection: null, onOpen }, socket: handler })
      .catch((error: unknown) => {
        clearTimeout(timer);
        reject(networkError("connect to", address, error));
      });
  });
}
