/**
 * Lets random things happen to a shard with several clients, and watches what must hold whatever happens. A history
 * is a list of numbers, so that a failing one can be made shorter.
 */

import assert from "node:assert/strict";
import { GroupShard } from "../../../../src/coordinator/group/group_shard.ts";
import type {
  Append,
  ClassicGroupState,
  DescribedGroup,
  Effects,
  GroupConfig,
  GroupRecord,
  GroupResponse,
  Transition,
} from "../../../../src/coordinator/group/types.ts";
import { ZERO_UUID } from "../../../../src/core/uuid.ts";
import { ErrorCode } from "../../../../src/protocol/error_codes.ts";
import type { OffsetCommitResponse } from "../../../../src/protocol/messages/08_offset_commit.ts";
import type { JoinGroupResponse } from "../../../../src/protocol/messages/11_join_group.ts";
import { ClientModel, type Untold } from "./client_model.ts";
import { ShardDriver } from "./driver.ts";

/** One thing that happens: what, to whom, how. */
export type Happening = readonly [kind: number, who: number, how: number];

const GROUPS = ["red", "blue"];
const APPEND_ERRORS = [ErrorCode.NOT_ENOUGH_REPLICAS, ErrorCode.MESSAGE_TOO_LARGE];

interface Open {
  readonly client: ClientModel | null;
  readonly request: Untold;
}

export class History {
  readonly driver: ShardDriver;
  readonly #clients: ClientModel[] = [];
  /** Requests that are not answered. */
  readonly #open = new Map<number, Open>();
  #tokens = 0;
  #offsets = 0;
  /** Offsets that the log has, and those that clients were told it has. */
  readonly #loggedOffsets = new Set<number>();
  #logged = 0;
  /** Per group and life of the shard, the last generation that was entered. */
  readonly #generations = new Map<string, number>();
  /** Who was told that it leads, by group and generation. */
  readonly #leaders = new Map<string, string>();
  /** Groups of which the log may not have the last state, because an append failed or took too long. */
  readonly #unlogged = new Set<string>();

  constructor(config: Partial<GroupConfig> = {}) {
    this.driver = new ShardDriver(config, (effects) => this.#onEffects(effects));
    this.driver.autoAppend = false;
    this.driver.step({ type: "loaded" });
    for (let index = 0; index < 8; index++) {
      this.#clients.push(
        new ClientModel({
          name: `c${index}`,
          groupId: GROUPS[index % 2]!,
          groupInstanceId: index < 3 ? `i${index}` : null,
          joinVersion: index % 3 === 0 ? 3 : 9,
        }),
      );
    }
  }

  /** Lets one thing happen and looks at everything afterwards. */
  happen([kind, who, how]: Happening): void {
    const client = this.#clients[who % this.#clients.length]!;
    this.#happen(kind % 100, client, how);
    this.driver.shard.verify();
    this.#checkOffsets();
  }

  /** Lets all clients go, all appends be settled and all timeouts pass: nobody may be left without an answer. */
  finish(): void {
    this.driver.appendAll();
    this.#checkReplay("Stable");
    this.driver.autoAppend = true;
    this.driver.advance(400_000);
    this.driver.appendAll();
    assert.deepEqual([...this.#open.values()], [], "every request is answered in the end");
    this.driver.shard.verify();
    this.#checkReplay("Empty");
  }

  #happen(kind: number, client: ClientModel, how: number): void {
    if (kind < 50) return this.#send(client, client.request(how, ++this.#offsets));
    if (kind < 65) return this.#advance(how % 20 === 0 ? 5_000 : how % 500);
    if (kind < 80) return this.#settle(how);
    if (kind < 83) return client.changeSubscription();
    if (kind < 86) return client.restart();
    if (kind < 87) return this.#restartBroker();
    this.#misbehave(kind, client, how);
  }

  #misbehave(kind: number, client: ClientModel, how: number): void {
    const groupId = client.options.groupId;
    switch (kind % 8) {
      case 0:
        return this.#send(client, client.heartbeat(how % 10));
      case 1:
        return this.#send(client, client.sync());
      case 2:
        return this.#send(client, client.join());
      case 3:
        return this.#send(client, client.commit(++this.#offsets, how));
      case 4:
        return this.#send(null, { type: "deleteGroups", groupIds: GROUPS.slice(how % 2) });
      case 5:
        return this.#send(null, {
          type: "offsetFetch",
          requireStable: true,
          group: { groupId, memberId: null, memberEpoch: -1, topics: null },
        });
      case 6:
        return this.#send(null, {
          type: "offsetDelete",
          request: { groupId, topics: [{ name: "t", partitions: [{ partitionIndex: how % 3 }] }] },
        });
      default:
        if (how % 3 > 0) return this.#send(client, client.leave());
        this.driver.step({ type: "topicsDeleted", topics: [{ name: "t", topicId: ZERO_UUID }] });
    }
  }

  #settle(how: number): void {
    const { inFlight } = this.driver;
    const append = inFlight[how % Math.max(inFlight.length, 1)];
    if (append === undefined) return;
    if (how % 7 === 0) {
      this.#doubt([append]);
      this.driver.appendFailed(append.appendId, APPEND_ERRORS[how % APPEND_ERRORS.length]!);
    } else this.driver.appended(append.appendId);
  }

  #advance(ms: number): void {
    if (ms >= this.driver.config.offsetsCommitTimeoutMs) this.#doubt(this.driver.inFlight);
    this.driver.advance(ms);
  }

  #doubt(appends: readonly Append[]): void {
    for (const record of appends.flatMap(({ records }) => records)) {
      if (record.type === "groupMetadata") this.#unlogged.add(record.key.group);
    }
  }

  #restartBroker(): void {
    // The connections are gone, and with them whoever waited for an answer.
    this.#open.clear();
    this.#generations.clear();
    this.#leaders.clear();
    this.#unlogged.clear();
    this.driver.restart();
  }

  #send(client: ClientModel | null, request: Untold): void {
    const token = this.#tokens++;
    this.#open.set(token, { client, request });
    this.driver.step({ ...request, token });
  }

  #onEffects({ replies, transitions }: Effects): void {
    for (; this.#logged < this.driver.log.length; this.#logged++) {
      const record = this.driver.log[this.#logged]!;
      if (record.type === "offsetCommit" && record.value !== null) {
        this.#loggedOffsets.add(record.value.offset);
      }
    }
    for (const transition of transitions) this.#onTransition(transition);
    for (const { token, response } of replies) {
      const open = this.#open.get(token);
      assert.ok(open, `request ${token} is answered once`);
      this.#open.delete(token);
      this.#onReply(open.request, response);
      open.client?.onReply(open.request, response);
    }
  }

  #onTransition({ groupId, from, to, generationId }: Transition): void {
    if (to === "Stable" || (to === "Empty" && from !== "Dead")) this.#unlogged.delete(groupId);
    const before = this.#generations.get(groupId) ?? 0;
    assert.ok(generationId >= before, `${groupId}: generation ${generationId} follows ${before}`);
    if (to === "Dead") this.#generations.delete(groupId);
    else this.#generations.set(groupId, generationId);
    if (to !== "Dead") return;
    // A group that comes back under the same id counts from zero.
    for (const key of this.#leaders.keys()) if (key.startsWith(`${groupId} `)) this.#leaders.delete(key);
  }

  #onReply(request: Untold, response: GroupResponse): void {
    if (request.type === "joinGroup") this.#onJoined(request.request.groupId, response as JoinGroupResponse);
    if (request.type === "syncGroup") {
      const { errorCode, assignment } = response as { errorCode: number; assignment: Uint8Array };
      if (errorCode !== ErrorCode.NONE) return;
      // Leaders here assign something to everybody they were told of.
      const text = new TextDecoder().decode(assignment);
      assert.notEqual(text, "", `${request.request.memberId} has an assignment`);
    }
    if (request.type === "offsetCommit") {
      const { topics } = response as OffsetCommitResponse;
      if (topics[0]!.partitions[0]!.errorCode !== ErrorCode.NONE) return;
      const offset = request.request.topics[0]!.partitions[0]!.committedOffset;
      assert.ok(this.#loggedOffsets.has(offset), `commit of ${offset} is acknowledged when it is in the log`);
    }
  }

  #onJoined(groupId: string, response: JoinGroupResponse): void {
    if (response.errorCode !== ErrorCode.NONE || response.members.length === 0) return;
    assert.equal(response.leader, response.memberId, "only the leader is told the members");
    const key = `${groupId} ${response.generationId}`;
    const before = this.#leaders.get(key);
    // A static leader that restarts leads under another id.
    const same = before === undefined || instanceOf(before) === instanceOf(response.leader);
    assert.ok(same, `${key}: ${response.leader} leads, and so does ${before}`);
    this.#leaders.set(key, response.leader);
  }

  /** What is fetched is what the log says, no more and no less. */
  #checkOffsets(): void {
    assert.deepEqual(offsetsOf(this.driver.shard), offsetsIn(this.driver.log));
  }

  /** A shard that knows only the log has the same offsets, and the same groups where they are in `state`. */
  #checkReplay(state: ClassicGroupState): void {
    const fresh = new ShardDriver(this.driver.config);
    fresh.log.push(...this.driver.log);
    fresh.restart();
    fresh.shard.verify();
    assert.deepEqual(offsetsOf(fresh.shard), offsetsOf(this.driver.shard));
    for (const groupId of GROUPS) {
      const here = describe(this.driver, groupId);
      if (here.groupState !== state || this.#unlogged.has(groupId)) continue;
      // Absent static members can make a group larger than it should be; it rebalances when it is loaded.
      if (here.members.length > this.driver.config.maxSize) continue;
      // A simple group whose offsets were all deleted is forgotten by a restart, or by the next sweep.
      const simple = here.protocolType === "" && describe(fresh, groupId).groupState === "Dead";
      if (simple && ![...offsetsOf(this.driver.shard).keys()].some((key) => key.startsWith(groupId))) {
        continue;
      }
      assert.deepEqual(describe(fresh, groupId), here);
    }
  }
}

/** Member ids are "c3-17" for dynamic members and "i1-17" for static ones. */
function instanceOf(memberId: string): string {
  return memberId.startsWith("i") ? memberId.split("-")[0]! : memberId;
}

function offsetsOf(shard: GroupShard): Map<string, number> {
  const offsets = new Map<string, number>();
  for (const { groupId, topic, partition, value } of shard.committedOffsets()) {
    offsets.set(`${groupId} ${topic} ${partition}`, value.offset);
  }
  return new Map([...offsets].sort());
}

function offsetsIn(log: readonly GroupRecord[]): Map<string, number> {
  const offsets = new Map<string, number>();
  for (const record of log) {
    if (record.type !== "offsetCommit") continue;
    const key = `${record.key.group} ${record.key.topic} ${record.key.partition}`;
    if (record.value === null) offsets.delete(key);
    else offsets.set(key, record.value.offset);
  }
  return new Map([...offsets].sort());
}

function describe(driver: ShardDriver, groupId: string): DescribedGroup {
  const context = { apiVersion: 6, clientId: "", clientHost: "" };
  const now = { monotonicMs: driver.nowMs, wallMs: driver.nowMs };
  const { replies } = driver.shard.step(
    { type: "describeGroups", token: 0, context, groupIds: [groupId] },
    now,
  );
  return (replies[0]!.response as { groups: DescribedGroup[] }).groups[0]!;
}
