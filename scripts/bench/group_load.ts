/**
 * Groups through a real broker: `deno run -A scripts/bench/group_load.ts [heartbeats|commits|many|large]...`. Times
 * are those of the load, which shares the machine; CPU is what the broker's process used, by the kernel's account.
 * With SLUICE_BINARY set, that executable is measured instead of the sources.
 */

import { ClientConnection } from "../../src/client/connection.ts";
import { rangeAssignor } from "../../src/client/group/assignors/range.ts";
import {
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from "../../src/client/group/consumer_protocol.ts";
import { VERSION } from "../../src/core/version.ts";
import { denoPlatform } from "../../src/platform/adapters/deno.ts";
import { offsetCommit } from "../../src/protocol/messages/08_offset_commit.ts";
import { findCoordinator } from "../../src/protocol/messages/10_find_coordinator.ts";
import { joinGroup, type JoinGroupResponse } from "../../src/protocol/messages/11_join_group.ts";
import { heartbeat } from "../../src/protocol/messages/12_heartbeat.ts";
import { syncGroup } from "../../src/protocol/messages/14_sync_group.ts";
import { createTopics } from "../../src/protocol/messages/19_create_topics.ts";
import { ErrorCode } from "../../src/protocol/error_codes.ts";
import type { Decoded } from "../../src/protocol/schema.ts";
import { startBroker, type StartedBroker } from "../start_broker.ts";
import { requestFrame, run } from "./load.ts";

const TOPIC = "bench";
const PARTITIONS = 1_000;
const GROUPS = 10_000;
const MEMBERS = 1_000;
const SECONDS = 5;
/** More often than clients do, because the time to stable is measured and not the time to the next heartbeat. */
const HEARTBEAT_MS = 200;
/** The kernel counts CPU in hundredths of a second. */
const TICK_MS = 10;

type Joined = Decoded<typeof joinGroup.response>;

const metadata = encodeSubscription({
  topics: new Set([TOPIC]),
  userData: null,
  owned: new Map(),
  generationId: -1,
  rackId: null,
});

function cpuMs({ pid }: StartedBroker): number {
  const fields = Deno.readTextFileSync(`/proc/${pid}/stat`).split(") ")[1]!.split(" ");
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

function residentMb({ pid }: StartedBroker): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(Deno.readTextFileSync(`/proc/${pid}/status`))![1]) / 1024;
}

function connect({ host, port }: StartedBroker, clientId = "bench"): Promise<ClientConnection> {
  const { network, timers } = denoPlatform();
  return ClientConnection.open({ host, port }, {
    network,
    timers,
    clientId,
    softwareVersion: VERSION,
    requestTimeoutMs: 120_000,
  });
}

/** Measures `work`, which does `count` things, and prints a line about it. */
async function measure(broker: StartedBroker, what: string, count: number, work: () => Promise<void>) {
  const [startMs, startCpu, before] = [performance.now(), cpuMs(broker), residentMb(broker)];
  await work();
  const tookMs = performance.now() - startMs;
  const cpu = cpuMs(broker) - startCpu;
  console.log(
    `${what.padEnd(54)} ${(tookMs / 1000).toFixed(2)} s, ${Math.round(count / tookMs * 1000)}/s, ` +
      `broker CPU ${(cpu * 1000 / count).toFixed(1)} µs each, ` +
      `memory ${before.toFixed(0)} to ${residentMb(broker).toFixed(0)} MB`,
  );
}

async function join(connection: ClientConnection, groupId: string, memberId = ""): Promise<Joined> {
  const response = await connection.send(joinGroup, {
    groupId,
    memberId,
    sessionTimeoutMs: 300_000,
    rebalanceTimeoutMs: 300_000,
    protocolType: "consumer",
    protocols: [{ name: "range", metadata }],
  });
  if (response.errorCode === ErrorCode.MEMBER_ID_REQUIRED) {
    return join(connection, groupId, response.memberId);
  }
  expect(response.errorCode, "JoinGroup");
  return response;
}

function expect(errorCode: number, what: string): void {
  if (errorCode !== ErrorCode.NONE) throw new Error(`${what}: error ${errorCode}`);
}

function assignmentsOf({ members }: JoinGroupResponse) {
  const assigned = rangeAssignor.assign(
    new Map([[TOPIC, PARTITIONS]]),
    members.map(({ memberId, metadata }) => ({
      memberId,
      groupInstanceId: null,
      subscription: decodeSubscription(metadata),
    })),
  );
  return [...assigned].map(([memberId, partitions]) => ({
    memberId,
    assignment: encodeAssignment(partitions),
  }));
}

/** Hands in or fetches the assignment; false when the group rebalances again already. */
async function sync(connection: ClientConnection, groupId: string, joined: Joined): Promise<boolean> {
  const isLeader = joined.leader === joined.memberId;
  const { errorCode } = await connection.send(syncGroup, {
    groupId,
    generationId: joined.generationId,
    memberId: joined.memberId,
    protocolType: "consumer",
    protocolName: "range",
    assignments: isLeader ? assignmentsOf(joined) : [],
  });
  if (errorCode === ErrorCode.REBALANCE_IN_PROGRESS) return false;
  expect(errorCode, "SyncGroup");
  return true;
}

async function manyGroups(broker: StartedBroker): Promise<void> {
  const connections = await Promise.all(Array.from({ length: 100 }, () => connect(broker)));
  await measure(broker, `${GROUPS} groups of 1 member, until all are stable`, GROUPS, async () => {
    await Promise.all(Array.from({ length: GROUPS }, async (_, index) => {
      const connection = connections[index % connections.length]!;
      const groupId = `many-${index}`;
      await sync(connection, groupId, await join(connection, groupId));
    }));
  });
  for (const connection of connections) connection.close();
}

/** A member as clients are: it follows every rebalance it hears of. */
class Member {
  readonly #connection: ClientConnection;
  memberId = "";
  /** The generation whose assignment it has; -1 while it has none. */
  generationId = -1;
  isLeader = false;
  mustJoin = true;
  isStopped = false;

  constructor(connection: ClientConnection) {
    this.#connection = connection;
  }

  async run(groupId: string): Promise<void> {
    while (!this.isStopped) {
      if (this.mustJoin) {
        this.generationId = -1;
        this.mustJoin = false;
        const joined = await join(this.#connection, groupId, this.memberId);
        this.memberId = joined.memberId;
        this.isLeader = joined.leader === joined.memberId;
        if (await sync(this.#connection, groupId, joined)) this.generationId = joined.generationId;
        else this.mustJoin = true;
        continue;
      }
      await pause(HEARTBEAT_MS);
      if (this.mustJoin) continue;
      const { memberId, generationId } = this;
      const { errorCode } = await this.#connection.send(heartbeat, { groupId, memberId, generationId });
      if (errorCode === ErrorCode.REBALANCE_IN_PROGRESS) this.mustJoin = true;
      else expect(errorCode, "Heartbeat");
    }
    this.#connection.close();
  }
}

async function untilStable(members: readonly Member[], after: number): Promise<number> {
  while (true) {
    const generations = new Set(members.map(({ generationId }) => generationId));
    const [generation = -1] = generations;
    if (generations.size === 1 && generation > after) return generation;
    await pause(5);
  }
}

async function largeGroup(broker: StartedBroker): Promise<void> {
  const members: Member[] = [];
  for (let index = 0; index < MEMBERS; index++) members.push(new Member(await connect(broker)));
  let running: Promise<void>[] = [];
  let generation = -1;
  const what = `1 group of ${MEMBERS} members, ${PARTITIONS} partitions`;
  await measure(broker, `${what}, from nothing to stable`, MEMBERS, async () => {
    running = members.map((member) => member.run("large"));
    generation = await untilStable(members, -1);
  });
  await measure(broker, `${what}, a rebalance of all`, MEMBERS, async () => {
    members.find(({ isLeader }) => isLeader)!.mustJoin = true;
    generation = await untilStable(members, generation);
  });
  console.log(`generation ${generation}`);
  for (const member of members) member.isStopped = true;
  await Promise.all(running);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function oneMember(broker: StartedBroker, groupId: string): Promise<Joined> {
  const connection = await connect(broker);
  const joined = await join(connection, groupId);
  await sync(connection, groupId, joined);
  connection.close();
  return joined;
}

async function heartbeats(broker: StartedBroker): Promise<void> {
  const { memberId, generationId } = await oneMember(broker, "beating");
  const frame = requestFrame(heartbeat, 4, { groupId: "beating", memberId, generationId });
  for (const [connections, pipelined] of [[50, 1], [10, 20]] as const) {
    await run({ port: broker.port, connections, pipelined, frame, seconds: 1 });
    const startCpu = cpuMs(broker);
    const { requestsPerSecond, p99Ms } = await run({
      ...{ port: broker.port, connections, pipelined, frame },
      seconds: SECONDS,
    });
    const each = (cpuMs(broker) - startCpu) * 1000 / (requestsPerSecond * SECONDS);
    console.log(
      `heartbeats, ${connections} connections, ${pipelined} under way on each`.padEnd(54) +
        ` ${Math.round(requestsPerSecond)}/s, broker CPU ${each.toFixed(1)} µs each, p99 ${
          p99Ms.toFixed(2)
        } ms`,
    );
  }
}

async function commits(broker: StartedBroker): Promise<void> {
  const { memberId, generationId } = await oneMember(broker, "committing");
  for (const [connections, pipelined, partitions] of [[50, 1, 1], [10, 20, 1], [10, 20, 10]] as const) {
    const frame = requestFrame(offsetCommit, 8, {
      groupId: "committing",
      memberId,
      generationIdOrMemberEpoch: generationId,
      topics: [{
        name: TOPIC,
        partitions: Array.from({ length: partitions }, (_, partitionIndex) => ({
          partitionIndex,
          committedOffset: 123,
          committedMetadata: "",
        })),
      }],
    });
    await run({ port: broker.port, connections, pipelined, frame, seconds: 1 });
    const startCpu = cpuMs(broker);
    const { requestsPerSecond, p99Ms } = await run({
      ...{ port: broker.port, connections, pipelined, frame },
      seconds: SECONDS,
    });
    const each = (cpuMs(broker) - startCpu) * 1000 / (requestsPerSecond * SECONDS);
    console.log(
      `commits of ${partitions}, ${connections} connections, ${pipelined} under way on each`.padEnd(54) +
        ` ${Math.round(requestsPerSecond)}/s, broker CPU ${each.toFixed(1)} µs each, p99 ${
          p99Ms.toFixed(2)
        } ms`,
    );
  }
}

/** Makes the topics, so that no figure is about them. */
async function prepare(broker: StartedBroker): Promise<void> {
  const connection = await connect(broker);
  const { topics } = await connection.send(createTopics, {
    topics: [{ name: TOPIC, numPartitions: PARTITIONS, replicationFactor: 1, assignments: [], configs: [] }],
    timeoutMs: 60_000,
    validateOnly: false,
  });
  expect(topics[0]!.errorCode, "CreateTopics");
  await connection.send(findCoordinator, { key: "warm", keyType: 0, coordinatorKeys: ["warm"] });
  connection.close();
  await oneMember(broker, "warm");
}

const parts = { heartbeats, commits, many: manyGroups, large: largeGroup };

if (import.meta.main) {
  const wanted = Deno.args.length > 0 ? Deno.args : Object.keys(parts);
  for (const name of wanted) {
    const broker = await startBroker();
    try {
      await prepare(broker);
      await parts[name as keyof typeof parts](broker);
    } finally {
      await broker.stop();
    }
  }
}
