/** Quorums that grow and shrink while they work (KIP-853, KIP-1186). */

import assert from "node:assert/strict";
import type { Uuid } from "../../../../src/core/ids.ts";
import { ErrorCode } from "../../../../src/protocol/error_codes.ts";
import { SUPPORTED_FEATURES } from "../../../../src/metadata/features.ts";
import { featureRanges } from "../../../../src/metadata/image_snapshot.ts";
import { updateFeatures } from "../../../../src/protocol/messages/57_update_features.ts";
import { brokerRegistration } from "../../../../src/protocol/messages/62_broker_registration.ts";
import { brokerHeartbeat } from "../../../../src/protocol/messages/63_broker_heartbeat.ts";
import { addRaftVoter } from "../../../../src/protocol/messages/80_add_raft_voter.ts";
import { removeRaftVoter } from "../../../../src/protocol/messages/81_remove_raft_voter.ts";
import { Cluster } from "./cluster.ts";

function voters(cluster: Cluster, id = cluster.active!): number[] {
  return cluster.node(id).quorum.voters.map((voter) => Number(voter.id));
}

async function untilVoters(cluster: Cluster, expected: readonly number[], at = expected): Promise<void> {
  await cluster.until(() =>
    cluster.active !== null && at.every((id) => voters(cluster, id).join() === expected.join())
  );
}

function directoryOf(cluster: Cluster, id: number): Uuid {
  return cluster.node(cluster.active!).quorum.voters.find((voter) => voter.id === id)!.directoryId;
}

async function remove(cluster: Cluster, id: number): Promise<void> {
  for (let attempt = 0;; attempt++) {
    await cluster.until(() => cluster.active !== null);
    const { errorCode, errorMessage } = await cluster.ask(cluster.active!, removeRaftVoter, {
      clusterId: cluster.node(cluster.active!).quorum.image.clusterId,
      voterId: id,
      voterDirectoryId: directoryOf(cluster, id),
    });
    if (errorCode === ErrorCode.NONE) return;
    // Another change is not committed yet.
    assert.ok(errorCode === ErrorCode.REQUEST_TIMED_OUT && attempt < 20, errorMessage ?? String(errorCode));
    await cluster.pass(100);
  }
}

Deno.test("a founder grows to three and five controllers that join by themselves, and shrinks back", async () => {
  const cluster = await Cluster.found();
  await cluster.startNode(2);
  await cluster.startNode(3);
  await untilVoters(cluster, [1, 2, 3]);
  await cluster.startNode(4);
  await cluster.startNode(5);
  await untilVoters(cluster, [1, 2, 3, 4, 5]);
  // The founder leads; it goes like any other.
  for (const id of [1, 4]) await remove(cluster, id);
  await untilVoters(cluster, [2, 3, 5]);
  // Who was voted out observes, and does not come back by itself.
  await cluster.pass(10_000);
  await untilVoters(cluster, [2, 3, 5], [1, 2, 3, 4, 5]);
  for (const id of [5, 3]) await remove(cluster, id);
  await untilVoters(cluster, [2]);
  assert.equal(cluster.active, 2);
  await cluster.stop();
});

Deno.test("a controller that was voted out joins again when it is started anew (KAFKA-19850)", async () => {
  const cluster = await Cluster.found();
  await cluster.startNode(2);
  await cluster.startNode(3);
  await untilVoters(cluster, [1, 2, 3]);
  await remove(cluster, 2);
  await untilVoters(cluster, [1, 3], [1, 2, 3]);
  cluster.crash(2);
  await cluster.startNode(2);
  await untilVoters(cluster, [1, 2, 3]);
  await cluster.stop();
});

/** Registers the broker of a combined node and unfences it. */
async function registerBroker(cluster: Cluster, id: number): Promise<void> {
  const leader = cluster.active!;
  const { brokerEpoch } = await cluster.ask(leader, brokerRegistration, {
    brokerId: id,
    clusterId: cluster.node(leader).quorum.image.clusterId,
    incarnationId: `${String(id).repeat(21)}A` as Uuid,
    listeners: [],
    features: featureRanges(SUPPORTED_FEATURES),
    rack: null,
    logDirs: [],
  });
  const currentMetadataOffset = cluster.node(leader).quorum.image.offset;
  const request = { brokerId: id, brokerEpoch, currentMetadataOffset, wantFence: false, wantShutDown: false };
  await cluster.ask(leader, brokerHeartbeat, request);
}

Deno.test("nodes that were not told their roles become voters two by two, five at most", async () => {
  const cluster = await Cluster.found(null);
  const join = async (id: number) => {
    await cluster.startNode(id);
    await registerBroker(cluster, id);
  };
  await join(2);
  await cluster.pass(3_000);
  await untilVoters(cluster, [1], [1, 2]);
  // With two voters that would be the end; and nobody waits for the one that is gone.
  cluster.crash(2);
  await cluster.pass(10_000);
  assert.equal(cluster.active, 1);
  await join(3);
  await cluster.pass(3_000);
  await untilVoters(cluster, [1], [1, 3]);
  await join(4);
  await untilVoters(cluster, [1, 3, 4]);
  for (const id of [5, 6, 7]) await join(id);
  await untilVoters(cluster, [1, 3, 4, 5, 6]);
  await cluster.pass(3_000);
  await untilVoters(cluster, [1, 3, 4, 5, 6], [1, 3, 4, 5, 6, 7]);
  // The place of one that is removed for good is taken.
  cluster.crash(6);
  await remove(cluster, 6);
  await untilVoters(cluster, [1, 3, 4, 5, 7], [1, 3, 4, 5, 7]);
  await cluster.stop();
});

Deno.test("a controller with a new disk takes the place of the one with the old disk", async () => {
  const cluster = await Cluster.found();
  await cluster.startNode(2);
  await cluster.startNode(3);
  await untilVoters(cluster, [1, 2, 3]);
  const old = directoryOf(cluster, 3);
  cluster.crash(3);
  cluster.wipe(3);
  await cluster.startNode(3);
  await cluster.until(() =>
    voters(cluster).join() === "1,2,3" && directoryOf(cluster, 3) !== old && cluster.active !== null
  );
  await cluster.stop();
});

Deno.test("a quorum of static voters becomes one that can grow, by itself or when asked (KIP-853)", async () => {
  const cluster = await Cluster.start({
    "controller.quorum.auto.join.enable": true,
    "process.roles": "broker,controller",
  });
  await cluster.until(() => [1, 2, 3].every((id) => cluster.node(id).quorum.kraftVersion === 1));
  assert.ok([1, 2, 3].every((id) => directoryOf(cluster, id) !== "AAAAAAAAAAAAAAAAAAAAAA"));
  const answer = await cluster.ask(cluster.active!, updateFeatures, {
    timeoutMs: 1000,
    featureUpdates: [{ feature: "kraft.version", maxVersionLevel: 1, upgradeType: 1 }],
  });
  assert.equal(answer.errorCode, ErrorCode.NONE);
  await cluster.startNode(4);
  await cluster.startNode(5);
  await untilVoters(cluster, [1, 2, 3, 4, 5]);
  await cluster.stop();
});

Deno.test("an administrator adds a controller that does not join by itself (kafka-metadata-quorum)", async () => {
  const cluster = await Cluster.start();
  await cluster.until(() => cluster.node(cluster.active!).quorum.kraftVersion === 1);
  await cluster.startNode(4);
  await cluster.until(() =>
    cluster.node(cluster.active!).quorum.describe().observers.some(({ id }) => id === 4)
  );
  const observer = cluster.node(cluster.active!).quorum.describe().observers[0]!;
  const { errorCode } = await cluster.ask(cluster.active!, addRaftVoter, {
    clusterId: null,
    timeoutMs: 5000,
    voterId: 4,
    voterDirectoryId: observer.directoryId,
    listeners: [{ name: "CONTROLLER", host: "host", port: 9004 }],
  });
  assert.equal(errorCode, ErrorCode.NONE);
  await untilVoters(cluster, [1, 2, 3, 4]);
  await cluster.stop();
});
