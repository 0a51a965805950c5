/**
 * How a partition may change: who leads, who is in sync, who is eligible to lead later. Pure: everything that alters
 * leadership, ISR or replicas goes through {@link PartitionChange}, so that the rules hold everywhere. KIP-497 (ISR
 * by the controller), KIP-704 (leader recovery state), KIP-966 (eligible leader replicas), KIP-455 (reassignment).
 */

import { NO_NODE, type NodeId, type Uuid } from "../core/ids.ts";
import { LOST_DIRECTORY } from "../metadata/directories.ts";
import { MetadataVersion } from "../metadata/features.ts";
import type { LeaderRecoveryState, PartitionImage } from "../metadata/image.ts";
import type { MetadataRecordDraft } from "../metadata/record_codec.ts";

/** Which replicas an election may choose. */
export type Election =
  /** Keeps a leader that may lead, otherwise elects one that has every acknowledged record. */
  | "online"
  /** The same, but prefers the first replica even over a leader that may lead. */
  | "preferred"
  /** Also one that may lack acknowledged records, when there is no other. */
  | "unclean";

/** What a change must know besides the partition. */
export interface PartitionContext {
  readonly topicId: Uuid;
  readonly partitionId: number;
  /** Whether a broker may lead: alive, not about to stop. */
  readonly isAcceptableLeader: (id: NodeId) => boolean;
  readonly metadataVersion: number;
  /** Whether eligible.leader.replicas.version is 1 or more. */
  readonly isElrEnabled: boolean;
  /** `min.insync.replicas` of the topic. */
  readonly minIsr: number;
  /** The log directory for a new replica on a broker. */
  readonly directoryFor: (id: NodeId) => Uuid;
}

/** What to change. What is left out stays, except where a rule demands otherwise. */
export interface PartitionTarget {
  readonly isr?: readonly NodeId[];
  readonly replicas?: readonly NodeId[];
  readonly adding?: readonly NodeId[];
  readonly removing?: readonly NodeId[];
  /** The directories of the replicas as they are now, in their order (KIP-858). */
  readonly directories?: readonly Uuid[];
  readonly election?: Election;
  readonly leaderRecoveryState?: LeaderRecoveryState;
  /** Replicas whose brokers stopped without flushing: they may lack acknowledged records (KIP-966). */
  readonly uncleanShutdown?: readonly NodeId[];
}

type ChangeDraft = Extract<MetadataRecordDraft, { type: "PartitionChangeRecord" }>;
type ChangeFields = { -readonly [K in keyof ChangeDraft["data"]]: ChangeDraft["data"][K] };

const RECOVERING = 1;

/** The record that brings `partition` to `target`, or null when nothing changes. */
export function partitionChange(
  partition: PartitionImage,
  target: PartitionTarget,
  context: PartitionContext,
): ChangeDraft | null {
  return new PartitionChange(partition, target, context).build();
}

class PartitionChange {
  readonly #before: PartitionImage;
  readonly #target: PartitionTarget;
  readonly #context: PartitionContext;
  #isr: readonly NodeId[];
  #replicas: readonly NodeId[];
  #adding: readonly NodeId[];
  #removing: readonly NodeId[];
  #elr: readonly NodeId[];

  constructor(before: PartitionImage, target: PartitionTarget, context: PartitionContext) {
    this.#before = before;
    this.#target = target;
    this.#context = context;
    this.#isr = target.isr ?? before.isr;
    this.#replicas = target.replicas ?? before.replicas;
    this.#adding = target.adding ?? before.addingReplicas;
    this.#removing = target.removing ?? before.removingReplicas;
    this.#elr = context.isElrEnabled ? before.elr : [];
  }

  build(): ChangeDraft | null {
    const { topicId, partitionId } = this.#context;
    const record: ChangeFields = { topicId, partitionId };
    this.#completeReassignment();
    this.#trackElr();
    this.#elect(record);
    this.#setIsr(record);
    this.#bumpEpochOfChangedReplicas(record);
    this.#setElr(record);
    this.#setAssignment(record);
    const state = this.#target.leaderRecoveryState;
    if (state !== undefined && state !== this.#before.leaderRecoveryState) record.leaderRecoveryState = state;
    // The two ids are always there.
    return Object.keys(record).length > 2 ? { type: "PartitionChangeRecord", data: record } : null;
  }

  /**
   * Once the added replicas are in sync the removed ones go (KIP-455). When more go than come, all that stay must be
   * in sync: there is nobody else to rely on.
   */
  #completeReassignment(): void {
    if (this.#adding.length === 0 && this.#removing.length === 0) return;
    const replicas = without(this.#replicas, this.#removing);
    const isr = without(this.#isr, this.#removing);
    const awaited = this.#adding.length < this.#removing.length ? replicas : this.#adding;
    if (replicas.length === 0 || isr.length === 0 || !awaited.every((id) => isr.includes(id))) return;
    this.#replicas = replicas;
    this.#isr = isr;
    this.#adding = [];
    this.#removing = [];
  }

  /** Who leaves an ISR that falls below min.insync.replicas has all that was acknowledged, and may lead (KIP-966). */
  #trackElr(): void {
    if (!this.#context.isElrEnabled) return;
    if (this.#isr.length >= Math.min(this.#context.minIsr, this.#replicas.length)) {
      this.#elr = [];
      return;
    }
    const unclean = this.#target.uncleanShutdown ?? [];
    const candidates = [...new Set([...this.#elr, ...this.#before.isr])].sort((a, b) => a - b);
    this.#elr = candidates.filter((id) =>
      this.#replicas.includes(id) && !this.#isr.includes(id) && !unclean.includes(id)
    );
  }

  #elect(record: ChangeFields): void {
    const { leader, isUnclean } = this.#chooseLeader();
    if (leader !== this.#before.leader || isUnclean) record.leader = leader;
    if (isUnclean) {
      // The others may have records that the new leader lacks: they must truncate before they count.
      this.#isr = [leader];
      this.#elr = [];
      record.isr = this.#isr;
      if (this.#before.leaderRecoveryState !== RECOVERING) record.leaderRecoveryState = RECOVERING;
    } else if (leader !== NO_NODE && !this.#isr.includes(leader)) {
      this.#isr = [leader];
      this.#elr = without(this.#elr, [leader]);
    }
  }

  /** First who is in sync, then who is eligible, each beginning with the current leader; then the last resorts. */
  #chooseLeader(): { readonly leader: NodeId; readonly isUnclean: boolean } {
    const { isAcceptableLeader } = this.#context;
    const election = this.#target.election ?? "online";
    const candidates = [this.#before.leader, ...this.#replicas].filter(isAcceptableLeader);
    const preferred = this.#replicas[0]!;
    if (election === "preferred" && this.#isr.includes(preferred) && isAcceptableLeader(preferred)) {
      return { leader: preferred, isUnclean: false };
    }
    const clean = candidates.find((id) => this.#isr.includes(id)) ??
      candidates.find((id) => this.#elr.includes(id));
    if (clean !== undefined) return { leader: clean, isUnclean: false };
    const lastKnown = this.#lastKnownLeader();
    if (lastKnown !== undefined) return { leader: lastKnown, isUnclean: true };
    const any = election === "unclean" ? candidates[0] : undefined;
    return any === undefined ? { leader: NO_NODE, isUnclean: false } : { leader: any, isUnclean: true };
  }

  /** When nobody is left who surely has everything, the last leader is the best there is (KIP-966). */
  #lastKnownLeader(): NodeId | undefined {
    const [only, ...more] = this.#before.lastKnownElr;
    if (!this.#context.isElrEnabled || only === undefined || more.length > 0) return undefined;
    const nobodyElse = this.#isr.length === 0 && this.#elr.length === 0;
    const mayLead = this.#replicas.includes(only) && this.#context.isAcceptableLeader(only);
    return nobodyElse && mayLead ? only : undefined;
  }

  #setIsr(record: ChangeFields): void {
    // Without ELR the last member stays in the ISR of a leaderless partition: who it was must not be forgotten.
    if (this.#isr.length === 0 && !this.#context.isElrEnabled) return;
    if (!isSameList(this.#isr, this.#before.isr)) record.isr = this.#isr;
  }

  /**
   * A leader must learn of replicas that left, and clients with it (KIP-455); of a smaller ISR before 3.6 too. And
   * what it knows of a replica whose log was lost must not make that count for what it had.
   */
  #bumpEpochOfChangedReplicas(record: ChangeFields): void {
    if (record.leader !== undefined) return;
    const { directories } = this.#target;
    const lostLog = directories?.some((id, at) =>
      id === LOST_DIRECTORY && this.#before.directories[at] !== LOST_DIRECTORY
    );
    const lostReplica = !this.#before.replicas.every((id) => this.#replicas.includes(id));
    const lostIsr = this.#context.metadataVersion < MetadataVersion.V3_6_IV0 &&
      record.isr !== undefined && !this.#before.isr.every((id) => this.#isr.includes(id));
    if (lostReplica || lostIsr || lostLog === true) record.leader = this.#before.leader;
  }

  #setElr(record: ChangeFields): void {
    const before = this.#before;
    if (!isSameList(this.#elr, before.elr)) record.eligibleLeaderReplicas = this.#elr;
    const lastKnown = this.#lastKnownElr(record);
    if (!isSameList(lastKnown, before.lastKnownElr)) record.lastKnownElr = lastKnown;
  }

  /**
   * The leader is remembered when nobody stays in sync, and forgotten when there is a leader. Without a leader it is
   * the last one in sync who is remembered; Kafka remembers nobody then, and after the power of all machines was cut
   * only an operator can bring the partition back.
   */
  #lastKnownElr(record: ChangeFields): readonly NodeId[] {
    const before = this.#before;
    if (!this.#context.isElrEnabled || (record.leader ?? before.leader) !== NO_NODE) return [];
    if (record.isr?.length === 0) {
      const last = before.leader === NO_NODE ? before.isr[0] : before.leader;
      if (last !== undefined) return [last];
    }
    return before.lastKnownElr;
  }

  #setAssignment(record: ChangeFields): void {
    const before = this.#before;
    if (!isSameList(this.#adding, before.addingReplicas)) record.addingReplicas = this.#adding;
    if (!isSameList(this.#removing, before.removingReplicas)) record.removingReplicas = this.#removing;
    const isMoved = !isSameList(this.#replicas, before.replicas);
    if (isMoved) record.replicas = this.#replicas;
    if (this.#context.metadataVersion < MetadataVersion.V3_7_IV2) return;
    const now = this.#target.directories ?? before.directories;
    if (!isMoved && now.every((id, index) => id === before.directories[index])) return;
    const known = new Map(before.replicas.map((id, index) => [id, now[index]]));
    record.directories = this.#replicas.map((id) => known.get(id) ?? this.#context.directoryFor(id));
  }
}

function without(list: readonly NodeId[], gone: readonly NodeId[]): readonly NodeId[] {
  return gone.length === 0 ? list : list.filter((id) => !gone.includes(id));
}

function isSameList(a: readonly NodeId[], b: readonly NodeId[]): boolean {
  return a.length === b.length && a.every((id, index) => id === b[index]);
}
