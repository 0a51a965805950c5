/**
 * The conformance suite of the platform: what every implementation of Clock, Timers, Random, Disk and Network must
 * do, the simulator's too. The cases use nothing but the interfaces, so they can run under virtual time.
 */

import assert from "node:assert/strict";
import type { Disk, DiskErrorCode } from "../../src/platform/disk.ts";
import { DiskError } from "../../src/platform/disk.ts";
import type { Address, NetworkErrorCode } from "../../src/platform/network.ts";
import { NetworkError } from "../../src/platform/network.ts";
import type { Platform } from "../../src/platform/platform.ts";

/** What a case gets: an implementation, and places to try it in. */
export interface Subject {
  readonly platform: Platform;
  /** An empty directory for this case alone. */
  readonly directory: string;
  /** Where to listen. */
  readonly host: string;
  /** An address that lets connection attempts wait for ever. */
  readonly silentAddress?: Address;
  /** A directory on a file system of less than 1 MiB. */
  readonly smallDirectory?: string;
  /** Loses what was not synced, as a power failure does, and gives the disk as it is after the restart. */
  readonly crash?: () => Disk;
  /** Its network sends files, and its disk knows what of them is cached. */
  readonly sendsFiles?: true;
}

/** One rule. */
export interface Case {
  readonly name: string;
  /** The case needs this part of the subject, which not every implementation can offer. */
  readonly needs?: "silentAddress" | "smallDirectory" | "crash" | "sendsFiles";
  run(subject: Subject): void | Promise<void>;
}

/** Whether `subject` has what `rule` needs. */
export function canRun(rule: Case, subject: Omit<Subject, "directory">): boolean {
  return rule.needs === undefined || subject[rule.needs] !== undefined;
}

/** Asserts that `task` throws or rejects with a {@link DiskError} of `code` whose message names `path`. */
export async function failsOnDisk(code: DiskErrorCode, path: string, task: () => unknown): Promise<void> {
  const error = await thrownBy(task);
  assert(error instanceof DiskError, `wanted a DiskError, got ${error}`);
  assert.equal(error.code, code, error.message);
  assert(error.message.includes(path), `"${error.message}" must name ${path}`);
}

/** Asserts that `task` throws or rejects with a {@link NetworkError} that has one of `codes`. */
export async function failsOnNetwork(
  codes: readonly NetworkErrorCode[],
  task: () => unknown,
): Promise<NetworkError> {
  const error = await thrownBy(task);
  assert(error instanceof NetworkError, `wanted a NetworkError, got ${error}`);
  assert(codes.includes(error.code), `wanted ${codes.join(" or ")}, got ${error.code}: ${error.message}`);
  return error;
}

async function thrownBy(task: () => unknown): Promise<unknown> {
  try {
    await task();
  } catch (error) {
    return error;
  }
  return assert.fail("it must fail, and it did not");
}

/** The bytes of `text`. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>;
}

/** The text of `bytes`. */
export function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
