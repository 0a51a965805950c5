/** What the leader of a group does for it: assigns partitions, and watches whether topics get more of them. */

import { messageOf } from "../../core/errors.ts";
import type { Cluster } from "../cluster.ts";
import type { Assignments, Assignor, AssignorMember } from "./assignors/assignor.ts";

export class Leader {
  readonly #cluster: Cluster;
  /** The topics of all members and how many partitions they had at the last assignment. */
  #counts: ReadonlyMap<string, number> = new Map();

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** Asks what partitions there are and hands them out. */
  async assign(assignor: Assignor, members: readonly AssignorMember[]): Promise<Assignments> {
    const topics = new Set(members.flatMap(({ subscription }) => [...subscription.topics]));
    this.#counts = await this.#count(topics);
    const existing = new Map([...this.#counts].filter(([, count]) => count > 0));
    return assignor.assign(existing, members);
  }

  /** Why partitions must be assigned anew, or null. Never rejects: a cluster that does not answer has no news. */
  async whatChanged(): Promise<string | null> {
    try {
      const now = await this.#count(this.#counts.keys());
      for (const [topic, count] of now) {
        const before = this.#counts.get(topic);
        if (before !== count) return `topic "${topic}" has ${count} partitions instead of ${before}`;
      }
    } catch (error) {
      this.#cluster.options.logger.debug("could not look for new partitions", { reason: messageOf(error) });
    }
    return null;
  }

  /** The number of partitions of each topic; 0 for those that do not exist. */
  async #count(topics: Iterable<string>): Promise<ReadonlyMap<string, number>> {
    const names = [...topics];
    if (names.length === 0) return new Map();
    await this.#cluster.refresh(names);
    return new Map(names.map((name) => [name, this.#cluster.known(name)?.partitions.length ?? 0]));
  }
}
