/** The entries of the registry of the controller listener, without ApiVersions, which the server adds. */

import type { Handler } from "../server/registry.ts";
import type { ControllerContext } from "./context.ts";
import { fetchHandler } from "./handlers/01_fetch.ts";
import { createTopicsHandler } from "./handlers/19_create_topics.ts";
import { deleteTopicsHandler } from "./handlers/20_delete_topics.ts";
import { alterConfigsHandler } from "./handlers/33_alter_configs.ts";
import { createPartitionsHandler } from "./handlers/37_create_partitions.ts";
import { electLeadersHandler } from "./handlers/43_elect_leaders.ts";
import { incrementalAlterConfigsHandler } from "./handlers/44_incremental_alter_configs.ts";
import { alterPartitionReassignmentsHandler } from "./handlers/45_alter_partition_reassignments.ts";
import { listPartitionReassignmentsHandler } from "./handlers/46_list_partition_reassignments.ts";
import { voteHandler } from "./handlers/52_vote.ts";
import { beginQuorumEpochHandler } from "./handlers/53_begin_quorum_epoch.ts";
import { endQuorumEpochHandler } from "./handlers/54_end_quorum_epoch.ts";
import { describeQuorumHandler } from "./handlers/55_describe_quorum.ts";
import { alterPartitionHandler } from "./handlers/56_alter_partition.ts";
import { updateFeaturesHandler } from "./handlers/57_update_features.ts";
import { fetchSnapshotHandler } from "./handlers/59_fetch_snapshot.ts";
import { describeClusterHandler } from "./handlers/60_describe_cluster.ts";
import { brokerRegistrationHandler } from "./handlers/62_broker_registration.ts";
import { brokerHeartbeatHandler } from "./handlers/63_broker_heartbeat.ts";
import { unregisterBrokerHandler } from "./handlers/64_unregister_broker.ts";
import { allocateProducerIdsHandler } from "./handlers/67_allocate_producer_ids.ts";
import { controllerRegistrationHandler } from "./handlers/70_controller_registration.ts";
import { assignReplicasToDirsHandler } from "./handlers/73_assign_replicas_to_dirs.ts";
import { addRaftVoterHandler } from "./handlers/80_add_raft_voter.ts";
import { removeRaftVoterHandler } from "./handlers/81_remove_raft_voter.ts";
import { updateRaftVoterHandler } from "./handlers/82_update_raft_voter.ts";

export function controllerHandlers(controller: ControllerContext): readonly Handler[] {
  return [
    fetchHandler,
    createTopicsHandler,
    deleteTopicsHandler,
    alterConfigsHandler,
    createPartitionsHandler,
    electLeadersHandler,
    incrementalAlterConfigsHandler,
    alterPartitionReassignmentsHandler,
    listPartitionReassignmentsHandler,
    voteHandler,
    beginQuorumEpochHandler,
    endQuorumEpochHandler,
    describeQuorumHandler,
    alterPartitionHandler,
    updateFeaturesHandler,
    fetchSnapshotHandler,
    describeClusterHandler,
    brokerRegistrationHandler,
    brokerHeartbeatHandler,
    unregisterBrokerHandler,
    allocateProducerIdsHandler,
    controllerRegistrationHandler,
    assignReplicasToDirsHandler,
    addRaftVoterHandler,
    removeRaftVoterHandler,
    updateRaftVoterHandler,
  ].map((make) => make(controller));
}
