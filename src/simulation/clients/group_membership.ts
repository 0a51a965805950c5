/** How a member gets its part of a topic: FindCoordinator, JoinGroup and SyncGroup, as a leader or not. */

import { ByteReader, ByteWriter } from "../../core/bytes.ts";
import { codecOf } from "../../protocol/codec.ts";
import { ErrorCode } from "../../protocol/error_codes.ts";
import { joinGroup } from "../../protocol/messages/11_join_group.ts";
import { syncGroup } from "../../protocol/messages/14_sync_group.ts";
import {
  consumerProtocolAssignment,
  consumerProtocolSubscription,
} from "../../protocol/records/consumer_protocol.ts";
import type { Decoded, Encodable, Message } from "../../protocol/schema.ts";
import type { KnownTopic } from "../model/topic_catalog.ts";
import type { ClientOptions } from "./client_context.ts";
import type { Session } from "./session.ts";

const SESSION_TIMEOUT_MS = 2500;
const REBALANCE_TIMEOUT_MS = 5000;
const PROTOCOL_TYPE = "consumer";
const PROTOCOL = "range";

/** Answers after which the coordinator has to be looked for again. */
const COORDINATOR_TROUBLE: ReadonlySet<number> = new Set([
  ErrorCode.NOT_COORDINATOR,
  ErrorCode.COORDINATOR_NOT_AVAILABLE,
  ErrorCode.COORDINATOR_LOAD_IN_PROGRESS,
]);

type Joined = Decoded<typeof joinGroup["response"]>;

export class GroupMembership {
  readonly groupId: string;
  memberId = "";
  generation = -1;
  /** Whether this member has its part, as far as it knows. */
  isStable = false;
  readonly #options: ClientOptions;
  readonly #session: Session;
  readonly #topic: KnownTopic;

  constructor(
    options: ClientOptions,
    session: Session,
    group: { readonly groupId: string; readonly topic: KnownTopic },
  ) {
    this.#options = options;
    this.#session = session;
    this.groupId = group.groupId;
    this.#topic = group.topic;
  }

  /** Joins; resolves with the partitions of this member, or with null when that has to be tried again. */
  async join(): Promise<number[] | null> {
    const response = await this.#session.sendToCoordinator(this.groupId, joinGroup, {
      groupId: this.groupId,
      sessionTimeoutMs: SESSION_TIMEOUT_MS,
      rebalanceTimeoutMs: REBALANCE_TIMEOUT_MS,
      memberId: this.memberId,
      protocolType: PROTOCOL_TYPE,
      protocols: [{
        name: PROTOCOL,
        metadata: encode(consumerProtocolSubscription, { topics: [this.#topic.name] }),
      }],
    }, { timeoutMs: REBALANCE_TIMEOUT_MS + 3000 });
    if (response === null) return null;
    if (response.errorCode === ErrorCode.MEMBER_ID_REQUIRED) {
      this.memberId = response.memberId;
      return null;
    }
    if (response.errorCode !== ErrorCode.NONE) {
      this.onError(response.errorCode);
      return null;
    }
    this.memberId = response.memberId;
    this.generation = response.generationId;
    return await this.#sync(response);
  }

  async #sync(joined: Joined): Promise<number[] | null> {
    const { context, name } = this.#options;
    const assignments = joined.leader === this.memberId ? this.#assign(joined) : [];
    const response = await this.#session.sendToCoordinator(this.groupId, syncGroup, {
      groupId: this.groupId,
      generationId: this.generation,
      memberId: this.memberId,
      protocolType: PROTOCOL_TYPE,
      protocolName: PROTOCOL,
      assignments,
    }, { timeoutMs: REBALANCE_TIMEOUT_MS + 3000 });
    if (response === null) return null;
    if (response.errorCode !== ErrorCode.NONE) {
      this.onError(response.errorCode);
      return null;
    }
    const partitions = response.assignment.length === 0
      ? []
      : decode(consumerProtocolAssignment, response.assignment).assignedPartitions[0]?.partitions ?? [];
    context.note(name, "joined", this.generation, partitions.join(","));
    context.assignments.onAssigned(this, partitions);
    this.isStable = true;
    return partitions;
  }

  #assign({ members }: Joined): { memberId: string; assignment: Uint8Array }[] {
    const ids = members.map(({ memberId }) => memberId).sort();
    return ids.map((memberId, index) => {
      const partitions: number[] = [];
      for (let each = index; each < this.#topic.partitions; each += ids.length) partitions.push(each);
      const assignedPartitions = [{ topic: this.#topic.name, partitions }];
      return { memberId, assignment: encode(consumerProtocolAssignment, { assignedPartitions }) };
    });
  }

  /** What an error code of the coordinator means for the membership. */
  onError(errorCode: number): void {
    if (errorCode === ErrorCode.NONE) return;
    this.#options.context.note(this.#options.name, "group error", errorCode);
    this.isStable = false;
    if (errorCode === ErrorCode.UNKNOWN_MEMBER_ID) this.memberId = "";
    if (COORDINATOR_TROUBLE.has(errorCode)) this.#session.forgetCoordinator();
  }

  /** The member is not part of the group any more. */
  lose(): void {
    this.isStable = false;
    this.memberId = "";
  }
}

const VERSION = 0;

function encode<M extends Message>(message: M, body: Encodable<M>): Uint8Array {
  const writer = new ByteWriter(128);
  writer.writeInt16(VERSION);
  codecOf(message, VERSION).encode(writer, body);
  return writer.toBytes();
}

function decode<M extends Message>(message: M, bytes: Uint8Array): Decoded<M> {
  const reader = new ByteReader(bytes);
  reader.readInt16();
  return codecOf(message, VERSION).decode(reader);
}
