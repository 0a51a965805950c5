/**
 * What members of a group tell each other through the coordinator, as bytes: an int16 version, then the message
 * (protocol type "consumer"; KIP-429, KIP-792, KIP-881). Members of one group may be clients of several languages,
 * so decoding is patient: newer versions are read as far as they are known, fields at the end may be missing.
 */

import { ByteReader, ByteWriter } from "../../core/bytes.ts";
import { DecodeError } from "../../core/errors.ts";
import { codecOf } from "../../protocol/codec.ts";
import {
  consumerProtocolAssignment,
  type ConsumerProtocolSubscription,
  consumerProtocolSubscription,
} from "../../protocol/records/consumer_protocol.ts";

/** The protocol type of JoinGroup under which consumers of all languages meet. */
export const CONSUMER_PROTOCOL = "consumer";
/** A member that has not been in any generation. */
export const NO_GENERATION = -1;

/** Partitions of some topics, by the topic's name. */
export type TopicPartitions = ReadonlyMap<string, readonly number[]>;

/** What a member wants and has. */
export interface Subscription {
  readonly topics: ReadonlySet<string>;
  /** What the assignor of the member adds. */
  readonly userData: Uint8Array | null;
  readonly owned: TopicPartitions;
  /** The generation in which it was given what it owns; -1 for none. */
  readonly generationId: number;
  readonly rackId: string | null;
}

const MAX_VERSION = consumerProtocolSubscription.versions.max;

export function encodeSubscription(subscription: Subscription): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter();
  writer.writeInt16(MAX_VERSION);
  codecOf(consumerProtocolSubscription, MAX_VERSION).encode(writer, {
    topics: [...subscription.topics],
    userData: subscription.userData,
    ownedPartitions: listed(subscription.owned),
    generationId: subscription.generationId,
    rackId: subscription.rackId,
  });
  return writer.toBytes();
}

/**
 * The subscription in a member's metadata. Throws {@link DecodeError} when the bytes are none. Some clients claim a
 * version and send the fields of version 0 only; the others then have their defaults.
 */
export function decodeSubscription(bytes: Uint8Array): Subscription {
  const claimed = readVersion(bytes);
  for (let version = claimed; version > 0; version--) {
    const read = tryDecode(bytes, version);
    if (read !== null) return subscriptionOf(read);
  }
  return subscriptionOf(decodeAt(bytes, 0));
}

function tryDecode(bytes: Uint8Array, version: number): ConsumerProtocolSubscription | null {
  try {
    return decodeAt(bytes, version);
  } catch (error) {
    if (error instanceof DecodeError) return null;
    throw error;
  }
}

function decodeAt(bytes: Uint8Array, version: number): ConsumerProtocolSubscription {
  const reader = new ByteReader(bytes, 2);
  return codecOf(consumerProtocolSubscription, version).decode(reader);
}

function subscriptionOf(read: ConsumerProtocolSubscription): Subscription {
  const { topics, userData, generationId, rackId } = read;
  return {
    topics: new Set(topics),
    userData,
    generationId,
    rackId,
    owned: grouped(read.ownedPartitions ?? []),
  };
}

/** The bytes of what the leader gives to one member. */
export function encodeAssignment(assigned: TopicPartitions): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter();
  writer.writeInt16(consumerProtocolAssignment.versions.max);
  codecOf(consumerProtocolAssignment, consumerProtocolAssignment.versions.max).encode(writer, {
    assignedPartitions: listed(assigned),
    userData: null,
  });
  return writer.toBytes();
}

/** What a member was given; no bytes at all are nothing. Throws {@link DecodeError} for bytes that are no assignment. */
export function decodeAssignment(bytes: Uint8Array): TopicPartitions {
  if (bytes.length === 0) return new Map();
  const version = Math.min(readVersion(bytes), consumerProtocolAssignment.versions.max);
  const codec = codecOf(consumerProtocolAssignment, version);
  return grouped(codec.decode(new ByteReader(bytes, 2)).assignedPartitions);
}

function readVersion(bytes: Uint8Array): number {
  const version = new ByteReader(bytes).readInt16();
  if (version < 0) throw new DecodeError(`read consumer protocol: version ${version} is negative`);
  return Math.min(version, MAX_VERSION);
}

interface Listed {
  readonly topic: string;
  readonly partitions: readonly number[];
}

function listed(partitions: TopicPartitions): Listed[] {
  const topics = [...partitions].filter(([, indexes]) => indexes.length > 0);
  topics.sort(([a], [b]) => compareStrings(a, b));
  return topics.map(([topic, indexes]) => ({ topic, partitions: [...indexes].sort((a, b) => a - b) }));
}

/** The same topic may be named twice. */
function grouped(topics: readonly Listed[]): TopicPartitions {
  const found = new Map<string, number[]>();
  for (const { topic, partitions } of topics) {
    const known = found.get(topic);
    if (known === undefined) found.set(topic, [...partitions]);
    else known.push(...partitions);
  }
  return found;
}

/** The order of UTF-16 units, which is Java's: the leader may be any client and must not depend on a locale. */
export function compareStrings(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
