/**
 * How a newcomer finds its cluster: any live node tells it the cluster id, the brokers there are and the voters of
 * the quorum (DescribeCluster, DescribeQuorum). Nobody has to type an id.
 */

import { ClientConnection, type ClientConnectionOptions } from "../client/connection.ts";
import { UnreachableError } from "../client/errors.ts";
import { messageOf, UsageError } from "../core/errors.ts";
import type { Logger } from "../core/logger.ts";
import { METADATA_TOPIC } from "../controller/quorum/metadata_log.ts";
import { formatAddress } from "../platform/address.ts";
import { MEMORY_HOST } from "../platform/compose_networks.ts";
import type { Address } from "../platform/network.ts";
import type { Clock } from "../platform/platform.ts";
import { ErrorCode, errorInfo } from "../protocol/error_codes.ts";
import { metadata } from "../protocol/messages/03_metadata.ts";
import { describeQuorum } from "../protocol/messages/55_describe_quorum.ts";
import { describeCluster } from "../protocol/messages/60_describe_cluster.ts";

/** What a newcomer has to know of a cluster. */
export interface ClusterFacts {
  readonly clusterId: string;
  /** The controllers that vote. */
  readonly controllers: readonly Address[];
  /** Where the active one listens; null while there is none. */
  readonly leader: Address | null;
  /** Every node id that is taken, as far as anybody knows. */
  readonly takenIds: ReadonlySet<number>;
}

/** What the search needs. */
export interface ClusterSearchOptions extends ClientConnectionOptions {
  readonly clock: Clock;
  readonly logger: Logger;
}

const FIRST_BACKOFF_MS = 50;
const MAX_BACKOFF_MS = 1_000;

/** Asks `members` in turn until one answers. Throws `UnreachableError` when none did within `patienceMs`. */
export async function findCluster(
  members: readonly Address[],
  patienceMs: number,
  options: ClusterSearchOptions,
): Promise<ClusterFacts> {
  const { clock, timers, logger } = options;
  const deadlineMs = clock.monotonicMs() + patienceMs;
  for (let backoffMs = FIRST_BACKOFF_MS;; backoffMs = Math.min(backoffMs * 2, MAX_BACKOFF_MS)) {
    const reasons: string[] = [];
    for (const member of members) {
      try {
        return await askMember(member, options);
      } catch (error) {
        if (error instanceof UsageError) throw error;
        reasons.push(`${formatAddress(member)}: ${messageOf(error)}`);
      }
    }
    if (clock.monotonicMs() + backoffMs > deadlineMs) {
      throw new UnreachableError(`cluster.join: no node of the cluster answers (${reasons.join("; ")})`);
    }
    logger.info("waiting for a node of the cluster to join", { reason: reasons.join("; ") });
    await timers.sleep(backoffMs);
  }
}

async function askMember(member: Address, options: ClusterSearchOptions): Promise<ClusterFacts> {
  const connection = await ClientConnection.open(member, options);
  try {
    const isBroker = connection.versionsOf(metadata) !== undefined;
    const cluster = await connection.send(describeCluster, {
      includeClusterAuthorizedOperations: false,
      endpointType: isBroker ? 1 : 2,
      includeFencedBrokers: isBroker,
    });
    checkError("describe the cluster", cluster.errorCode);
    const quorum = await connection.send(describeQuorum, {
      topics: [{ topicName: METADATA_TOPIC, partitions: [{ partitionIndex: 0 }] }],
    });
    const partition = quorum.topics[0]?.partitions[0];
    checkError("describe the quorum", quorum.errorCode || (partition?.errorCode ?? 0));
    const endpoints = new Map(
      (quorum.nodes ?? []).map(({ nodeId, listeners }) => [nodeId, listeners[0]] as const),
    );
    const controllers = [...endpoints.values()].filter((one) => one !== undefined);
    if (controllers.length === 0 || controllers.some(({ host }) => host === MEMORY_HOST)) {
      throw new UsageError(
        `cluster.join: ${formatAddress(member)} does not tell where its controllers listen; is it Sluice?`,
      );
    }
    const known = [...partition?.currentVoters ?? [], ...partition?.observers ?? []];
    return {
      clusterId: cluster.clusterId,
      controllers: controllers.map(({ host, port }) => ({ host, port })),
      leader: endpoints.get(partition?.leaderId ?? -1) ?? null,
      takenIds: new Set([
        ...cluster.brokers.map(({ brokerId }) => brokerId),
        ...known.map(({ replicaId }) => replicaId),
      ]),
    };
  } finally {
    connection.close();
  }
}

function checkError(what: string, code: number): void {
  if (code !== ErrorCode.NONE) throw new Error(`${what}: ${errorInfo(code).name}`);
}
