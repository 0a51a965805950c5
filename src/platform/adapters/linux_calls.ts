/**
 * System calls of Linux that move bytes with fewer copies than a runtime's own API: from a file to a socket, and from
 * a socket to where they belong. Where they cannot be had ({@link loadLibc}), or the kernel does not know one,
 * everything works without: nothing counts as cached then, and nobody comes to send a file.
 *
 * None of them waits: sockets do not block, and only what is in the page cache is sent.
 */

import { loadLibc } from "./libc.ts";

type Pointer = Uint8Array | Int32Array | BigInt64Array | BigUint64Array;

interface Calls {
  /** Returns how many bytes were sent, -1 when none could be. */
  sendfile(socket: number, file: number, position: Pointer, length: number): number;
  send(socket: number, bytes: Pointer, length: number, flags: number): number;
  recv(socket: number, target: Pointer, length: number, flags: number): number;
  setsockopt(socket: number, level: number, option: number, value: Pointer, length: number): number;
  syscall(number: number, file: number, range: Pointer, result: Pointer, flags: number): number;
}

const SIGNATURES = {
  sendfile: { args: ["i32", "i32", "ptr", "u64"], returns: "i64_fast" },
  send: { args: ["i32", "ptr", "u64", "i32"], returns: "i64_fast" },
  recv: { args: ["i32", "ptr", "u64", "i32"], returns: "i64_fast" },
  setsockopt: { args: ["i32", "i32", "i32", "ptr", "u32"], returns: "i32" },
  syscall: { args: ["i64", "i32", "ptr", "ptr", "u32"], returns: "i64_fast" },
};

/** cachestat(2), since Linux 6.5; the same number on every architecture. */
const SYS_CACHESTAT = 451;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
const MSG_MORE = 0x8000;
const IPPROTO_TCP = 6;
const TCP_CORK = 3;
const PAGE_BYTES = 4096;

/** Loaded on first use: a node that is never read from has no need of them. */
let loaded: { readonly calls: Calls | null } | null = null;

const available = (): Calls | null => (loaded ??= { calls: loadLibc<Calls>(SIGNATURES) }).calls;

const position = new BigInt64Array(1);
const cacheRange = new BigUint64Array(2);
/** Pages in the cache, dirty, being written back, evicted, recently evicted. */
const cacheCounts = new BigUint64Array(5);

/** Whether all of a range of a file is in the page cache; false where the system does not tell. */
export function isCached(descriptor: number, from: number, length: number): boolean {
  const calls = available();
  if (calls === null || length <= 0) return false;
  cacheRange[0] = BigInt(from);
  cacheRange[1] = BigInt(length);
  if (calls.syscall(SYS_CACHESTAT, descriptor, cacheRange, cacheCounts, 0) !== 0) return false;
  const pages = Math.floor((from + length - 1) / PAGE_BYTES) - Math.floor(from / PAGE_BYTES) + 1;
  return Number(cacheCounts[0]!) >= pages;
}

/** Sends part of a file; returns how many bytes the socket took, 0 when none, whatever the reason. */
export function sendFile(socket: number, file: number, from: number, length: number): number {
  const calls = available();
  if (calls === null) return 0;
  position[0] = BigInt(from);
  return Math.max(0, calls.sendfile(socket, file, position, length));
}

/** Sends bytes that more will follow at once; returns how many the socket took, 0 when none, whatever the reason. */
export function sendBefore(socket: number, bytes: Uint8Array): number {
  const calls = available();
  if (calls === null) return 0;
  return Math.max(0, calls.send(socket, bytes, bytes.length, MSG_DONTWAIT | MSG_NOSIGNAL | MSG_MORE));
}

/** Receives what has come, as far as it fits; returns how many bytes, 0 when none, at the end or on failure. */
export function receive(socket: number, target: Uint8Array): number {
  const calls = available();
  if (calls === null) return 0;
  return Math.max(0, calls.recv(socket, target, target.length, MSG_DONTWAIT));
}

const corked = new Int32Array([1]);
const uncorked = new Int32Array([0]);

/** While a socket is corked, it sends only whole segments; what is left then goes out with what came last. */
export function cork(socket: number, on: boolean): void {
  available()?.setsockopt(socket, IPPROTO_TCP, TCP_CORK, on ? corked : uncorked, 4);
}
