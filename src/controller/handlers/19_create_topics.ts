/**
 * CreateTopics (19), versions 2 to 7. From version 5 on the answer has the topic's configs (KIP-525), from 7 on its
 * id (KIP-516). All topics of a request become visible together; those that are refused do not keep the others back.
 *
 * Not done: the controller mutation quota (KIP-599).
 */

import { createTopics, type CreateTopicsRequest } from "../../protocol/messages/19_create_topics.ts";
import { ErrorCode } from "../../protocol/error_codes.ts";
import { type Handler, handler } from "../../server/registry.ts";
import { untilBrokersKnow } from "../broker_awareness.ts";
import type { ControllerContext } from "../context.ts";
import { isRefusal, type Refusal, refuse } from "../outcome.ts";
import type { MetadataRecordDraft } from "../../metadata/record_codec.ts";
import { TopicCreations } from "../topic_creation.ts";

export function createTopicsHandler(controller: ControllerContext): Handler {
  return handler(createTopics, async (request) => {
    const outcome = await controller.write((at) => {
      const creations = new TopicCreations({
        view: at.view,
        config: controller.config,
        random: controller.random,
        randomBytes: (length) => controller.platform.random.bytes(length),
      });
      const records: MetadataRecordDraft[] = [];
      const topics = unrepeated(request).map(({ topic, isRepeated }) => {
        const creation = isRepeated ? DUPLICATE : creations.plan(topic);
        if (isRefusal(creation)) return refused(topic.name, creation);
        records.push(...creation.records);
        return creation.result;
      });
      return { records: request.validateOnly ? [] : records, result: topics };
    }, request.timeoutMs);
    if (isRefusal(outcome)) {
      return {
        throttleTimeMs: 0,
        topics: unrepeated(request).map(({ topic }) => refused(topic.name, outcome)),
      };
    }
    if (!request.validateOnly) await untilBrokersKnow(controller);
    return { throttleTimeMs: 0, topics: outcome.result };
  });
}

const DUPLICATE: Refusal = refuse(ErrorCode.INVALID_REQUEST, "Duplicate topic name.");

/** Each name once, in the order of the request, and whether it is there more than once. */
function unrepeated(request: CreateTopicsRequest) {
  const counts = new Map<string, number>();
  for (const { name } of request.topics) counts.set(name, (counts.get(name) ?? 0) + 1);
  const firsts = new Map(request.topics.map((topic) => [topic.name, topic]));
  return [...firsts.values()].map((topic) => ({ topic, isRepeated: counts.get(topic.name)! > 1 }));
}

function refused(name: string, { errorCode, message }: Refusal) {
  return { name, errorCode, errorMessage: message, configs: [] };
}
