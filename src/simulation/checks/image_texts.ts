/**
 * Compares metadata images by the records that they give. Images share with the ones before them what did not change,
 * so what was once put into words is kept for as long as somebody has it.
 */

import { emptyImage, type MetadataImage, type TopicImage } from "../../metadata/image.ts";
import { snapshotRecords } from "../../metadata/image_snapshot.ts";
import { PersistentMap } from "../../metadata/persistent_map.ts";

const topicTexts = new WeakMap<TopicImage, string>();
/** By the brokers of the image, with the image that the text is of. */
const otherTexts = new WeakMap<object, { readonly image: MetadataImage; readonly text: string }>();
const nothing = emptyImage("");

/** What two images do not have in common, as texts of the one and the other; null when they are the same. */
export function differenceOf(one: MetadataImage, other: MetadataImage): [string, string] | null {
  const [text, otherText] = [textOfOthers(one), textOfOthers(other)];
  if (text !== otherText) return [text, otherText];
  for (const topic of one.topics.byId.values()) {
    const same = other.topics.byId.get(topic.id);
    const texts: [string, string] = [textOfTopic(topic), same === undefined ? "nothing" : textOfTopic(same)];
    if (texts[0] !== texts[1]) return texts;
  }
  const [count, otherCount] = [one.topics.byId.size, other.topics.byId.size];
  return count === otherCount ? null : [`${count} topics`, `${otherCount} topics`];
}

function textOfTopic(topic: TopicImage): string {
  let text = topicTexts.get(topic);
  if (text === undefined) {
    const byId = PersistentMap.of([[topic.id, topic]]);
    text = textOf({ ...nothing, topics: { ...nothing.topics, byId } });
    topicTexts.set(topic, text);
  }
  return text;
}

/** All but the topics. */
function textOfOthers(image: MetadataImage): string {
  const known = otherTexts.get(image.brokers);
  if (known !== undefined && isSameButTopics(known.image, image)) return known.text;
  const text = textOf({ ...image, topics: nothing.topics });
  otherTexts.set(image.brokers, { image, text });
  return text;
}

function isSameButTopics(one: MetadataImage, other: MetadataImage): boolean {
  return one.features === other.features && one.brokers === other.brokers &&
    one.controllers === other.controllers && one.configs === other.configs &&
    one.clientQuotas === other.clientQuotas && one.nextProducerId === other.nextProducerId &&
    one.acls === other.acls && one.scramCredentials === other.scramCredentials &&
    one.delegationTokens === other.delegationTokens;
}

function textOf(image: MetadataImage): string {
  const records = [...snapshotRecords(image)].map((record) =>
    JSON.stringify(record, (_, value: unknown) => typeof value === "bigint" ? `${value}n` : value)
  );
  return records.sort().join("\n");
}
