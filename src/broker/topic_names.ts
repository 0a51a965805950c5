/** What may be a topic's name, and which topics are Kafka's own. */

import { topicNameProblem } from "../metadata/topic_names.ts";

/** Topics that Kafka creates for itself; clients are told that they are internal. */
const internalTopics: ReadonlySet<string> = new Set([
  "__consumer_offsets",
  "__transaction_state",
  "__share_group_state",
]);

export function isInternalTopic(name: string): boolean {
  return internalTopics.has(name);
}

/** Whether a topic may have this name. */
export function isValidTopicName(name: string): boolean {
  return topicNameProblem(name) === null;
}
