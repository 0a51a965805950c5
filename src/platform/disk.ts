/** Files and directories, with explicit durability: what is not synced may be lost, torn or reordered by a crash. */

/** Why a disk operation failed. */
export type DiskErrorCode =
  | "not-found"
  | "exists"
  | "no-space"
  | "denied"
  | "io"
  | "locked"
  | "not-a-directory";

/** A disk operation failed. `message` names the operation and the path. */
export class DiskError extends Error {
  override readonly name = "DiskError";
  readonly code: DiskErrorCode;
  readonly path: string;

  constructor(code: DiskErrorCode, path: string, message: string) {
    super(message);
    this.code = code;
    this.path = path;
  }
}

/** A file open for reading and writing at explicit positions. All failures are {@link DiskError}. */
export interface DiskFile {
  readonly path: string;
  /** The size in bytes as of the last operation through this file. */
  readonly size: number;
  /**
   * Writes all of `bytes` at `position`, synchronously: into the operating system's cache, not necessarily onto
   * the disk. On no-space the file is cut back to the size it had.
   */
  write(bytes: Uint8Array, position: number): void;
  /** Fills `target` from `position`, synchronously; returns the bytes read, fewer only at the end of the file. */
  readNow(target: Uint8Array, position: number): number;
  /** The same without stalling the loop, for bytes that are probably not in the operating system's cache. */
  read(target: Uint8Array, position: number): Promise<number>;
  /**
   * Only where that can be known: whether reading this range would not wait for the disk. A system that does not tell
   * says no.
   */
  isCached?(position: number, length: number): boolean;
  /** Cuts or extends (with zeros) the file to `size` bytes. */
  truncate(size: number): void;
  /** The same without stalling the loop: giving back what a large file occupied takes the system long. */
  shrink(size: number): Promise<void>;
  /** Resolves when everything written before the call survives a crash (fdatasync). Concurrent calls may share one. */
  sync(): Promise<void>;
  close(): void;
}

/** One entry of a directory. */
export interface DirectoryEntry {
  readonly name: string;
  readonly isDirectory: boolean;
}

/** Space on the file system that holds a path, in bytes. */
export interface DiskSpace {
  readonly totalBytes: number;
  /** What an unprivileged process can still use. */
  readonly freeBytes: number;
}

/** A lock on a directory, held by this process until released or ended by its death. */
export interface DirectoryLock {
  release(): void;
}

/** How a file is opened. */
export interface OpenOptions {
  readonly create?: boolean;
  readonly exclusive?: boolean;
  readonly readOnly?: boolean;
}

export interface Disk {
  /** How many files and connections together the process may have open, where that is known. */
  readonly openFilesLimit?: number;
  /**
   * Opens a file; `create` makes it when absent, `exclusive` fails with "exists" when present, `readOnly` is for
   * files that nobody may write; it is never combined with the others.
   */
  open(path: string, options?: OpenOptions): DiskFile;
  /** The whole of a small file. Fails with "not-found" when absent. */
  readFile(path: string): Uint8Array<ArrayBuffer>;
  /**
   * Replaces a small file so that after a crash either the old or the new content is there, whole: writes
   * `path.tmp`, syncs it, renames it over, syncs the directory.
   */
  writeFileAtomic(path: string, bytes: Uint8Array): Promise<void>;
  exists(path: string): boolean;
  /** The entries of a directory, sorted by name. Fails with "not-found" when absent. */
  list(path: string): DirectoryEntry[];
  /** The size of a file in bytes. */
  fileSize(path: string): number;
  /** When the file was last written, in Unix milliseconds. */
  modifiedMs(path: string): number;
  /** Makes a directory and its parents; nothing happens when it is there. */
  makeDirectory(path: string): void;
  rename(from: string, to: string): void;
  /** Removes a file or a whole directory; nothing happens when absent. */
  remove(path: string): void;
  /** The same without stalling the loop, which waits for the system to give back what the files occupied. */
  removeAside(path: string): Promise<void>;
  /** Resolves when creations, renames and removals in a directory survive a crash. */
  syncDirectory(path: string): Promise<void>;
  space(path: string): DiskSpace;
  /** Takes an exclusive lock on a directory through its `.lock` file; fails with "locked" when another holds it. */
  lockDirectory(path: string): DirectoryLock;
}
