/**
 * What is committed of one replicated log, by offset: all replicas must have the same batches below their high
 * watermarks, byte for byte. Reads the files of the simulated disks, not what a process thinks is in them.
 */

import { BatchCursor } from "../../records/batch.ts";
import type { Directory } from "../disk/directory.ts";
import { FileContent } from "../disk/file_content.ts";
import type { Findings } from "../findings.ts";

/** A batch that some replica has committed. */
interface CommittedBatch {
  readonly nextOffset: number;
  readonly crc: number;
  readonly leaderEpoch: number;
  /** The replica that had it first. */
  readonly host: string;
}

/** How far one process's replica was compared. */
export interface ReplicaCursor {
  readonly host: string;
  nextOffset: number;
  segment: number;
  position: number;
}

const LOG_FILE = /^\d{20}\.log$/;

export class CommittedBatches {
  readonly #name: string;
  readonly #findings: Findings;
  readonly #batches = new Map<number, CommittedBatch>();
  /** The highest offset below which anybody has committed. */
  end = 0;

  constructor(name: string, findings: Findings) {
    this.#name = name;
    this.#findings = findings;
  }

  /** What was committed may be lost now: whatever is there from now on counts. */
  forget(): void {
    this.#batches.clear();
    this.end = 0;
  }

  newCursor(host: string): ReplicaCursor {
    return { host, nextOffset: 0, segment: -1, position: 0 };
  }

  /** Compares what a replica has committed since the last time; `directory` holds its files. */
  compare(cursor: ReplicaCursor, directory: Directory, highWatermark: number): void {
    while (cursor.nextOffset < highWatermark) {
      const content = this.#contentAt(cursor, directory);
      if (content === null) return;
      const before = cursor.nextOffset;
      this.#compareSegment(cursor, content, highWatermark);
      if (cursor.nextOffset === before && !this.#moveOn(cursor, directory)) return;
    }
  }

  /** The segment that the cursor is in, or the first one when that is gone. */
  #contentAt(cursor: ReplicaCursor, directory: Directory): FileContent | null {
    const entry = cursor.segment < 0 ? undefined : directory.get(fileName(cursor.segment));
    if (entry instanceof FileContent) return entry;
    const bases = segmentBases(directory);
    const base = bases.findLast((each) => each <= cursor.nextOffset) ?? bases[0];
    if (base === undefined) return null;
    cursor.segment = base;
    cursor.position = 0;
    const found = directory.get(fileName(base));
    return found instanceof FileContent ? found : null;
  }

  #moveOn(cursor: ReplicaCursor, directory: Directory): boolean {
    const next = segmentBases(directory).find((each) => each > cursor.segment);
    if (next === undefined) return false;
    cursor.segment = next;
    cursor.position = 0;
    return true;
  }

  #compareSegment(cursor: ReplicaCursor, content: FileContent, highWatermark: number): void {
    const walk = new BatchCursor(content.view(), Math.min(cursor.position, content.size));
    while (walk.next()) {
      const { baseOffset, nextOffset } = walk;
      // A batch is committed as a whole.
      if (nextOffset > highWatermark) break;
      cursor.position = walk.nextAt;
      if (nextOffset <= cursor.nextOffset) continue;
      const batch = { nextOffset, crc: walk.crc, leaderEpoch: walk.partitionLeaderEpoch, host: cursor.host };
      this.#compareBatch(baseOffset, batch);
      cursor.nextOffset = nextOffset;
    }
  }

  #compareBatch(baseOffset: number, batch: CommittedBatch): void {
    const known = this.#batches.get(baseOffset);
    this.end = Math.max(this.end, batch.nextOffset);
    if (known === undefined) {
      this.#batches.set(baseOffset, batch);
      return;
    }
    const isSame = known.nextOffset === batch.nextOffset && known.crc === batch.crc &&
      known.leaderEpoch === batch.leaderEpoch;
    this.#findings.require(
      isSame,
      "replicas agree below the high watermark",
      () => `${this.#name} at ${baseOffset}: ${textOf(known)}, but ${textOf(batch)}`,
    );
  }
}

function textOf({ host, nextOffset, leaderEpoch, crc }: CommittedBatch): string {
  return `${host} has a batch up to ${nextOffset} of epoch ${leaderEpoch} with CRC ${crc}`;
}

function segmentBases(directory: Directory): number[] {
  return directory.entries().filter(([name]) => LOG_FILE.test(name)).map(([name]) =>
    Number(name.slice(0, 20))
  );
}

function fileName(base: number): string {
  return `${String(base).padStart(20, "0")}.log`;
}
