/** How wishes for other ISRs get to the controller, and what becomes of its answers (KIP-497, KIP-704). */

import assert from "node:assert/strict";
import { BrokerCounters } from "../../../../src/broker/metrics/traffic.ts";
import type { ControllerChannel } from "../../../../src/broker/controller_channel.ts";
import { IsrManager } from "../../../../src/broker/replication/isr_manager.ts";
import { silentLogger } from "../../../../src/core/logger.ts";
import { ErrorCode } from "../../../../src/protocol/error_codes.ts";
import type { AlterPartitionRequest } from "../../../../src/protocol/messages/56_alter_partition.ts";
import { ManualTime } from "../../../harness/log_world.ts";
import { appendTo, fetchFrom, replicaOn, stateOf, type TestReplica } from "../../../harness/replica.ts";

/** Lets everything run that waits for nothing but promises. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}

/** A controller that answers as told: a code for the partition, or for the whole request; or not at all. */
class FakeController {
  readonly requests: AlterPartitionRequest[] = [];
  /** Answers in their order; then every wish is granted. */
  readonly answers: ({ partition: number } | { request: number } | "lost")[] = [];

  send(_: unknown, request: AlterPartitionRequest): Promise<unknown> {
    this.requests.push(request);
    const answer = this.answers.shift() ?? { partition: ErrorCode.NONE };
    if (answer === "lost") return Promise.reject(new Error("no controller"));
    if ("request" in answer) return Promise.resolve({ errorCode: answer.request, topics: [] });
    return Promise.resolve({
      errorCode: ErrorCode.NONE,
      topics: request.topics.map(({ topicId, partitions }) => ({
        topicId,
        partitions: partitions.map((one) => ({
          partitionIndex: one.partitionIndex,
          errorCode: answer.partition,
          leaderId: 1,
          leaderEpoch: one.leaderEpoch,
          isr: one.newIsrWithEpochs.map(({ brokerId }) => brokerId),
          leaderRecoveryState: one.leaderRecoveryState,
          partitionEpoch: one.partitionEpoch + 1,
        })),
      })),
    });
  }

  /** The ISRs that were asked for, as "1,2". */
  get asked(): string[] {
    return this.requests.flatMap(({ topics }) =>
      topics.flatMap(({ partitions }) =>
        partitions.map((one) => one.newIsrWithEpochs.map(({ brokerId }) => brokerId).join())
      )
    );
  }
}

async function world(state = stateOf({ isr: [1, 2] })) {
  const time = new ManualTime();
  const leader = await replicaOn(1, state, { time });
  const controller = new FakeController();
  const manager = new IsrManager({
    broker: () => ({ id: 1, epoch: 7 }),
    channel: controller as unknown as ControllerChannel,
    timers: time,
    logger: silentLogger,
    counters: new BrokerCounters(),
    partitions: () => [leader.partition],
    maxLagMs: 1000,
  });
  return { time, leader, controller, manager };
}

/** Lets follower 3 catch up, so that the leader wants it in the ISR. */
async function catchUp({ leader, manager }: { leader: TestReplica; manager: IsrManager }): Promise<void> {
  fetchFrom(leader, 3, leader.log.logEndOffset, 30);
  manager.onWish(leader.partition);
  await settle();
}

Deno.test("a follower that has caught up joins the ISR, named with its broker's epoch", async () => {
  const here = await world();
  await catchUp(here);
  const [request] = here.controller.requests;
  assert.equal(request!.brokerEpoch, 7);
  assert.deepEqual(request!.topics[0]!.partitions[0]!.newIsrWithEpochs, [
    { brokerId: 1, brokerEpoch: 7 },
    { brokerId: 2, brokerEpoch: -1 },
    { brokerId: 3, brokerEpoch: 30 },
  ]);
  assert.deepEqual(here.leader.partition.state.isr, [1, 2, 3]);
  assert.equal(here.leader.partition.state.partitionEpoch, 1);
});

Deno.test("a wish whose answer was lost is sent again as it was, and counts until it is decided", async () => {
  const here = await world();
  here.controller.answers.push("lost");
  await catchUp(here);
  here.time.advance(60_000);
  for (const follower of [2, 3]) here.leader.heard.set(follower, here.time.clock.monotonicMs());
  appendTo(here.leader, 1);
  fetchFrom(here.leader, 2, 1);
  assert.equal(here.leader.partition.highWatermark, 0, "the controller may have said yes");
  await settle();
  assert.deepEqual(here.controller.asked, ["1,2,3", "1,2,3"]);
});

for (const code of [ErrorCode.INELIGIBLE_REPLICA, ErrorCode.OPERATION_NOT_ATTEMPTED]) {
  Deno.test(`after error ${code} the committed ISR is in force, and the wish is not repeated by itself`, async () => {
    const here = await world();
    here.controller.answers.push({ partition: code });
    await catchUp(here);
    assert.equal(here.leader.partition.leading!.proposed, null);
    here.time.advance(600);
    await settle();
    assert.equal(here.controller.requests.length, 1);
    await catchUp(here);
    assert.deepEqual(here.leader.partition.state.isr, [1, 2, 3]);
  });
}

for (
  const code of [
    ErrorCode.INVALID_UPDATE_VERSION,
    ErrorCode.FENCED_LEADER_EPOCH,
    ErrorCode.NEW_LEADER_ELECTED,
    ErrorCode.UNKNOWN_TOPIC_ID,
  ]
) {
  Deno.test(`after error ${code} both ISRs count until newer metadata come`, async () => {
    const here = await world();
    here.controller.answers.push({ partition: code });
    await catchUp(here);
    assert.notEqual(here.leader.partition.leading!.proposed, null);
    here.time.advance(600);
    await settle();
    assert.equal(here.controller.requests.length, 1);
    here.leader.partition.update(stateOf({ isr: [1, 2], partitionEpoch: 3 }));
    assert.equal(here.leader.partition.leading!.proposed, null);
  });
}

for (const code of [ErrorCode.STALE_BROKER_EPOCH, ErrorCode.UNKNOWN_SERVER_ERROR]) {
  Deno.test(`a request that is refused with error ${code} is sent again`, async () => {
    const here = await world();
    here.controller.answers.push({ request: code });
    await catchUp(here);
    here.time.advance(600);
    await settle();
    assert.equal(here.controller.requests.length, 2);
    assert.deepEqual(here.leader.partition.state.isr, [1, 2, 3]);
  });
}

Deno.test("an answer that comes after newer metadata is not believed", async () => {
  const here = await world();
  const answer = Promise.withResolvers<unknown>();
  const send = here.controller.send.bind(here.controller);
  here.controller.send = (api, request) =>
    send(api, request).then(async (response) => {
      await answer.promise;
      return response;
    });
  await catchUp(here);
  here.leader.partition.update(stateOf({ isr: [1], partitionEpoch: 5 }));
  answer.resolve(undefined);
  await settle();
  const asked = here.controller.requests.map(({ topics }) => topics[0]!.partitions[0]!.partitionEpoch);
  assert.deepEqual(asked, [0, 5], "what is wanted by now is asked for from there");
});

Deno.test("followers are looked at every half of replica.lag.time.max.ms", async () => {
  const here = await world(stateOf());
  fetchFrom(here.leader, 2, 0);
  appendTo(here.leader, 1);
  here.manager.start();
  for (let half = 0; half < 3; half++) {
    here.time.advance(500);
    fetchFrom(here.leader, 2, 1);
    await settle();
  }
  assert.equal(here.leader.wishes, 1, "follower 3 has fallen behind");
  here.manager.onWish(here.leader.partition);
  await settle();
  assert.deepEqual(here.controller.asked, ["1,2"]);
  here.manager.stop();
});

Deno.test("that a leader's log is whole is told until it is heard (KIP-704)", async () => {
  const here = await world(stateOf({ isr: [1], leaderRecoveryState: 1 }));
  here.controller.answers.push("lost", { partition: ErrorCode.INELIGIBLE_REPLICA });
  here.manager.onWish(here.leader.partition);
  await settle();
  for (let attempt = 0; attempt < 2; attempt++) {
    here.time.advance(600);
    await settle();
  }
  assert.deepEqual(here.controller.asked, ["1", "1", "1"]);
  assert.equal(here.leader.partition.state.leaderRecoveryState, 0);
});

Deno.test("nothing is asked any more once the broker has stopped", async () => {
  const here = await world();
  here.controller.answers.push("lost");
  await catchUp(here);
  here.manager.stop();
  here.time.advance(60_000);
  await settle();
  assert.equal(here.controller.requests.length, 1);
});
