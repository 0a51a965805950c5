/**
 * The partitions of a follower's fetch session that have something for it. A leader may share thousands of partitions
 * with a follower that fetches a thousand times a second: what is idle must cost nothing. So partitions tell the
 * session when they change, and a fetch looks only at those that did and those that it names.
 */

import type { FetchedPartition } from "../fetch_session.ts";
import type { FetchPlace, FetchWaiter, FetchWatch } from "../fetch_watch.ts";

class SessionLink implements FetchWaiter {
  readonly place: FetchPlace;
  readonly #links: SessionLinks;
  readonly #wanted: FetchedPartition;

  constructor(links: SessionLinks, wanted: FetchedPartition, place: FetchPlace) {
    this.#links = links;
    this.#wanted = wanted;
    this.place = place;
    place.add(this);
  }

  onReadable(bytes: number): void {
    this.#links.changed.add(this.#wanted);
    if (this.#wanted.isNamed) this.#links.waiting?.onReadable(bytes);
  }

  onHighWatermark(): void {
    this.#links.changed.add(this.#wanted);
    if (this.#wanted.isNamed) this.#links.waiting?.onHighWatermark();
  }

  finish(): void {
    this.#links.changed.add(this.#wanted);
    this.#links.waiting?.finish();
  }

  end(): void {
    this.place.delete(this);
  }
}

export class SessionLinks {
  /** What the next fetch has to look at. */
  readonly changed = new Set<FetchedPartition>();
  /** The fetch that waits for one of them. */
  waiting: FetchWatch | null = null;
  readonly #links = new Map<FetchedPartition, SessionLink>();

  /** The follower names a partition: it is looked at, and listened to at `place` when it is here. */
  name(wanted: FetchedPartition, place: FetchPlace | undefined): void {
    this.changed.add(wanted);
    const known = this.#links.get(wanted);
    if (known?.place === place) return;
    known?.end();
    if (place === undefined) this.#links.delete(wanted);
    else this.#links.set(wanted, new SessionLink(this, wanted, place));
  }

  /** What has changed, but for what the follower was given already and has not asked on from. */
  toRead(): FetchedPartition[] {
    const found: FetchedPartition[] = [];
    for (const one of this.changed) if (one.isNamed) found.push(one);
    return found;
  }

  /** The follower wants no more of a partition. */
  forget(wanted: FetchedPartition): void {
    wanted.isNamed = false;
    this.changed.delete(wanted);
    this.#links.get(wanted)?.end();
    this.#links.delete(wanted);
  }

  /** The session is over. */
  close(): void {
    for (const link of this.#links.values()) link.end();
    this.#links.clear();
    this.changed.clear();
  }
}
