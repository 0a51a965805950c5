/**
 * Requests that only the controller can answer. Any broker takes them and passes them on at the version they came
 * in, so that clients need not know where the controller is (KIP-590).
 */

import { messageOf } from "../../core/errors.ts";
import { ErrorCode } from "../../protocol/error_codes.ts";
import { createTopics } from "../../protocol/messages/19_create_topics.ts";
import { deleteTopics } from "../../protocol/messages/20_delete_topics.ts";
import { alterConfigs } from "../../protocol/messages/33_alter_configs.ts";
import { createPartitions } from "../../protocol/messages/37_create_partitions.ts";
import { electLeaders } from "../../protocol/messages/43_elect_leaders.ts";
import { incrementalAlterConfigs } from "../../protocol/messages/44_incremental_alter_configs.ts";
import { alterPartitionReassignments } from "../../protocol/messages/45_alter_partition_reassignments.ts";
import { listPartitionReassignments } from "../../protocol/messages/46_list_partition_reassignments.ts";
import { describeQuorum } from "../../protocol/messages/55_describe_quorum.ts";
import { updateFeatures } from "../../protocol/messages/57_update_features.ts";
import { unregisterBroker } from "../../protocol/messages/64_unregister_broker.ts";
import { addRaftVoter } from "../../protocol/messages/80_add_raft_voter.ts";
import { removeRaftVoter } from "../../protocol/messages/81_remove_raft_voter.ts";
import type { Api, Decoded, Encodable } from "../../protocol/schema.ts";
import { type Handler, handler } from "../../server/registry.ts";
import type { BrokerContext } from "../context.ts";

/** What to answer when no controller did: the request's own error response. */
type Refusal<A extends Api> = (
  request: Decoded<A["request"]>,
  error: { readonly errorCode: number; readonly errorMessage: string },
) => Encodable<A["response"]>;

export function forwardedHandlers(broker: BrokerContext): Handler[] {
  const forward = <A extends Api>(api: A, refuse: Refusal<A>): Handler =>
    handler(api, async (request, context) => {
      try {
        // deno-lint-ignore no-explicit-any -- a decoded message is always encodable; the compiler cannot know it of any A
        const response = await broker.channel.send(api, request as any, { version: context.apiVersion });
        // deno-lint-ignore no-explicit-any -- the same
        return response as any;
      } catch (error) {
        broker.logger.warn("the controller did not answer", { api: api.name, reason: messageOf(error) });
        return refuse(request, { errorCode: ErrorCode.REQUEST_TIMED_OUT, errorMessage: messageOf(error) });
      }
    });
  return [
    forward(
      createTopics,
      ({ topics }, error) => ({ topics: topics.map(({ name }) => ({ name, ...error })) }),
    ),
    forward(deleteTopics, ({ topics, topicNames }, error) => ({
      responses: [...topics, ...topicNames.map((name) => ({ name }))].map((topic) => ({
        ...topic,
        ...error,
      })),
    })),
    forward(alterConfigs, ({ resources }, error) => ({
      responses: resources.map(({ resourceType, resourceName }) => ({
        resourceType,
        resourceName,
        ...error,
      })),
    })),
    forward(
      createPartitions,
      ({ topics }, error) => ({ results: topics.map(({ name }) => ({ name, ...error })) }),
    ),
    forward(electLeaders, (_, { errorCode }) => ({ errorCode, replicaElectionResults: [] })),
    forward(incrementalAlterConfigs, ({ resources }, error) => ({
      responses: resources.map(({ resourceType, resourceName }) => ({
        resourceType,
        resourceName,
        ...error,
      })),
    })),
    forward(alterPartitionReassignments, (_, error) => ({ ...error, responses: [] })),
    forward(listPartitionReassignments, (_, error) => ({ ...error, topics: [] })),
    forward(describeQuorum, (_, error) => ({ ...error, topics: [], nodes: [] })),
    forward(updateFeatures, (_, error) => ({ ...error, results: [] })),
    forward(unregisterBroker, (_, error) => error),
    forward(addRaftVoter, (_, error) => error),
    forward(removeRaftVoter, (_, error) => error),
  ];
}
