/**
 * Moves replicas so that every broker has its share (`rebalance.mode`): to a broker that has joined, away from one
 * that was unregistered. It waits until the brokers have been the same for a while, plans once, and keeps so many
 * moves under way; each is an ordinary reassignment (KIP-455) that shows in ListPartitionReassignments and can be
 * cancelled. What is planned is in planBalance, which `sluice cluster balance --plan` shows.
 */

import { addedReplicas, type PartitionMove, planBalance } from "../../client/admin/balance_plan.ts";
import type { NodeId } from "../../core/ids.ts";
import type { MetadataChange } from "../../metadata/change.ts";
import { brokerConfigs, type MetadataImage } from "../../metadata/image.ts";
import type { MetadataRecordDraft } from "../../metadata/record_codec.ts";
import { ClusterView } from "../cluster_view.ts";
import type { ControllerContext, PlanPoint } from "../context.ts";
import { isReassigning } from "../reassignment.ts";
import { balanceInput, mayReceive, moveRecord } from "./balance_view.ts";
import type { UpkeepTask } from "./task.ts";

/** How often `rebalance.mode` always looks. */
const CHECK_MS = 300_000;
/** How soon after a move is done the next one begins. */
const NEXT_MS = 100;
/** Moves that only change the order of replicas copy nothing: so many at a time. */
const MAX_REORDERED = 1_000;

export class Rebalancer implements UpkeepTask {
  readonly #controller: ControllerContext;
  /** Something has happened that calls for a plan. */
  #isWanted = false;
  /** What is left of the plan; null when there is none. */
  #plan: PartitionMove[] | null = null;

  constructor(controller: ControllerContext) {
    this.#controller = controller;
  }

  get firstMs(): number {
    return this.#controller.config.get("rebalance.delay.ms");
  }

  intervalMs(): number {
    return this.#mode(this.#controller.quorum.image) === "always" ? CHECK_MS : Infinity;
  }

  onChange(change: MetadataChange, image: MetadataImage, before: MetadataImage): number | null {
    if (this.#mode(image) === "off") return null;
    for (const id of change.brokers) {
      if (hasJoinedOrGone(id, image, before)) this.#isWanted = true;
    }
    if (change.brokers.size > 0 && (this.#isWanted || this.#plan !== null)) {
      // Whatever was planned was for other brokers.
      if (this.#plan !== null) this.#isWanted = true;
      this.#plan = null;
      return this.firstMs;
    }
    return this.#plan !== null && hasFinishedMove(change) ? NEXT_MS : null;
  }

  async run(): Promise<number | null> {
    const { logger } = this.#controller;
    const mode = this.#mode(this.#controller.quorum.image);
    if (mode === "off") this.#plan = null;
    if (mode === "off" || (mode === "join" && this.#plan === null && !this.#hasReason())) return null;
    await this.#controller.write((at) => {
      if (this.#plan === null) {
        const plan = planBalance(balanceInput(at.view, this.#listener));
        this.#plan = [...plan];
        const copies = plan.flatMap(addedReplicas).length;
        if (plan.length > 0) logger.info("evening out the brokers", { partitions: plan.length, copies });
      }
      this.#isWanted = false;
      return { records: this.#nextMoves(at, this.#plan), result: null };
    });
    const isDone = this.#plan !== null && this.#plan.length === 0;
    if (isDone) this.#plan = null;
    return null;
  }

  /** Begins as many moves of the plan as may be under way. */
  #nextMoves({ view, image }: PlanPoint, plan: PartitionMove[]): MetadataRecordDraft[] {
    let free = this.#controller.config.get("rebalance.max.concurrent.moves") - reassigningIn(image);
    const records: MetadataRecordDraft[] = [];
    const later: PartitionMove[] = [];
    for (const move of plan.splice(0)) {
      const copies = addedReplicas(move).length > 0;
      if ((copies && free <= 0) || records.length >= MAX_REORDERED) {
        later.push(move);
        continue;
      }
      const record = moveRecord(view, move);
      if (record === null) continue;
      records.push(record);
      if (copies) free--;
    }
    plan.push(...later);
    return records;
  }

  /** A broker has joined or gone, or one is there that has nothing: perhaps it joined just before this controller led. */
  #hasReason(): boolean {
    if (this.#isWanted) return true;
    const { image } = this.#controller.quorum;
    const view = new ClusterView(image, this.#controller.config);
    const used = new Set<NodeId>();
    let count = 0;
    for (const topic of image.topics.byId.values()) {
      for (const { replicas } of topic.partitions) for (const id of replicas) used.add(id);
      count += topic.partitions.length;
    }
    const able = [...image.brokers.values()].filter((broker) => mayReceive(view, broker));
    return count >= image.brokers.size && able.some(({ id }) => !used.has(id));
  }

  get #listener(): string | null {
    return this.#controller.config.get("inter.broker.listener.name");
  }

  #mode(image: MetadataImage): string {
    return brokerConfigs(image).get("rebalance.mode") ?? this.#controller.config.get("rebalance.mode");
  }
}

/** A broker that was never there before is unfenced, one that has nothing comes back, or one is unregistered. */
function hasJoinedOrGone(id: NodeId, image: MetadataImage, before: MetadataImage): boolean {
  const [old, now] = [before.brokers.get(id), image.brokers.get(id)];
  if (now === undefined) return old !== undefined;
  return !now.fenced && (old?.fenced ?? true) && !hasReplicas(image, id);
}

function hasReplicas(image: MetadataImage, id: NodeId): boolean {
  for (const topic of image.topics.byId.values()) {
    if (topic.partitions.some(({ replicas }) => replicas.includes(id))) return true;
  }
  return false;
}

function hasFinishedMove({ topics }: MetadataChange): boolean {
  return [...topics.values()].some(({ before, after, partitions }) =>
    partitions.some((index) => {
      const [old, now] = [before?.partitions[index], after?.partitions[index]];
      return old !== undefined && isReassigning(old) && (now === undefined || !isReassigning(now));
    })
  );
}

function reassigningIn(image: MetadataImage): number {
  let count = 0;
  for (const topic of image.topics.byId.values()) {
    for (const partition of topic.partitions) if (isReassigning(partition)) count++;
  }
  return count;
}
