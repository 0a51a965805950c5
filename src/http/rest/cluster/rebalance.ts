/** The routes that even out a cluster: what would be moved, and moving it. */

import { balanceFacts } from "../../../client/admin/balance_input.ts";
import { type PartitionMove, planBalance } from "../../../client/admin/balance_plan.ts";
import { alterReassignments } from "../../../client/admin/reassignments.ts";
import type { Cluster } from "../../../client/cluster.ts";
import { ErrorCode } from "../../../protocol/error_codes.ts";
import { partitionIndex, topicName } from "../params.ts";
import { problemBody, refusal } from "../problem.ts";
import { problemSchema } from "../problem_schema.ts";
import { route } from "../route.ts";
import { boolean, type Infer, integer, list, named, nullable, optional, string, struct } from "../schema.ts";

const MAX_MOVES = 10_000;
const MAX_REPLICAS = 100;

const maxMoves = optional(
  integer({
    description: "Touch at most so many partitions; the next time goes on.",
    minimum: 1,
    maximum: MAX_MOVES,
  }),
);

const plannedMove = named(
  "PlannedMove",
  struct({
    topic: string(),
    partition: partitionIndex,
    from: list(integer(), { description: "The brokers that have it." }),
    to: list(integer(), { description: "The brokers that are to have it, the preferred leader first." }),
    sizeBytes: nullable(integer({ description: "Of one replica; null when nobody tells." })),
  }),
);
const plan = struct({ moves: list(plannedMove) });

async function planned(cluster: Cluster, most: number | undefined): Promise<Infer<typeof plannedMove>[]> {
  const options = most === undefined ? {} : { maxMoves: most };
  return planBalance(await balanceFacts(cluster), options).map(moveOf);
}

function moveOf({ topic, index, from, to, sizeBytes }: PartitionMove): Infer<typeof plannedMove> {
  return { topic, partition: index, from: [...from], to: [...to], sizeBytes: sizeBytes ?? null };
}

export const assignmentPlanRoute = route({
  method: "GET",
  path: "/admin/assignment-plan",
  operationId: "assignmentPlan",
  tag: "Cluster",
  summary: "What would be moved to give every broker its share",
  query: { maxMoves },
  success: { status: 200, description: "The plan; no moves when there is nothing to gain.", schema: plan },
  async handle({ query }, rest) {
    return { body: { moves: await rest.alone((cluster) => planned(cluster, query.maxMoves)) } };
  },
});

const rebalanceWish = struct({
  maxMoves,
  moves: optional(list(
    struct({
      topic: topicName,
      partition: partitionIndex,
      to: nullable(list(integer({ minimum: 0, maximum: 2_147_483_647 }), {
        description: "The brokers that are to have it, the preferred leader first; null takes a move back.",
        minItems: 1,
        maxItems: MAX_REPLICAS,
      })),
    }),
    { description: "What to move where, instead of the plan.", minItems: 1, maxItems: MAX_MOVES },
  )),
  dryRun: optional(boolean({ description: "Only say what would be moved." })),
});
type RebalanceWish = Infer<typeof rebalanceWish>;

export const rebalanceRoute = route({
  method: "POST",
  path: "/admin/rebalance",
  operationId: "rebalance",
  tag: "Cluster",
  summary: "Begins to move partitions",
  description: "Without `moves`, does what the plan says now. `/cluster/status` shows how far the moves are.",
  body: rebalanceWish,
  isBodyOptional: true,
  success: {
    status: 202,
    description: "The moves have begun, except those with a problem.",
    schema: struct({
      dryRun: boolean(),
      moves: list(struct({
        topic: string(),
        partition: partitionIndex,
        to: nullable(list(integer())),
        problem: optional(problemSchema),
      })),
    }),
    also: { 200: "Nothing was to be moved, or only asked for." },
  },
  problems: [404, 409, 422],
  handle: ({ body }, rest) => rest.alone((cluster) => rebalance(cluster, body)),
});

async function rebalance(cluster: Cluster, body: RebalanceWish) {
  const wanted = body.moves ?? await planned(cluster, body.maxMoves);
  const moves = wanted.map(({ topic, partition, to }) => ({ topic, partition, to }));
  const dryRun = body.dryRun ?? false;
  if (dryRun || moves.length === 0) return { status: 200, body: { dryRun, moves } };
  const replicas = moves.map(({ topic, partition, to }) => ({ topic, partition, replicas: to }));
  const refused = new Map(
    (await alterReassignments(cluster, replicas))
      .filter((one) => one.errorCode !== ErrorCode.NONE)
      .map((one) => [one.name, refusal(`move ${one.name}`, one.errorCode, one.errorMessage)]),
  );
  if (refused.size === moves.length) throw [...refused.values()][0]!;
  return {
    body: {
      dryRun,
      moves: moves.map((one) => {
        const problem = refused.get(`${one.topic}-${one.partition}`);
        return problem === undefined ? one : { ...one, problem: problemBody(problem) };
      }),
    },
  };
}
