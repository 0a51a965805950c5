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
import { offsetCommitHandler } from "./08_offset_commit.ts";
import { offsetFetchHandler } from "./09_offset_fetch.ts";
import { joinGroupHandler } from "./11_join_group.ts";
import { heartbeatHandler } from "./12_heartbeat.ts";
import { leaveGroupHandler } from "./13_leave_group.ts";
import { syncGroupHandler } from "./14_sync_group.ts";
import { describeGroupsHandler } from "./15_describe_groups.ts";
import { listGroupsHandler } from "./16_list_groups.ts";
import { deleteGroupsHandler } from "./42_delete_groups.ts";
import { offsetDeleteHandler } from "./47_offset_delete.ts";
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
    findCoordinatorHandler(broker),
    deleteRecordsHandler(broker),
    offsetForLeaderEpochHandler(broker),
    describeLogDirsHandler(broker),
    describeProducersHandler(broker),
    offsetCommitHandler(broker),
    offsetFetchHandler(broker),
    joinGroupHandler(broker),
    heartbeatHandler(broker),
    leaveGroupHandler(broker),
    syncGroupHandler(broker),
    describeGroupsHandler(broker),
    listGroupsHandler(broker),
    deleteGroupsHandler(broker),
    offsetDeleteHandler(broker),
    ...forwardedHandlers(broker),
  ];
}
