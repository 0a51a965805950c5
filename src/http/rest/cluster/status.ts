/** `GET /cluster/status`: the cluster at a glance. */

import type { ClusterOverview } from "../../../client/admin/overview.ts";
import { partitionIndex } from "../params.ts";
import { route } from "../route.ts";
import { boolean, integer, list, named, nullable, number, oneOf, string, struct } from "../schema.ts";

const time = (description: string) =>
  nullable(integer({ description: `${description} In Unix milliseconds; null when that never was.` }));

const quorumReplica = named(
  "QuorumReplica",
  struct({
    id: integer(),
    isVoter: boolean({ description: "Otherwise it only follows." }),
    logEndOffset: integer(),
    lag: integer({ description: "How many metadata records it is behind the leader." }),
    lastFetchMs: time("When it last fetched."),
    lastCaughtUpMs: time("When it last had everything."),
    endpoint: nullable(struct({ name: string(), host: string(), port: integer() })),
  }),
);

const broker = named(
  "Broker",
  struct({
    id: integer(),
    host: string(),
    port: integer(),
    rack: nullable(string()),
    state: oneOf(["alive", "fenced", "draining", "drained"]),
    leaders: integer({ description: "How many partitions it leads." }),
    replicas: integer({ description: "Of how many partitions it has a replica." }),
    sizeBytes: nullable(integer({ description: "What its replicas take; null when it does not answer." })),
  }),
);

const reassignment = named(
  "Reassignment",
  struct({
    topic: string(),
    partition: partitionIndex,
    replicas: list(integer()),
    adding: list(integer()),
    removing: list(integer()),
    leaderBytes: nullable(integer({ description: "What the leader has." })),
    movedBytes: nullable(integer({ description: "What the replicas that come have together." })),
    progress: nullable(number({ description: "From 0 to 1." })),
  }),
);

export const clusterStatusRoute = route({
  method: "GET",
  path: "/cluster/status",
  operationId: "clusterStatus",
  tag: "Cluster",
  summary: "Brokers, controllers, what is under-replicated or offline, and the moves under way",
  description: "What parts of a cluster in trouble do not tell is null.",
  success: {
    status: 200,
    description: "The cluster.",
    schema: struct({
      clusterId: string(),
      quorum: nullable(struct({
        leaderId: integer(),
        leaderEpoch: integer(),
        highWatermark: integer(),
        replicas: list(quorumReplica),
      })),
      brokers: list(broker),
      totals: struct({
        topics: integer(),
        partitions: integer(),
        replicas: integer(),
        underReplicated: integer(),
        underMinIsr: integer(),
        offline: integer(),
        reassigning: integer(),
      }),
      reassignments: nullable(list(reassignment)),
    }),
  },
  async handle(_, rest) {
    return { body: statusOf(await rest.overview()) };
  },
});

function statusOf({ clusterId, quorum, brokers, totals, reassignments }: ClusterOverview) {
  return {
    clusterId,
    quorum: quorum === null ? null : {
      ...quorum,
      replicas: quorum.replicas.map(({ directoryId: _, ...one }) => ({
        ...one,
        lastFetchMs: one.lastFetchMs < 0 ? null : one.lastFetchMs,
        lastCaughtUpMs: one.lastCaughtUpMs < 0 ? null : one.lastCaughtUpMs,
      })),
    },
    brokers: brokers.map(({ isFenced: _, ...one }) => one),
    totals,
    reassignments: reassignments?.map((one) => ({
      ...one,
      replicas: [...one.replicas],
      adding: [...one.adding],
      removing: [...one.removing],
      progress: progressOf(one.leaderBytes, one.movedBytes, one.adding.length),
    })) ?? null,
  };
}

/** How much of what has to be copied is there. */
export function progressOf(
  leaderBytes: number | null,
  movedBytes: number | null,
  adding: number,
): number | null {
  if (leaderBytes === null || movedBytes === null) return null;
  const wanted = leaderBytes * adding;
  return wanted === 0 ? 1 : Math.min(1, movedBytes / wanted);
}
