/** `POST /consumer-groups/{group}/reset`: moves the positions of a group that nobody is in. */

import type { Cluster } from "../../../client/cluster.ts";
import { type StartingPoint, startingPoints } from "../../../client/consumer/positions.ts";
import { GroupAdmin, type GroupDescription } from "../../../client/group/group_admin.ts";
import type { CommittedOffset } from "../../../client/group/group_offsets.ts";
import { keyOf } from "../../../client/group/topic_partitions.ts";
import type { TopicPartition } from "../../../client/leaders.ts";
import { ErrorCode } from "../../../protocol/error_codes.ts";
import { groupId, partitionIndex, position, topicName } from "../params.ts";
import { Problem, refusal } from "../problem.ts";
import { route } from "../route.ts";
import {
  boolean,
  type Infer,
  integer,
  list,
  named,
  nullable,
  optional,
  string,
  struct,
  withDefault,
} from "../schema.ts";
import { freshPartition, freshTopic } from "../topics/describe.ts";

const MAX_PARTITIONS = 10_000;

const wish = struct({
  topics: optional(list(
    struct({
      topic: topicName,
      partitions: optional(
        list(partitionIndex, { description: "All when left out.", minItems: 1, maxItems: MAX_PARTITIONS }),
      ),
    }),
    {
      description: "Where; everything that the group has a position in when left out.",
      minItems: 1,
      maxItems: 1_000,
    },
  )),
  to: optional(position("Where to:")),
  shift: optional(
    integer({ description: "Instead of `to`: so many records on, or back when it is negative." }),
  ),
  dryRun: withDefault(boolean({ description: "Only say what would change." }), false),
});
type Wish = Infer<typeof wish>;

const move = named(
  "Move",
  struct({
    topic: string(),
    partition: partitionIndex,
    before: nullable(integer({ description: "Null when the group had no position." })),
    after: integer(),
    startOffset: integer(),
    endOffset: integer(),
  }),
);
type Move = Infer<typeof move>;

export const resetGroupRoute = route({
  method: "POST",
  path: "/consumer-groups/{group}/reset",
  operationId: "resetGroup",
  tag: "Consumer groups",
  summary: "Moves the positions of a group",
  description: "Nobody may be in the group. Positions outside of a partition become its start or its end.",
  params: { group: groupId },
  body: wish,
  success: {
    status: 200,
    description: "What was moved, or would be.",
    schema: struct({ groupId: string(), dryRun: boolean(), moves: list(move) }),
  },
  problems: [404, 409, 422],
  async handle({ params: { group }, body }, { reading, grouping }) {
    if ((body.to === undefined) === (body.shift === undefined)) {
      throw new Problem(422, "where are the positions to go? Wanted either to or shift");
    }
    const admin = new GroupAdmin(grouping, group);
    refuseActive(await admin.describe());
    const committed = await admin.committed();
    const places = await placesOf(reading, group, body, committed);
    const points = await startingPoints(reading, places, body.to ?? { at: "end" });
    const moves = movesTo(body, points, new Map(committed.map((one) => [keyOf(one), one])));
    if (!body.dryRun && moves.length > 0) await apply(admin, group, moves);
    return { body: { groupId: group, dryRun: body.dryRun, moves } };
  },
});

/** A group that somebody is in goes on from where its members are, not from what is committed. */
function refuseActive({ groupId, state, members }: GroupDescription): void {
  if (members.length === 0 && (state === "Empty" || state === "Dead")) return;
  throw refusal(
    `reset group "${groupId}"`,
    ErrorCode.NON_EMPTY_GROUP,
    `it is ${state} and has ${members.length} members; stop them first`,
  );
}

async function placesOf(
  cluster: Cluster,
  group: string,
  { topics }: Wish,
  committed: readonly CommittedOffset[],
): Promise<TopicPartition[]> {
  const places = new Map<string, TopicPartition>();
  const add = (place: TopicPartition) => places.set(keyOf(place), place);
  if (topics === undefined) {
    if (committed.length === 0) {
      throw refusal(
        `reset group "${group}"`,
        ErrorCode.GROUP_ID_NOT_FOUND,
        "it has no positions; topics says where to begin",
      );
    }
    await cluster.refresh([...new Set(committed.map(({ topic }) => topic))]);
    for (const { topic, partition } of committed) {
      // Positions in topics that are gone lead nowhere.
      if (cluster.known(topic)?.partitions[partition] !== undefined) add({ topic, partition });
    }
  }
  for (const { topic, partitions } of topics ?? []) {
    if (partitions === undefined) {
      for (const { index } of (await freshTopic(cluster, topic)).partitions) add({ topic, partition: index });
    }
    for (const partition of partitions ?? []) {
      await freshPartition(cluster, topic, partition);
      add({ topic, partition });
    }
  }
  return [...places.values()];
}

function movesTo(
  { shift }: Wish,
  points: readonly StartingPoint[],
  committed: ReadonlyMap<string, CommittedOffset>,
): Move[] {
  return points.map(({ topic, partition, startOffset, endOffset, offset }) => {
    const before = committed.get(keyOf({ topic, partition }))?.offset ?? null;
    if (shift !== undefined && before === null) {
      throw new Problem(422, `shift: the group has no position in ${topic}-${partition}; wanted to there`);
    }
    const wanted = shift === undefined ? offset : before! + shift;
    return {
      topic,
      partition,
      before,
      after: Math.max(startOffset, Math.min(endOffset, wanted)),
      startOffset,
      endOffset,
    };
  });
}

async function apply(admin: GroupAdmin, group: string, moves: readonly Move[]): Promise<void> {
  const offsets = moves.map(({ topic, partition, after }) => ({ topic, partition, offset: after }));
  const refused = (await admin.commit(offsets)).find(({ errorCode }) => errorCode !== ErrorCode.NONE);
  if (refused === undefined) return;
  // Somebody has joined since the group was looked at.
  if (refused.errorCode === ErrorCode.UNKNOWN_MEMBER_ID) refuseActive(await admin.describe());
  throw refusal(`reset ${keyOf(refused)} of group "${group}"`, refused.errorCode);
}
