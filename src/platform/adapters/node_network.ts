/** TCP over node:net, for Node. Bun has a faster way of its own. */

import * as net from "node:net";
import process from "node:process";
import { getSystemErrorName } from "node:util";
import { AcceptQueue } from "../accept_queue.ts";
import { type Address, type Connection, type Listener, type Network, NetworkError } from "../network.ts";
import { closedError, connectTimeoutError, networkError, plainHost, systemError } from "./network_errors.ts";
import { ReadableSource } from "./readable_source.ts";

class NodeConnection implements Connection {
  readonly local: Address;
  readonly remote: Address;
  readonly #socket: net.Socket;
  readonly #source: ReadableSource;
  #closed = false;

  constructor(socket: net.Socket) {
    this.#socket = socket;
    this.#source = new ReadableSource(socket);
    this.local = { host: plainHost(socket.localAddress ?? ""), port: socket.localPort ?? 0 };
    this.remote = { host: plainHost(socket.remoteAddress ?? ""), port: socket.remotePort ?? 0 };
    socket.setNoDelay(true);
    socket.setKeepAlive(true);
  }

  async read(target: Uint8Array): Promise<number> {
    const length = await this.#source.read(target);
    if (length === -1) throw this.#error("read from");
    return length;
  }

  write(bytes: Uint8Array): Promise<void> {
    const socket = this.#socket;
    return new Promise((resolve, reject) => {
      socket.write(bytes, (error) => {
        // Node reports no error for a write that waited when the socket was destroyed.
        if (error || socket.destroyed) reject(this.#error("write to", error));
        else resolve();
      });
    });
  }

  closeWrite(): Promise<void> {
    return new Promise((resolve) => this.#socket.end(() => resolve()));
  }

  #error(action: string, cause?: Error | null): NetworkError {
    if (this.#closed || this.#socket.writableEnded) return closedError(action, this.remote);
    const reset = systemError("ECONNRESET");
    return networkError(
      action,
      this.remote,
      this.#source.failure ?? (isDestroyed(cause) ? reset : cause) ?? reset,
    );
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.destroy();
    this.#source.discard();
  }
}

/** Node's way to say that the socket went away before this call: not the reason why. */
function isDestroyed(error: Error | null | undefined): boolean {
  return (error as { code?: unknown } | undefined)?.code === "ERR_STREAM_DESTROYED";
}

class NodeListener implements Listener {
  readonly address: Address;
  readonly #server: net.Server;
  readonly #queue = new AcceptQueue();

  constructor(server: net.Server) {
    const { address, port } = server.address() as net.AddressInfo;
    this.#server = server;
    this.address = { host: address, port };
    server.on("connection", (socket) => this.#queue.offer(new NodeConnection(socket)));
  }

  accept(): Promise<Connection | null> {
    return this.#queue.accept();
  }

  close(): void {
    this.#server.close();
    this.#queue.close();
  }
}

/** What is used of libuv's TCP handle. Results below zero are negated error numbers. */
interface TcpHandle {
  bind(host: string, port: number): number;
  bind6(host: string, port: number, flags: number): number;
}

interface TcpBinding {
  readonly TCP: new (type: number) => TcpHandle;
  readonly constants: { readonly SERVER: number };
}

/**
 * Binds at once. `server.listen(port, host)` would look the host up first, even a literal address, and know its
 * address and its failure only later; a bound handle is taken synchronously.
 */
function boundHandle({ host, port }: Address): TcpHandle {
  const literal = host === "localhost" ? "127.0.0.1" : host;
  const family = net.isIP(literal);
  if (family === 0) throw systemError("ENOTFOUND");
  const { TCP, constants } = (process as unknown as { binding(name: string): TcpBinding }).binding(
    "tcp_wrap",
  );
  const handle = new TCP(constants.SERVER);
  const result = family === 6 ? handle.bind6(literal, port, 0) : handle.bind(literal, port);
  if (result < 0) throw systemError(getSystemErrorName(result));
  return handle;
}

function listen(address: Address): Listener {
  try {
    const server = net.createServer({ allowHalfOpen: true });
    // A failed accept (no descriptors left) leaves the listener as it is.
    server.on("error", () => {});
    server.listen({ _handle: boundHandle(address) } as unknown as net.ListenOptions);
    // What can still fail after a successful bind is that another socket listens there.
    if (server.address() === null) throw systemError("EADDRINUSE");
    return new NodeListener(server);
  } catch (error) {
    throw networkError("listen on", address, error);
  }
}

function connect(address: Address, options: { readonly timeoutMs?: number } = {}): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ host: address.host, port: address.port, allowHalfOpen: true });
    const { timeoutMs } = options;
    const timer = timeoutMs === undefined ? undefined : setTimeout(() => {
      socket.destroy();
      reject(connectTimeoutError(address, timeoutMs));
    }, timeoutMs);
    const onError = (error: Error) => {
      clearTimeout(timer);
      reject(networkError("connect to", address, error));
    };
    socket.once("error", onError);
    socket.once("connect", () => {
      clearTimeout(timer);
      socket.off("error", onError);
      resolve(new NodeConnection(socket));
    });
  });
}

/** The machine's TCP. */
export const nodeNetwork: Network = { listen, connect };
