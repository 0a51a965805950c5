/**
 * Tells clients that asked the wrong broker who leads, so that they need not ask for metadata first (KIP-951: Produce
 * v10+, Fetch v16+).
 */

import type { NodeId, Uuid } from "../core/ids.ts";
import { ErrorCode } from "../protocol/error_codes.ts";
import type { RequestContext } from "../server/registry.ts";
import type { BrokerContext } from "./context.ts";
import { brokerAddress } from "./handlers/03_metadata.ts";

/** A leader, and since which epoch. */
export interface CurrentLeader {
  readonly leaderId: number;
  readonly leaderEpoch: number;
}

/** Where a leader is. */
interface NodeEndpoint {
  readonly nodeId: number;
  readonly host: string;
  readonly port: number;
  readonly rack: string | null;
}

/** The leaders that one response tells of. */
export class CurrentLeaders {
  readonly #broker: BrokerContext;
  readonly #context: RequestContext;
  /** Made when there is somebody to tell of: most answers need none. */
  #told: Set<NodeId> | null = null;

  constructor(broker: BrokerContext, context: RequestContext) {
    this.#broker = broker;
    this.#context = context;
  }

  /** Who leads a partition that was refused with `errorCode`; undefined when that is not what was wrong. */
  of(
    place: { topic: string; topicId: Uuid | string; index: number },
    errorCode: number,
  ): CurrentLeader | undefined {
    if (errorCode !== ErrorCode.NOT_LEADER_OR_FOLLOWER && errorCode !== ErrorCode.FENCED_LEADER_EPOCH) {
      return undefined;
    }
    const { metadata } = this.#broker;
    const topic = metadata.topic(place.topic) ?? metadata.topicById(place.topicId as Uuid);
    const partition = topic?.partitions[place.index];
    if (partition === undefined || partition.leader < 0) return undefined;
    (this.#told ??= new Set()).add(partition.leader);
    return { leaderId: partition.leader, leaderEpoch: partition.leaderEpoch };
  }

  /** Where all of those are that were told of. */
  endpoints(): NodeEndpoint[] {
    if (this.#told === null) return [];
    const { brokers } = this.#broker.metadata.image;
    return [...this.#told].filter((id) => brokers.get(id)?.fenced === false).map((nodeId) => {
      const { host, port } = brokerAddress(this.#broker, nodeId, this.#context);
      return { nodeId, host, port, rack: brokers.get(nodeId)?.rack ?? null };
    });
  }
}
