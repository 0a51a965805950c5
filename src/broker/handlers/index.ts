/** Every API that a broker answers, but ApiVersions, which the server makes from this list. */

import type { Handler } from "../../server/registry.ts";
import type { BrokerContext } from "../context.ts";
import { produceHandler } from "./00_produce.ts";
import { fetchHandler } from "./01_fetch.ts";
import { metadataHandler } from "./03_metadata.ts";
import { initProducerIdHandler } from "./22_init_producer_id.ts";
import { describeConfigsHandler } from "./32_describe_configs.ts";
import { describeClusterHandler } from "./60_describe_cluster.ts";
import { listConfigResourcesHandler } from "./74_list_config_resources.ts";
import { describeTopicPartitionsHandler } from "./75_describe_topic_partitions.ts";
import { listOffsetsHandler } from "./02_list_offsets.ts";
import { findCoordinatorHandler } from "./10_find_coordinator.ts";
import { deleteRecordsHandler } from "./21_delete_records.ts";
import { offsetForLeaderEpochHandler } from "./23_offset_for_leader_epoch.ts";
import { describeLogDirsHandler } from "./35_describe_log_dirs.ts";
import { describeProducersHandler } from "./61_describe_producers.ts";
import { forwardedHandlers } from "./forwarded.ts";

export function brokerHandlers(broker: BrokerContext): Handler[] {
  return [
    produceHandler(broker),
    fetchHandler(broker),
    metadataHandler(broker),
    initProducerIdHandler(broker),
    describeConfigsHandler(broker),
    describeClusterHandler(broker),
    listConfigResourcesHandler(broker),
    describeTopicPartitionsHandler(broker),
    listOffsetsHandler(broker),
    findCoordinatorHandler(),
    deleteRecordsHandler(broker),
    offsetForLeaderEpochHandler(broker),
    describeLogDirsHandler(broker),
    describeProducersHandler(broker),
    ...forwardedHandlers(broker),
  ];
}
