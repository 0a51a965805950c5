/** Groups through the administrator of kafkajs. */

import { Kafka, logLevel } from "kafkajs";
import type { GroupAdminClient } from "./admin.ts";

export async function kafkaJsAdmin(bootstrap: string): Promise<GroupAdminClient> {
  const admin = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  return {
    name: "kafkajs",
    operations: {
      list: async () => (await admin.listGroups()).groups.map(({ groupId }) => groupId),
      describe: async ({ group }) => {
        const { groups } = await admin.describeGroups([group]);
        const { state, members } = groups[0]!;
        return { state, clientIds: members.map(({ clientId }) => clientId) };
      },
      offsets: async ({ group, topic }) => {
        const found = await admin.fetchOffsets({ groupId: group, topics: [topic] });
        const known = found[0]!.partitions.filter(({ offset }) => Number(offset) >= 0);
        return Object.fromEntries(known.map(({ partition, offset }) => [partition, Number(offset)]));
      },
      setOffset: ({ group, topic, partition, offset }) =>
        admin.setOffsets({ groupId: group, topic, partitions: [{ partition, offset: String(offset) }] }),
      deleteGroup: ({ group }) =>
        admin.deleteGroups([group]).catch((error) => {
          throw new Error(error.groups[0].error.type);
        }),
    },
    [Symbol.asyncDispose]: () => admin.disconnect(),
  };
}
