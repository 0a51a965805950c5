/** Lists, describes and deletes groups, and sets their positions. KIP-88, KIP-222, KIP-229, KIP-518, KIP-848. */

import { DecodeError } from "../../core/errors.ts";
import { ErrorCode } from "../../protocol/error_codes.ts";
import { describeGroups as describeGroupsApi } from "../../protocol/messages/15_describe_groups.ts";
import { listGroups as listGroupsApi } from "../../protocol/messages/16_list_groups.ts";
import { deleteGroups as deleteGroupsApi } from "../../protocol/messages/42_delete_groups.ts";
import type { Decoded } from "../../protocol/schema.ts";
import type { Outcome } from "../admin/call.ts";
import { backoffMs } from "../backoff.ts";
import type { Cluster } from "../cluster.ts";
import { BrokerError, isConnectionError } from "../errors.ts";
import {
  CONSUMER_PROTOCOL,
  decodeAssignment,
  NO_GENERATION,
  type TopicPartitions,
} from "./consumer_protocol.ts";
import { CoordinatorClient } from "./coordinator_client.ts";
import {
  commitOffsets,
  type CommitResult,
  type CommittedOffset,
  fetchOffsets,
  type OffsetToCommit,
} from "./group_offsets.ts";

/** A group in a list. */
export interface GroupListing {
  readonly groupId: string;
  readonly state: string;
  /** "classic", "consumer" (KIP-848) and others; empty when an old broker does not say. */
  readonly type: string;
  readonly protocolType: string;
  /** The broker that coordinates it. */
  readonly coordinator: number;
}

export interface GroupMember {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  readonly host: string;
  /** Null when the group is not one of consumers, or its leader wrote something else. */
  readonly assigned: TopicPartitions | null;
}

export interface GroupDescription {
  readonly groupId: string;
  /** "Dead" when there is no such group. */
  readonly state: string;
  readonly protocolType: string;
  /** The assignor in force; empty while the group is not stable. */
  readonly protocol: string;
  readonly coordinator: number;
  readonly members: readonly GroupMember[];
}

/** The state of groups that do not exist. */
export const DEAD = "Dead";

const BACKOFF = { firstMs: 20, maxMs: 500 };

export interface ListGroupsOptions {
  /** Only groups in one of these states. */
  readonly states?: readonly string[];
  /** Is told of brokers that do not answer; without it, one of them is an error. */
  readonly onUnreachable?: (brokerId: number) => void;
}

/** The groups of all brokers, in the order of their names. */
export async function listGroups(
  cluster: Cluster,
  options: ListGroupsOptions = {},
): Promise<GroupListing[]> {
  await cluster.refresh([]);
  const states = options.states ?? [];
  const { onUnreachable } = options;
  const found = await Promise.all([...cluster.brokers.keys()].map(async (id) => {
    try {
      return await listAt(cluster, id, states);
    } catch (error) {
      if (onUnreachable === undefined || !isConnectionError(error)) throw error;
      onUnreachable(id);
      return [];
    }
  }));
  // Brokers before KIP-518 do not filter.
  const wanted = new Set(states.map((state) => state.toLowerCase()));
  return found.flat()
    .filter(({ state }) => wanted.size === 0 || state === "" || wanted.has(state.toLowerCase()))
    .sort((a, b) => a.groupId < b.groupId ? -1 : 1);
}

async function listAt(
  cluster: Cluster,
  brokerId: number,
  states: readonly string[],
): Promise<GroupListing[]> {
  const { clock, timers, random, requestTimeoutMs } = cluster.options;
  const deadlineMs = clock.monotonicMs() + requestTimeoutMs;
  for (let attempt = 1;; attempt++) {
    const { errorCode, groups } = await cluster.send(brokerId, listGroupsApi, {
      statesFilter: [...states],
      typesFilter: [],
    });
    if (errorCode === ErrorCode.NONE) {
      return groups.map(({ groupId, protocolType, groupState, groupType }) => ({
        groupId,
        protocolType,
        state: groupState,
        type: groupType,
        coordinator: brokerId,
      }));
    }
    const refusal = new BrokerError(`list the groups of broker ${brokerId}`, errorCode);
    const waitMs = backoffMs(attempt, BACKOFF, random);
    if (!refusal.retriable || clock.monotonicMs() + waitMs > deadlineMs) throw refusal;
    await timers.sleep(waitMs);
  }
}

/** One group, for whoever looks at it or changes its positions. */
export class GroupAdmin {
  readonly #cluster: Cluster;
  readonly #groupId: string;
  readonly #coordinator: CoordinatorClient;

  constructor(cluster: Cluster, groupId: string) {
    this.#cluster = cluster;
    this.#groupId = groupId;
    this.#coordinator = new CoordinatorClient(cluster, groupId, { shared: true });
  }

  /** Throws {@link BrokerError} when the coordinator does not tell. */
  async describe(): Promise<GroupDescription> {
    const { groups } = await this.#coordinator.ask(describeGroupsApi, { groups: [this.#groupId] }, {
      ...this.#asking,
      errorOf: (response) => response.groups[0]?.errorCode ?? ErrorCode.NONE,
    });
    const group = groups[0]!;
    const { errorCode, errorMessage } = group;
    if (errorCode !== ErrorCode.NONE && errorCode !== ErrorCode.GROUP_ID_NOT_FOUND) {
      throw new BrokerError(`describe group "${this.#groupId}"`, errorCode, errorMessage);
    }
    const { groupId, groupState, protocolType, protocolData, members } = group;
    return {
      groupId,
      state: errorCode === ErrorCode.GROUP_ID_NOT_FOUND ? DEAD : groupState,
      protocolType,
      protocol: protocolData,
      coordinator: this.#coordinator.nodeId,
      members: members.map((member) => memberOf(member, protocolType)),
    };
  }

  /** Everything that the group has committed. */
  committed(): Promise<CommittedOffset[]> {
    return fetchOffsets(this.#cluster, this.#coordinator, this.#groupId, null, this.#asking);
  }

  /** Sets positions of a group without members; with members, all of them are refused with UNKNOWN_MEMBER_ID. */
  commit(offsets: readonly OffsetToCommit[]): Promise<CommitResult[]> {
    const nobody = {
      groupId: this.#groupId,
      memberId: "",
      generationId: NO_GENERATION,
      groupInstanceId: null,
    };
    return commitOffsets(this.#coordinator, nobody, offsets, this.#asking);
  }

  /** Deletes the group and its positions; it must not have members. */
  async delete(): Promise<Outcome> {
    const { results } = await this.#coordinator.ask(deleteGroupsApi, { groupsNames: [this.#groupId] }, {
      ...this.#asking,
      errorOf: (response) => response.results[0]?.errorCode ?? ErrorCode.NONE,
    });
    const errorCode = results[0]?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR;
    return { name: this.#groupId, errorCode, errorMessage: null };
  }

  get #asking() {
    return { lane: "offsets", timeoutMs: this.#cluster.options.requestTimeoutMs } as const;
  }
}

function memberOf(
  member: Decoded<typeof describeGroupsApi.response>["groups"][number]["members"][number],
  protocolType: string,
): GroupMember {
  const { memberId, groupInstanceId, clientId, clientHost, memberAssignment } = member;
  return {
    memberId,
    groupInstanceId,
    clientId,
    host: clientHost.replace(/^\//, ""),
    assigned: protocolType === CONSUMER_PROTOCOL ? readAssignment(memberAssignment) : null,
  };
}

function readAssignment(bytes: Uint8Array): TopicPartitions | null {
  try {
    return decodeAssignment(bytes);
  } catch (error) {
    if (error instanceof DecodeError) return null;
    throw error;
  }
}
