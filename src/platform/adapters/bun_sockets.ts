/** The part of Bun's socket API that is used; its own types come with a package that is not needed otherwise. */

/** A TCP socket of Bun. */
export interface BunSocket<Data> {
  data: Data;
  /** The descriptor; negative once the socket is closed. */
  readonly fd: number;
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** Returns how many bytes the system took, fewer than asked when its buffer is full, -1 once closed. */
  write(bytes: Uint8Array, from?: number, length?: number): number;
  /** Ends the writing direction. */
  shutdown(): void;
  /** Closes the socket. */
  end(): void;
  pause(): void;
  resume(): void;
  setNoDelay(enable: boolean): void;
  setKeepAlive(enable: boolean): void;
}

/** What happens to a socket. */
export interface BunSocketHandler<Data> {
  /** What `data` is given; Bun's own default is Node's Buffer, whose views are slower to make. */
  readonly binaryType: "uint8array";
  open(socket: BunSocket<Data>): void;
  /** The bytes are the handler's to keep. */
  data(socket: BunSocket<Data>, bytes: Uint8Array<ArrayBuffer>): void;
  /** There is room to write again. */
  drain(socket: BunSocket<Data>): void;
  /** The peer ended its direction. */
  end(socket: BunSocket<Data>): void;
  close(socket: BunSocket<Data>, error?: Error): void;
  error(socket: BunSocket<Data>, error: Error): void;
  connectError?(socket: BunSocket<Data>, error: Error): void;
}

/** Where to listen or connect, and what to do then. */
export interface BunSocketOptions<Data> {
  readonly hostname: string;
  readonly port: number;
  readonly allowHalfOpen: boolean;
  readonly data: Data;
  readonly socket: BunSocketHandler<Data>;
}

export interface BunTcpListener {
  readonly hostname: string;
  readonly port: number;
  stop(closeConnections?: boolean): void;
}

/** The global `Bun`, as far as sockets go. */
export interface BunSockets {
  listen<Data>(options: BunSocketOptions<Data>): BunTcpListener;
  connect<Data>(options: BunSocketOptions<Data>): Promise<BunSocket<Data>>;
}
