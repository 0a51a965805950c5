/** All nodes of a simulated cluster, and what has become of them so far. */

import { partitionForGroup } from "../../broker/groups/group_coordinator.ts";
import type { NodeId, Uuid } from "../../core/ids.ts";
import type { MetadataImage, PartitionImage } from "../../metadata/image.ts";
import type { Address } from "../../platform/network.ts";
import type { Moment } from "../model/partition_history.ts";
import type { Voter } from "../../raft/types.ts";
import type { Death } from "../life.ts";
import type { SimNode } from "../sim_node.ts";
import type { World } from "../world.ts";
import type { ClusterPlan } from "./cluster_plan.ts";

const OFFSETS_TOPIC = "__consumer_offsets";

/** What may get lost in a run. */
export interface Losses {
  /** Any number of nodes may lose at the same time what they have not flushed; if not, one may. */
  readonly together: boolean;
  /** Whole disks may be lost, one at a time. */
  readonly disks: boolean;
}

export class SimCluster {
  readonly plan: ClusterPlan;
  readonly nodes: readonly SimNode[];
  readonly loses: Losses;
  readonly #world: World;
  #newestImage: MetadataImage | null = null;

  constructor(world: World, plan: ClusterPlan, nodes: readonly SimNode[], losesDisks: boolean) {
    this.#world = world;
    this.plan = plan;
    this.nodes = nodes;
    this.loses = { together: plan.losesTogether, disks: losesDisks };
  }

  /** The brokers that stay. */
  get brokers(): SimNode[] {
    return this.nodes.filter(({ plan, membership }) =>
      plan.roles.includes("broker") && membership === "stays"
    );
  }

  /** The voters of the quorum, as its leader sees them, or anybody when nobody leads. */
  get voters(): readonly Voter[] {
    const running = this.nodes.flatMap(({ parts }) => parts === null ? [] : [parts.quorum]);
    return (running.find(({ leadership }) => leadership.isActive) ?? running[0])?.voters ?? [];
  }

  get addresses(): Address[] {
    return this.brokers.map(({ address }) => address);
  }

  /** Whether clients must get on when any one of the nodes is gone. */
  get mayLack(): boolean {
    const voters = this.staying.filter(({ plan }) => plan.roles.includes("controller"));
    return this.brokers.length >= 3 && voters.length >= 3;
  }

  /** The nodes that have not left. */
  get staying(): SimNode[] {
    return this.nodes.filter(({ membership }) => membership !== "left");
  }

  /** Whether the last node may leave: enough brokers stay, and it is no voter that is named for good. */
  get mayShrink(): boolean {
    const { plan, brokers } = this;
    const last = plan.nodes.at(-1)!;
    const isVoter = last.roles.includes("controller");
    return brokers.length > 3 && (!isVoter || plan.quorum === "joined");
  }

  get areUp(): boolean {
    return this.staying.every(({ state, starts }) => state === "up" || starts === 0);
  }

  get areDown(): boolean {
    return this.nodes.every(({ state }) => state === "down");
  }

  /** How often processes were started. */
  get starts(): number {
    return this.nodes.reduce((sum, { starts }) => sum + starts, 0);
  }

  /** How often what promises depend on has happened until now. */
  now(): Moment {
    const { powerCuts, ends, scheduler: { nowUs } } = this.#world;
    return { powerCuts, ends, nowUs };
  }

  /**
   * The newest metadata that any node has acted on, null before the first. Those who run now may all be behind: what
   * is committed stays so when everybody ends who knew of it.
   */
  get newestImage(): MetadataImage | null {
    for (const { image } of this.nodes) {
      if (image !== null && image.offset > (this.#newestImage?.offset ?? -1)) this.#newestImage = image;
    }
    return this.#newestImage;
  }

  /** A partition as the newest metadata have it. */
  partition(topicId: string, index: number): PartitionImage | undefined {
    return this.newestImage?.topics.byId.get(topicId as Uuid)?.partitions[index];
  }

  /** The metadata as the active controller knows them; null while there is none. */
  get controllersImage(): MetadataImage | null {
    const active = this.nodes.find(({ parts }) => parts?.quorum.leadership.isActive === true);
    return active?.image ?? null;
  }

  /** Whether a node coordinates a group, as far as anybody knows who acts on it. */
  isCoordinator(id: number, groupId: string): boolean {
    const topic = this.newestImage?.topics.byName.get(OFFSETS_TOPIC);
    if (topic === undefined) return false;
    return topic.partitions[partitionForGroup(groupId, topic.partitions.length)]?.leader === id;
  }

  /**
   * Whether a node may end now in a way that loses what it has not flushed, or just ends its process. The controller
   * cannot tell one from the other: whoever comes back without having stopped is in sync no more, and the last one to
   * come back leads. So until a node whose data are gone has said that it is back, no other may end, and none may lose
   * its data as well before that node is in sync again.
   */
  mayEnd(node: SimNode, how: Death): boolean {
    if (!this.#standsRot(node, how)) return false;
    if (this.loses.together) return true;
    if (how === "process" && this.#isLastResort(node)) return false;
    for (const each of this.staying) {
      if (each === node) continue;
      this.hasRecovered(each);
      const isAtRisk = how === "power"
        ? each.unclean !== null || each.machine.hasDiskTrouble
        : each.unclean === "power" && !this.isRegistered(each);
      if (isAtRisk) return false;
    }
    return true;
  }

  /**
   * Whether a partition without a leader waits for this node alone. Did it come back uncleanly, its place in the ELR
   * would be gone, and the last leader would be elected, whatever that has lost (KIP-966).
   */
  #isLastResort({ plan }: SimNode): boolean {
    for (const { partitions } of this.newestImage?.topics.byName.values() ?? []) {
      for (const { isr, elr, lastKnownElr } of partitions) {
        const waits = isr.length === 0 && elr.some((id) => id === plan.id);
        if (waits && !lastKnownElr.some((id) => id === plan.id)) return true;
      }
    }
    return false;
  }

  /**
   * A node whose disk is bad loses what lies behind a flipped bit when it recovers, and no other may lose anything as
   * well: it ends only while all others have everything.
   */
  #standsRot(node: SimNode, how: Death): boolean {
    const rotten = this.nodes.find(({ machine }) => machine.isRotten);
    if (rotten === undefined) return true;
    if (node !== rotten) return how === "process" && this.#isInSync(rotten);
    return this.isWhole && this.staying.every((each) => each === node || this.hasRecovered(each));
  }

  /** Whether the controllers know the process of a node that runs now. */
  isRegistered(node: SimNode): boolean {
    if (!node.plan.roles.includes("broker")) return true;
    const registered = this.newestImage?.brokers.get(node.plan.id as NodeId);
    return registered !== undefined && registered.epoch === node.brokerEpoch;
  }

  /** Whether a node has all it should have, however it ended the last time. */
  hasRecovered(node: SimNode): boolean {
    if (node.unclean !== null && this.#isInSync(node)) node.unclean = null;
    return node.unclean === null;
  }

  /** Whether a node leads or follows in sync every partition that it has a replica of. */
  #isInSync(node: SimNode): boolean {
    const image = this.newestImage;
    const { id } = node.plan;
    if (image === null || node.state !== "up") return false;
    if (!node.plan.roles.includes("broker")) return true;
    if (!this.isRegistered(node) || image.brokers.get(id as NodeId)?.fenced !== false) return false;
    for (const topic of image.topics.byName.values()) {
      for (const { replicas, isr } of topic.partitions) {
        if (replicas.some((each) => each === id) && !isr.some((each) => each === id)) return false;
      }
    }
    return true;
  }

  /** What each node is doing, for findings. */
  get states(): string {
    return this.nodes.map(({ machine, state }) => `${machine.host} ${state}`).join(", ");
  }

  /**
   * The controllers that do not vote. Who lost its disk is another voter (KIP-853): its old self is taken out of the
   * voters before it joins them anew, and until then there is one voter less, of whom none may be missing.
   */
  get observers(): string[] {
    const controllers = this.staying.filter(({ plan }) => plan.roles.includes("controller"));
    return controllers.filter(({ parts }) => parts === null || parts.quorum.role === "observer")
      .map(({ machine }) => machine.host);
  }

  /** Which partitions are not whole, for findings. */
  get lagging(): string {
    const found: string[] = [];
    for (const { name, partitions } of this.newestImage?.topics.byName.values() ?? []) {
      partitions.forEach(({ replicas, isr, leader, addingReplicas, removingReplicas }, index) => {
        const isMoving = addingReplicas.length + removingReplicas.length > 0;
        if (leader >= 0 && !isMoving && replicas.every((id) => isr.includes(id))) return;
        const moves = isMoving
          ? `, adding ${addingReplicas.join(",")}, removing ${removingReplicas.join(",")}`
          : "";
        found.push(
          `${name}-${index}: leader ${leader}, in sync ${isr.join(",")} of ${replicas.join(",")}${moves}`,
        );
      });
    }
    return found.join("; ");
  }

  /** Whether every partition has all its replicas in sync, and a leader. */
  get isWhole(): boolean {
    return this.newestImage !== null && this.lagging === "";
  }
}
