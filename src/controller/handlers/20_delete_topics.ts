/**
 * DeleteTopics (20), versions 1 to 6: by name, from version 6 on also by id (KIP-516). What was asked for twice is
 * refused; the rest of the request is done all the same.
 *
 * Not done: the controller mutation quota (KIP-599).
 */

import type { Uuid } from "../../core/ids.ts";
import { ZERO_UUID } from "../../core/uuid.ts";
import type { MetadataImage, TopicImage } from "../../metadata/image.ts";
import type { MetadataRecordDraft } from "../../metadata/record_codec.ts";
import { ErrorCode } from "../../protocol/error_codes.ts";
import { deleteTopics, type DeleteTopicsRequest } from "../../protocol/messages/20_delete_topics.ts";
import { type Handler, handler, type RequestContext } from "../../server/registry.ts";
import { untilBrokersKnow } from "../broker_awareness.ts";
import type { ControllerContext } from "../context.ts";
import { isRefusal, type Refusal, refuse } from "../outcome.ts";

/** A topic as the request names it: by name, or by an id that is not zero. */
interface Wanted {
  readonly name: string | null;
  readonly topicId: Uuid;
}

export function deleteTopicsHandler(controller: ControllerContext): Handler {
  return handler(deleteTopics, async (request, context) => {
    const wanted = wantedTopics(request);
    const answer = (topic: Wanted, { errorCode, message }: Refusal) => ({
      ...topic,
      errorCode,
      errorMessage: message,
    });
    if (!controller.config.get("delete.topic.enable")) {
      return { responses: wanted.map((topic) => answer(topic, disabled(context))) };
    }
    const outcome = await controller.write((at) => {
      const records: MetadataRecordDraft[] = [];
      const counts = countTargets(at.image, wanted);
      const responses = wanted.map((topic) => {
        const found = resolve(at.image, topic, counts);
        if (isRefusal(found)) return answer(topic, found);
        records.push({ type: "RemoveTopicRecord", data: { topicId: found.topicId } });
        return { ...found, errorCode: ErrorCode.NONE };
      });
      return { records, result: responses };
    }, request.timeoutMs);
    if (isRefusal(outcome)) return { responses: wanted.map((topic) => answer(topic, outcome)) };
    await untilBrokersKnow(controller);
    return { responses: outcome.result };
  });
}

function wantedTopics(request: DeleteTopicsRequest): Wanted[] {
  return [...request.topics, ...request.topicNames.map((name) => ({ name, topicId: ZERO_UUID }))];
}

/** Clients older than the error code of its own get the general one. */
function disabled({ apiVersion }: RequestContext): Refusal {
  const message = "Topic deletion is disabled.";
  return refuse(apiVersion < 3 ? ErrorCode.INVALID_REQUEST : ErrorCode.TOPIC_DELETION_DISABLED, message);
}

/** What a request means by one of its topics: the topic itself if it exists. */
function targetOf(image: MetadataImage, { name, topicId }: Wanted): TopicImage | string {
  if (name !== null) return image.topics.byName.get(name) ?? `name ${name}`;
  return image.topics.byId.get(topicId) ?? `id ${topicId}`;
}

function countTargets(
  image: MetadataImage,
  wanted: readonly Wanted[],
): ReadonlyMap<TopicImage | string, number> {
  const counts = new Map<TopicImage | string, number>();
  for (const topic of wanted) {
    const target = targetOf(image, topic);
    counts.set(target, (counts.get(target) ?? 0) + 1);
  }
  return counts;
}

/** The topic that is meant, by name and id, or why it cannot be deleted. */
function resolve(
  image: MetadataImage,
  wanted: Wanted,
  counts: ReadonlyMap<TopicImage | string, number>,
): { readonly name: string; readonly topicId: Uuid } | Refusal {
  const byName = wanted.name !== null;
  const byId = wanted.topicId !== ZERO_UUID;
  if (byName && byId) {
    return refuse(ErrorCode.INVALID_REQUEST, "You may not specify both topic name and topic id.");
  }
  if (!byName && !byId) return refuse(ErrorCode.INVALID_REQUEST, "Neither topic name nor id were specified.");
  const target = targetOf(image, wanted);
  if (counts.get(target)! > 1) {
    return refuse(ErrorCode.INVALID_REQUEST, byName ? "Duplicate topic name." : "Duplicate topic id.");
  }
  if (typeof target !== "string") return { name: target.name, topicId: target.id };
  return byName
    ? refuse(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, "This server does not host this topic-partition.")
    : refuse(ErrorCode.UNKNOWN_TOPIC_ID, "This server does not host this topic ID.");
}
