/** What may be a topic's name, and which topics are Kafka's own. */

/** Topics that Kafka creates for itself; clients are told that they are internal. */
const internalTopics: ReadonlySet<string> = new Set([
  "__consumer_offsets",
  "__transaction_state",
  "__share_group_state",
]);

export function isInternalTopic(name: string): boolean {
  return internalTopics.has(name);
}

const MAX_NAME_LENGTH = 249;

/** Whether a topic may have this name. */
export function isValidTopicName(name: string): boolean {
  return name.length <= MAX_NAME_LENGTH && name !== "." && name !== ".." && /^[a-zA-Z0-9._-]+$/.test(name);
}
