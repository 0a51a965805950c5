/** Groups through the administrator of @platformatic/kafka. */

import { Admin } from "@platformatic/kafka";
import type { GroupAdminClient } from "./admin.ts";

export function platformaticAdmin(bootstrap: string): Promise<GroupAdminClient> {
  const admin = new Admin({
    clientId: "platformatic",
    bootstrapBrokers: [bootstrap],
    retries: 2,
    retryDelay: 100,
  });
  return Promise.resolve({
    name: "@platformatic/kafka",
    operations: {
      list: async () => [...(await admin.listGroups()).keys()],
      describe: async ({ group }) => {
        const found = (await admin.describeGroups({ groups: [group] })).get(group)!;
        return {
          state: stateName(found.state),
          clientIds: [...found.members.values()].map(({ clientId }) => clientId),
        };
      },
      offsets: async ({ group, topic, partitions }) => {
        const [found] = await admin.listConsumerGroupOffsets({
          groups: [{ groupId: group, topics: [{ name: topic, partitionIndexes: partitions }] }],
        });
        const known = (found!.topics[0]?.partitions ?? []).filter(({ committedOffset }) =>
          committedOffset >= 0n
        );
        return Object.fromEntries(
          known.map(({ partitionIndex, committedOffset }) => [partitionIndex, Number(committedOffset)]),
        );
      },
      setOffset: ({ group, topic, partition, offset }) =>
        admin.alterConsumerGroupOffsets({
          groupId: group,
          topics: [{ name: topic, partitionOffsets: [{ partition, offset: BigInt(offset) }] }],
        }),
      forgetOffset: ({ group, topic, partition }) =>
        admin.deleteConsumerGroupOffsets({
          groupId: group,
          topics: [{ name: topic, partitionIndexes: [partition] }],
        }),
      deleteGroup: ({ group }) =>
        admin.deleteGroups({ groups: [group] }).catch((error) => {
          throw new Error(codesIn(error).join(" "));
        }),
    },
    [Symbol.asyncDispose]: async () => void await admin.close(),
  });
}

/** It names states in capitals with underscores. */
function stateName(state: string): string {
  return state.toLowerCase().replaceAll(/(?:^|_)([a-z])/g, (_, letter) => letter.toUpperCase());
}

/** The names of Kafka's codes are deep inside. */
function codesIn(error: { apiId?: string; errors?: unknown[]; cause?: unknown }): string[] {
  const inner = [...(error.errors ?? []), error.cause].filter((one) =>
    typeof one === "object" && one !== null
  );
  return [
    ...(error.apiId === undefined ? [] : [error.apiId]),
    ...inner.flatMap((one) => codesIn(one as never)),
  ];
}
