/** Reads every log from its start to its end and holds it against all that clients know. */

import type { ReadRecord } from "../model/partition_history.ts";
import type { KnownTopic } from "../model/topic_catalog.ts";
import type { ClientOptions } from "../clients/client_context.ts";
import { PartitionReader } from "../clients/partition_reader.ts";
import { Session } from "../clients/session.ts";

/** Checks the logs of all topics that exist, through the protocol. */
export async function checkLogs(options: ClientOptions): Promise<void> {
  const session = new Session(options);
  for (const topic of options.context.topics.present()) {
    for (let partition = 0; partition < topic.partitions; partition++) {
      await checkLog(options, session, { topic, partition });
    }
  }
  session.close();
}

async function checkLog(
  { context, platform }: ClientOptions,
  session: Session,
  place: { readonly topic: KnownTopic; readonly partition: number },
): Promise<void> {
  const reader = new PartitionReader(context, session, { ...place, position: 0 });
  const log: ReadRecord[] = [];
  while (context.world.findings.first === null) {
    const records = await reader.poll({ maxWaitMs: 0, maxBytes: 1_000_000 });
    log.push(...records);
    if (records.length > 0) continue;
    if (reader.answered && reader.position >= reader.bounds.highWatermark) break;
    await platform.timers.sleep(100);
  }
  reader.history.checkLog(log, reader.bounds);
}
