/** Listens to what nodes ask controllers, as it leaves them: what they promise there they must be able to keep. */

import { ByteReader } from "../../core/bytes.ts";
import { codecOf, isFlexible } from "../../protocol/codec.ts";
import { requestHeader } from "../../protocol/header.ts";
import { fetch, type FetchRequest } from "../../protocol/messages/01_fetch.ts";
import { vote, type VoteRequest } from "../../protocol/messages/52_vote.ts";
import { alterPartition, type AlterPartitionRequest } from "../../protocol/messages/56_alter_partition.ts";
import { brokerHeartbeat, type BrokerHeartbeatRequest } from "../../protocol/messages/63_broker_heartbeat.ts";
import type { Api, Decoded } from "../../protocol/schema.ts";
import { FrameSplitter } from "./frame_splitter.ts";
import type { ConnectionPair } from "./sim_connection.ts";

/** Whoever wants to hear of requests; `pair` is the connection, `host` the machine that speaks. */
export interface Eavesdropper {
  onFetch?(host: string, request: FetchRequest): void;
  onVoteRequest?(host: string, request: VoteRequest): void;
  /** A voter has answered that it gives its vote, no pre-vote, to whoever has sent `request`. */
  onVoteGranted?(host: string, request: VoteRequest): void;
  onAlterPartition?(host: string, request: AlterPartitionRequest, pair: ConnectionPair): void;
  onHeartbeat?(host: string, request: BrokerHeartbeatRequest, pair: ConnectionPair): void;
}

/** A vote request whose answer has not been heard. */
interface Asked {
  readonly version: number;
  readonly request: VoteRequest;
}

export class Wiretap {
  readonly #listeners: Eavesdropper[] = [];

  add(listener: Eavesdropper): void {
    this.#listeners.push(listener);
  }

  /** Listens to a connection to a controller. */
  attach(pair: ConnectionPair): void {
    const asked = new Map<number, Asked>();
    const requests = new FrameSplitter((frame) => this.#onRequest(pair, frame, asked));
    const responses = new FrameSplitter((frame) => this.#onResponse(pair, frame, asked));
    pair.client.onWrite = (bytes) => requests.add(bytes);
    pair.server.onWrite = (bytes) => {
      // Nearly everything that controllers answer is of no interest here.
      if (asked.size > 0) responses.add(bytes);
      else responses.skip(bytes);
    };
  }

  #onRequest(pair: ConnectionPair, frame: Uint8Array, asked: Map<number, Asked>): void {
    const reader = new ByteReader(frame);
    const [key, version] = [reader.readInt16(), reader.readInt16()];
    reader.position = 0;
    const { host } = pair.client.local;
    if (key === fetch.key) {
      const request = decode(fetch, version, reader).body;
      for (const each of this.#listeners) each.onFetch?.(host, request);
    } else if (key === vote.key) {
      const { body: request, correlationId } = decode(vote, version, reader);
      asked.set(correlationId, { version, request });
      for (const each of this.#listeners) each.onVoteRequest?.(host, request);
    } else if (key === alterPartition.key) {
      const request = decode(alterPartition, version, reader).body;
      for (const each of this.#listeners) each.onAlterPartition?.(host, request, pair);
    } else if (key === brokerHeartbeat.key) {
      const request = decode(brokerHeartbeat, version, reader).body;
      for (const each of this.#listeners) each.onHeartbeat?.(host, request, pair);
    }
  }

  #onResponse(pair: ConnectionPair, frame: Uint8Array, asked: Map<number, Asked>): void {
    const reader = new ByteReader(frame);
    const correlationId = reader.readInt32();
    const question = asked.get(correlationId);
    if (question === undefined) return;
    asked.delete(correlationId);
    const { version, request } = question;
    reader.skipTaggedFields();
    const { topics } = codecOf(vote.response, version).decode(reader) as Decoded<typeof vote["response"]>;
    const isGranted = topics.some(({ partitions }) => partitions.some(({ voteGranted }) => voteGranted));
    const isPreVote = request.topics.some(({ partitions }) => partitions.some(({ preVote }) => preVote));
    if (!isGranted || isPreVote) return;
    for (const each of this.#listeners) each.onVoteGranted?.(pair.server.local.host, request);
  }
}

function decode<A extends Api>(
  { request }: A,
  version: number,
  reader: ByteReader,
): { readonly correlationId: number; readonly body: Decoded<A["request"]> } {
  const { correlationId } = codecOf(requestHeader, isFlexible(request, version) ? 2 : 1).decode(reader);
  return { correlationId, body: codecOf(request, version).decode(reader) as Decoded<A["request"]> };
}
