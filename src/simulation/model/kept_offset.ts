/** What is known of one offset of a group without members, which one client alone commits, deletes and looks up. */

import type { Findings } from "../findings.ts";
import type { Moment } from "./partition_history.ts";

/** There is no offset. */
export const NONE = -1;

export class KeptOffset {
  readonly #label: string;
  readonly #findings: Findings;
  /** Whether what was acknowledged may be gone since then. */
  readonly #mayBeLost: (since: Moment) => boolean;
  /** What was last acknowledged, and when that was asked for. */
  #settled: { readonly offset: number; readonly since: Moment };
  /** What was asked for without an answer: it may be done at any time. */
  readonly #open = new Set<number>();
  /** All that was ever asked for. */
  readonly #tried = new Set<number>([NONE]);

  /** `former` is what there was of earlier topics of the same name, and what of that may be left. */
  constructor(
    label: string,
    findings: Findings,
    options: {
      readonly mayBeLost: (since: Moment) => boolean;
      readonly since: Moment;
      readonly former: { readonly tried: ReadonlySet<number>; readonly left: ReadonlySet<number> };
    },
  ) {
    this.#label = label;
    this.#findings = findings;
    this.#mayBeLost = options.mayBeLost;
    this.#settled = { offset: NONE, since: options.since };
    for (const offset of options.former.tried) this.onTried(offset);
    for (const offset of options.former.left) this.onUnknown(offset);
  }

  /** What was asked for without an answer. */
  get open(): ReadonlySet<number> {
    return this.#open;
  }

  /** All that was ever asked for. */
  get tried(): ReadonlySet<number> {
    return this.#tried;
  }

  /** An offset, or {@link NONE}, is asked for. */
  onTried(offset: number): void {
    this.#tried.add(offset);
  }

  onAcked(offset: number, since: Moment): void {
    this.#settled = { offset, since };
  }

  onUnknown(offset: number): void {
    this.#open.add(offset);
  }

  onTold(offset: number, since: Moment): void {
    const settled = this.#settled;
    const isLost = this.#mayBeLost(settled.since) || this.#mayBeLost(since);
    this.#findings.require(
      offset === settled.offset || this.#open.has(offset) || (isLost && this.#tried.has(offset)),
      "an offset is as it was last committed or deleted",
      () =>
        `${this.#label}: it was ${settled.offset}, perhaps ${[...this.#open].join(" or ")}, and is ${offset}`,
    );
  }
}
