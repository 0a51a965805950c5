/** Which member of a group was given which partition: in one generation nobody else may have it. */

import type { Findings } from "../findings.ts";

/** A member as it knows itself. */
export interface AssignedMember {
  readonly groupId: string;
  readonly generation: number;
  readonly memberId: string;
}

export class GroupAssignments {
  readonly #findings: Findings;
  readonly #isDurable: () => boolean;
  /** Members by group, generation and partition. */
  readonly #owners = new Map<string, string>();

  /** `isDurable` says whether generations that were told to members outlast whatever happens. */
  constructor(findings: Findings, isDurable: () => boolean) {
    this.#findings = findings;
    this.#isDurable = isDurable;
  }

  onAssigned({ groupId, generation, memberId }: AssignedMember, partitions: readonly number[]): void {
    for (const partition of partitions) {
      const key = `${groupId} ${generation} ${partition}`;
      const owner = this.#owners.get(key) ?? memberId;
      this.#owners.set(key, memberId);
      this.#findings.require(
        owner === memberId || !this.#isDurable(),
        "a partition has one reader in a generation",
        () => `${groupId}, generation ${generation}, partition ${partition}: ${owner} and ${memberId}`,
      );
    }
  }
}
