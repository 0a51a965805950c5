/**
 * Takes a node out of the cluster for good while things go wrong, as `sluice cluster remove` does: moves its replicas
 * away, stops it, removes it from the voters and from the brokers. What fails is tried again; a node that cannot be
 * emptied in time stays.
 */

import type { NodeId } from "../../core/ids.ts";
import type { PartitionImage } from "../../metadata/image.ts";
import { alterPartitionReassignments } from "../../protocol/messages/45_alter_partition_reassignments.ts";
import { unregisterBroker } from "../../protocol/messages/64_unregister_broker.ts";
import { removeRaftVoter } from "../../protocol/messages/81_remove_raft_voter.ts";
import type { SimNode } from "../sim_node.ts";
import type { ClientOptions } from "./client_context.ts";
import { Session } from "./session.ts";

const RETRY_MS = 400;

export class Leaving {
  readonly #options: ClientOptions;
  readonly #session: Session;
  readonly #node: SimNode;
  readonly #id: NodeId;

  constructor(options: ClientOptions, node: SimNode) {
    this.#options = options;
    this.#session = new Session(options);
    this.#node = node;
    this.#id = node.plan.id as NodeId;
  }

  async run(): Promise<void> {
    const { context, platform, prng } = this.#options;
    await platform.timers.sleep(prng.below(3000));
    this.#node.membership = "leaving";
    context.note(this.#options.name, "empties", this.#id);
    while (!this.#isEmpty()) {
      if (context.isOver) return this.#giveUp();
      await this.#moveAway();
      await platform.timers.sleep(RETRY_MS);
    }
    this.#node.membership = "left";
    context.note(this.#options.name, "stops", this.#id);
    if (this.#node.state === "up") this.#node.stop();
    else if (this.#node.state !== "down") this.#node.crash("process");
    while (!this.#isGone()) {
      await this.#strikeOut();
      await platform.timers.sleep(RETRY_MS);
    }
    context.note(this.#options.name, "has removed", this.#id);
    this.#session.close();
  }

  #giveUp(): void {
    this.#node.membership = "stays";
    this.#session.close();
  }

  /** Whether the node has no replica; nobody can say so while no controller is active. */
  #isEmpty(): boolean {
    return this.#options.context.cluster.controllersImage !== null && this.#held().length === 0;
  }

  /** The partitions that the node has a replica of, by topic. */
  #held(): { readonly name: string; readonly index: number; readonly state: PartitionImage }[] {
    const held: { name: string; index: number; state: PartitionImage }[] = [];
    const image = this.#options.context.cluster.controllersImage;
    for (const { name, partitions } of image?.topics.byName.values() ?? []) {
      partitions.forEach((state, index) => {
        if (state.replicas.includes(this.#id)) held.push({ name, index, state });
      });
    }
    return held;
  }

  async #moveAway(): Promise<void> {
    const { context, prng } = this.#options;
    const topics = this.#held().filter(({ state }) => !state.removingReplicas.includes(this.#id))
      .map(({ name, index, state }) => {
        const stay = state.replicas.filter((id) => id !== this.#id && !state.removingReplicas.includes(id));
        const others = context.cluster.brokers.map(({ plan }) => plan.id as NodeId)
          .filter((id) => id !== this.#id && !stay.includes(id));
        const replicas = stay.length < context.cluster.plan.replicationFactor && others.length > 0
          ? [...stay, prng.pick(others)]
          : stay;
        return { name, partitions: [{ partitionIndex: index, replicas }] };
      });
    if (topics.length > 0) await this.#session.send(alterPartitionReassignments, { timeoutMs: 3000, topics });
  }

  async #strikeOut(): Promise<void> {
    const { cluster } = this.#options.context;
    if (this.#node.state !== "down") return;
    if (!this.#isEmpty()) return await this.#moveAway();
    const voter = cluster.voters.find(({ id }) => id === this.#id);
    if (voter !== undefined) {
      const request = { clusterId: null, voterId: this.#id, voterDirectoryId: voter.directoryId };
      await this.#session.send(removeRaftVoter, request);
    } else await this.#session.send(unregisterBroker, { brokerId: this.#id });
  }

  #isGone(): boolean {
    const { cluster } = this.#options.context;
    const isVoter = cluster.voters.some(({ id }) => id === this.#id);
    return this.#node.state === "down" && !isVoter && cluster.newestImage?.brokers.has(this.#id) === false;
  }
}
