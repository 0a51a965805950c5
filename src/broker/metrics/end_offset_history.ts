/**
 * When the high watermarks of partitions were where: from that comes how long the records that a group has not
 * consumed have been there. Looked at once a second or so, which costs appends nothing.
 */

/** How many moments of a partition are kept; older ones are merged, so that they reach far back. */
const CAPACITY = 128;

/** Something whose readable end is followed. */
export interface Followed {
  readonly highWatermark: number;
}

/** Between two moments the end moved from the one before to `endOffset`. */
interface Moved {
  readonly endOffset: number;
  readonly fromMs: number;
  readonly toMs: number;
}

interface History {
  /** The first offset that something is known of. */
  startOffset: number;
  moves: Moved[];
}

export class EndOffsetHistory {
  readonly #histories = new WeakMap<Followed, History>();
  #lookedMs: number;

  /** `nowMs` is on the wall clock, like all times here. */
  constructor(nowMs: number) {
    this.#lookedMs = nowMs;
  }

  /** Looks at all partitions that are here. */
  look(partitions: Iterable<Followed>, nowMs: number): void {
    for (const partition of partitions) this.#lookAt(partition, nowMs);
    this.#lookedMs = nowMs;
  }

  /** Since when the record at `offset` can be read, about; null when it came before all that is known. */
  readableSince(partition: Followed, offset: number): number | null {
    const history = this.#histories.get(partition);
    if (history === undefined || offset < history.startOffset) return null;
    const { moves, startOffset } = history;
    let low = 0;
    let high = moves.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (moves[middle]!.endOffset <= offset) low = middle + 1;
      else high = middle;
    }
    const move = moves[low];
    // It came after the last look.
    if (move === undefined) return this.#lookedMs;
    const from = low === 0 ? startOffset : moves[low - 1]!.endOffset;
    const share = (offset - from) / (move.endOffset - from);
    return move.fromMs + share * (move.toMs - move.fromMs);
  }

  #lookAt(partition: Followed, nowMs: number): void {
    const { highWatermark } = partition;
    const history = this.#histories.get(partition);
    if (history === undefined) {
      this.#histories.set(partition, { startOffset: highWatermark, moves: [] });
      return;
    }
    const end = history.moves.at(-1)?.endOffset ?? history.startOffset;
    if (highWatermark === end) return;
    if (highWatermark < end) {
      // The log was cut: what was known is of other records.
      history.startOffset = highWatermark;
      history.moves = [];
      return;
    }
    history.moves.push({ endOffset: highWatermark, fromMs: this.#lookedMs, toMs: nowMs });
    if (history.moves.length > CAPACITY) history.moves = merged(history.moves);
  }
}

/** Two neighbours become one in the older half. */
function merged(moves: readonly Moved[]): Moved[] {
  const half = CAPACITY / 2;
  const older: Moved[] = [];
  for (let index = 0; index < half; index += 2) {
    const [first, second] = [moves[index]!, moves[index + 1]!];
    older.push({ endOffset: second.endOffset, fromMs: first.fromMs, toMs: second.toMs });
  }
  return [...older, ...moves.slice(half)];
}
