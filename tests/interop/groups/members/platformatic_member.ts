/** A member on @platformatic/kafka. Its autocommit comes before the work is done, so it commits by itself. */

import { Consumer, MessagesStreamModes } from "@platformatic/kafka";
import type { MemberLine, MemberSettings } from "./settings.ts";

const settings: MemberSettings = JSON.parse(Deno.args[0]!);
const encoder = new TextEncoder();
const say = (line: MemberLine) => Deno.stdout.writeSync(encoder.encode(JSON.stringify(line) + "\n"));

const consumer = new Consumer({
  clientId: settings.clientId,
  groupId: settings.group,
  bootstrapBrokers: [settings.bootstrap],
  protocols: [{ name: settings.assignor, version: 1 }],
  sessionTimeout: settings.sessionTimeoutMs,
  heartbeatInterval: settings.heartbeatMs,
  rebalanceTimeout: 10_000,
  retries: 20,
  retryDelay: 100,
});
const stream = await consumer.consume({
  topics: [settings.topic],
  autocommit: false,
  mode: MessagesStreamModes.COMMITTED,
  fallbackMode: "earliest",
  maxWaitTime: 200,
});
Deno.addSignalListener(
  "SIGTERM",
  () => void stream.close().then(() => consumer.close(true)).then(() => Deno.exit(0)),
);
for await (const message of stream) {
  say({ record: [message.partition, Number(message.offset), String(message.value)] });
  // A commit that a rebalance has overtaken is the next owner's business.
  Promise.resolve(message.commit()).catch(() => {});
}
