/** Byte streams between nodes and clients. */

import type { DiskFile } from "./disk.ts";

/** Why a network operation failed. */
export type NetworkErrorCode =
  | "refused"
  | "reset"
  | "timeout"
  | "address-in-use"
  | "unresolved"
  | "denied"
  | "closed"
  | "io";

/** A network operation failed. `message` names the operation and the address. */
export class NetworkError extends Error {
  override readonly name = "NetworkError";
  readonly code: NetworkErrorCode;

  constructor(code: NetworkErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Part of a file that is in the operating system's cache ({@link DiskFile.isCached}). */
export interface FileRange {
  readonly file: DiskFile;
  readonly position: number;
  readonly byteLength: number;
  /** False once the file holds something else there. */
  isIntact(): boolean;
}

/** One connection. At most one read and one write are under way at a time. */
export interface Connection {
  readonly local: Address;
  readonly remote: Address;
  /**
   * Reads at least one byte into `target`; returns how many, or 0 at the end of the stream. The caller owns
   * `target` and may reuse it once the promise is settled.
   */
  read(target: Uint8Array): Promise<number>;
  /**
   * Only on networks that hand over what they received: the next bytes, which are the caller's to keep and to change,
   * or none at the end of the stream. It saves the copy that {@link read} makes; the two may be mixed.
   */
  readChunk?(): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * Only on networks that can: takes what has come and fits into `target`, without waiting, and returns how much. 0 is
   * no end: there is nothing just now, or the other reads tell what there is.
   */
  readNow?(target: Uint8Array): number;
  /** Writes all of `bytes`; resolves when they are with the operating system and `bytes` may be reused. */
  write(bytes: Uint8Array): Promise<void>;
  /**
   * Only on networks that can: writes `before`, part of a file, whose bytes do not come through the memory of this
   * process, and `behind`. Fails with "reset" when they do not stay as they are until the system has taken them.
   */
  writeFile?(before: Uint8Array, range: FileRange, behind: Uint8Array): Promise<void>;
  /** Ends this direction: the peer reads what was written and then 0. Reading goes on. */
  closeWrite(): Promise<void>;
  /** Ends both directions at once. A pending read then returns 0 or fails with "closed". */
  close(): void;
}

/** A listening socket. */
export interface Listener {
  /** The real address: a port of 0 has become the one that was given. */
  readonly address: Address;
  /** The next connection, or null once the listener is closed. */
  accept(): Promise<Connection | null>;
  close(): void;
}

export interface Network {
  listen(address: Address): Listener;
  connect(address: Address, options?: { readonly timeoutMs?: number }): Promise<Connection>;
}
